# Reference numbers of many data sets, made with R metafor and metadat:
#
#   Rscript tests/reference/metafor_datasets.R tests/reference/metafor_datasets.json
#
# Published meta-analyses of every kind (sparse, rare, large, with many and with few studies) and
# constructed ones at the edges. Every measure x model x Hartung-Knapp that `evidence pool` offers
# is fitted to each; so are trim-and-fill, the regression tests, leave-one-out, cumulative pooling,
# Baujat's coordinates and subgroups.
source("tests/reference/metafor_models.R")
library(metadat)

label <- function(n) paste("Study", seq_len(n))
counts <- function(d) dichotomous(label(nrow(d)), d$ai, d$n1i, d$ci, d$n2i)
means <- function(d) with(d, continuous(label(nrow(d)), m1i, sd1i, n1i, m2i, sd2i, n2i))
analysis <- function(yi, vi) data.frame(study = label(length(yi)), yi = yi, se = sqrt(vi))
known <- function(d, columns) d[complete.cases(d[columns]), ]
tables4 <- c("ai", "n1i", "ci", "n2i")

axfors <- with(dat.axfors2021, data.frame(ai = hcq_arm_event, n1i = hcq_arm_total,
                                          ci = control_arm_event, n2i = control_arm_total))
collins <- with(dat.collins1985a, data.frame(ai = b.xti, n1i = nti, ci = b.xci, n2i = nci))
damico <- with(dat.damico2009, data.frame(ai = xt, n1i = nt, ci = xc, n2i = nc))
cannon <- with(dat.cannon2006, data.frame(ai = ep1t, n1i = nt, ci = ep1c, n2i = nc))
fine <- with(dat.fine1993, data.frame(ai = e1i, n1i = nei, ci = c1i, n2i = nci))
yusuf <- dat.yusuf1985[dat.yusuf1985$table == "6", ]
hackshaw <- with(dat.hackshaw1998, data.frame(study = label(length(or)), estimate = or,
                                              ci_low = or.lb, ci_high = or.ub))
pignon <- dat.pignon2000[dat.pignon2000$grp == 3, ]
riley <- dat.riley2003[dat.riley2003$outcome == "OS" & !is.na(dat.riley2003$vi), ]

tables_sets <- lapply(list(
  hine1989 = dat.hine1989, linde2005 = dat.linde2005, nielweise2007 = dat.nielweise2007,
  axfors2021 = axfors, li2007 = dat.li2007, lee2004 = dat.lee2004, egger2001 = dat.egger2001,
  hahn2001 = dat.hahn2001, damico2009 = damico, laopaiboon2015 = dat.laopaiboon2015,
  lau1992 = dat.lau1992, collins1985a = collins, cannon2006 = cannon, fine1993 = fine,
  yusuf1985 = yusuf,
  # constructed
  `double zeros` = data.frame(ai = c(0, 0, 1, 0, 2), n1i = c(30, 25, 41, 60, 33),
                              ci = c(0, 0, 3, 2, 5), n2i = c(31, 24, 40, 62, 30)),
  tiny = data.frame(ai = c(1, 0, 2), n1i = c(2, 3, 4), ci = c(1, 2, 1), n2i = c(3, 2, 5)),
  huge = data.frame(ai = c(51000, 30, 12500), n1i = c(1200000, 10000000, 480000),
                    ci = c(52500, 41, 12100), n2i = c(1190000, 10000000, 478000)),
  `two studies` = data.frame(ai = c(3, 60), n1i = c(50, 410), ci = c(9, 55), n2i = c(48, 399)),
  unbalanced = data.frame(ai = c(5, 90, 2, 40), n1i = c(20, 1000, 15, 900),
                          ci = c(120, 4, 75, 3), n2i = c(400, 50, 300, 40)),
  identical = data.frame(ai = rep(12, 4), n1i = rep(80, 4), ci = rep(20, 4), n2i = rep(80, 4)),
  opposed = data.frame(ai = c(90, 5, 80, 9), n1i = rep(100, 4), ci = c(5, 92, 11, 79),
                       n2i = rep(100, 4))), function(d) counts(known(d, tables4)))
means_sets <- list(
  curtis1998 = means(dat.curtis1998[1:40, ]),
  `curtis1998 later` = means(dat.curtis1998[41:102, ]),
  `two means` = continuous(label(2), c(10.1, 8.3), c(2.2, 3), c(25, 60), c(12, 8.9),
                           c(2.5, 3.1), c(24, 61)),
  `tiny means` = continuous(label(3), c(1.2, 0.4, 2), c(0.6, 0.9, 1.1), c(2, 3, 4),
                            c(0.9, 1.3, 1.2), c(0.5, 0.7, 1), c(3, 2, 4)),
  `huge means` = continuous(label(3), c(1e5, 1.02e5, 9.7e4), c(2e4, 1.8e4, 3e4),
                            c(5e4, 3e5, 1200), c(1.01e5, 1.03e5, 9.9e4), c(2.1e4, 1.9e4, 2.5e4),
                            c(5.1e4, 2.9e5, 1180)),
  `identical means` = continuous(label(4), rep(5, 4), rep(2, 4), rep(30, 4), rep(4, 4), rep(2, 4),
                                 rep(30, 4)))
analysis_sets <- list(
  hackshaw1998 = list("OR", hackshaw),
  pignon2000 = list("HR", analysis(pignon$OmE / pignon$V, 1 / pignon$V)),
  raudenbush1985 = list("SMD", analysis(dat.raudenbush1985$yi, dat.raudenbush1985$vi)),
  bangertdrowns2004 = list("SMD", analysis(dat.bangertdrowns2004$yi, dat.bangertdrowns2004$vi)),
  baskerville2012 = list("SMD", analysis(dat.baskerville2012$smd, dat.baskerville2012$se^2)),
  riley2003 = list("HR", analysis(riley$yi, riley$vi)),
  `exact effects` = list("MD", analysis(c(1.001, 1.004, 0.998, 1.002), c(1e-8, 4e-8, 1e-6, 2e-8))),
  `few and far` = list("RD", analysis(c(-0.9, 0.85), c(1e-4, 2e-4))))

generic <- function(data, measure) {
  if (!is.null(data$se)) return(data.frame(yi = data$yi, vi = data$se^2))
  data.frame(yi = log(data$estimate),
             vi = ((log(data$ci_high) - log(data$ci_low)) / (2 * qnorm(0.975)))^2)
}
from_cells <- effects
effects <- function(data, measure) {
  if (is.null(data$events_intervention) && is.null(data$sd_intervention)) {
    return(generic(data, measure))
  }
  from_cells(data, measure)
}

datasets <- c(tables_sets, means_sets, lapply(analysis_sets, `[[`, 2))
pooled <- list()
for (name in names(datasets)) {
  data <- datasets[[name]]
  measures <- if (!is.null(data$events_intervention)) c("OR", "RR", "RD") else
    if (!is.null(data$sd_intervention)) c("MD", "SMD") else analysis_sets[[name]][[1]]
  for (measure in measures) pooled <- c(pooled, inverse_variance(name, data, measure))
  if (!is.null(data$events_intervention)) pooled <- c(pooled, tables(name, data))
}
fields <- setdiff(names(pooled[[1]]), "weights")
rows <- lapply(pooled, function(case) unname(case[fields]))

# What is built on pooled effects, on the published data sets.
estimates <- function(fit) list(estimate = unname(fit$estimate), se = unname(fit$se))
fits <- function(es, method, knha = FALSE) {
  rma(yi, vi, data = es, method = method, test = if (knha) "knha" else "z", control = run)
}
built <- list()
bcg <- with(dat.bcg, dichotomous(paste(author, year), tpos, tpos + tneg, cpos, cpos + cneg))
datasets$bcg <- bcg
followed <- c(list(bcg = "RR"), list(linde2005 = "OR", lau1992 = "OR", li2007 = "RR",
              axfors2021 = "OR", hackshaw1998 = "OR", raudenbush1985 = "SMD",
              bangertdrowns2004 = "SMD", baskerville2012 = "SMD", curtis1998 = "MD"))
for (name in names(followed)) {
  measure <- followed[[name]]
  es <- effects(datasets[[name]], measure)
  kept <- !is.na(es$yi)
  es <- data.frame(yi = as.numeric(es$yi), vi = as.numeric(es$vi))[kept, ]
  order <- seq_len(nrow(es))
  group <- (order - 1) %% 3
  for (model in c("fixed", "dl", "pm", "reml")) {
    method <- c(fixed = "FE", dl = "DL", pm = "PM", reml = "REML")[[model]]
    fit <- fits(es, method)
    filled <- trimfill(fit, control = run)
    mixed <- regtest(fit, control = run)
    points <- if (model == "fixed") baujat(fit) else NULL
    groups <- lapply(0:2, function(g) fits(es[group == g, ], method))
    between <- rma(sapply(groups, coef), sei = sapply(groups, function(g) g$se), method = "FE")
    built <- c(built, list(list(
      dataset = name, measure = measure, model = model, k0 = filled$k0, side = filled$side,
      filled_estimate = c(filled$beta), filled_se = filled$se, filled_tau2 = c(filled$tau2),
      egger_z = mixed$zval, egger_p = mixed$pval, egger_limit = mixed$est,
      leave_one_out = estimates(leave1out(fit)), cumulative = estimates(cumul(fit, order = order)),
      baujat_x = points$x, baujat_y = points$y,
      group_estimates = sapply(groups, coef), group_se = sapply(groups, function(g) g$se),
      q_between = between$QE, q_between_p = between$QEp)))
  }
}
tabled <- list()
for (name in c("bcg", "linde2005", "lau1992")) {
  d <- datasets[[name]]
  names(d) <- c("study", "ai", "n1i", "ci", "n2i")
  for (model in c("mh", "peto")) {
    fit <- if (model == "mh") rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d,
                                     measure = "OR") else
      rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
    tabled <- c(tabled, list(list(dataset = name, model = model,
      leave_one_out = estimates(leave1out(fit)),
      cumulative = estimates(cumul(fit, order = seq_len(nrow(d)))))))
  }
}
# A crossover trial analysed in pairs: the mean change of metafor, correlations being given.
crossover <- with(data.frame(m1 = c(12.1, 8.4), s1 = c(3.1, 2.2), m2 = c(13.0, 9.9),
                             s2 = c(2.8, 2.5), n = c(20, 34), r = c(0.6, 0.35)),
                  escalc("MC", m1i = m1, sd1i = s1, m2i = m2, sd2i = s2, ni = n, ri = r))

out <- commandArgs(trailingOnly = TRUE)[1]
write(toJSON(list(made_with = paste("metafor", packageVersion("metafor"), "metadat",
                                    packageVersion("metadat")),
                  datasets = datasets, columns = fields, pooled = rows, built = built,
                  built_on_tables = tabled,
                  crossover = list(yi = as.numeric(crossover$yi), vi = as.numeric(crossover$vi))),
             auto_unbox = TRUE, digits = NA, na = "null", null = "null", dataframe = "columns"), out)
