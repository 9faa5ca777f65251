# Reference numbers for tests/evidence/synthesis, made with R metafor.
#
#   Rscript tests/reference/metafor.R tests/reference/metafor.json
#
# metafor stops its iterations early by default (Paule-Mandel and the Q profile at 1.2e-4, REML at
# 1e-5 on tau^2); the controls below make it run to the end, so that 1e-6 means something.
suppressMessages(library(metafor))
library(jsonlite)

run <- list(threshold = 1e-11, tol = 1e-14, maxiter = 100000, tau2.max = 1e8)
profile <- list(tol = 1e-14, maxiter = 100000, tau2.max = 1e8)

dichotomous <- function(study, ai, n1i, ci, n2i) {
  data.frame(study, events_intervention = ai, total_intervention = n1i,
             events_comparator = ci, total_comparator = n2i)
}
continuous <- function(study, m1, sd1, n1, m2, sd2, n2) {
  data.frame(study, mean_intervention = m1, sd_intervention = sd1, n_intervention = n1,
             mean_comparator = m2, sd_comparator = sd2, n_comparator = n2)
}

# BCG vaccine against tuberculosis (Colditz 1994; metafor's dat.bcg).
bcg <- dichotomous(
  c("Aronson 1948", "Ferguson & Simes 1949", "Rosenthal 1960", "Hart & Sutherland 1977",
    "Frimodt-Moller 1973", "Stein & Aronson 1953", "Vandiviere 1973", "TPT Madras 1980",
    "Coetzee & Berjak 1968", "Rosenthal 1961", "Comstock 1974", "Comstock & Webster 1969",
    "Comstock 1976"),
  c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
  c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
  c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
  c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854))
# Zero cells of every sort: one arm, both arms without events, both arms all events.
sparse <- dichotomous(
  c("one zero", "other zero", "no events", "all events", "few", "many", "half", "one arm full"),
  c(0, 4, 0, 20, 3, 31, 12, 15), c(40, 38, 55, 20, 120, 150, 48, 15),
  c(3, 0, 0, 22, 9, 44, 17, 11), c(42, 41, 50, 22, 118, 149, 51, 16))
# Two small trials: the smallest meta-analysis.
pair <- dichotomous(c("A", "B"), c(12, 7), c(60, 45), c(20, 9), c(61, 44))
# Length of hospital stay after stroke (Normand 1999; metafor's dat.normand1999).
stay <- continuous(
  c("Edinburgh", "Orpington-Mild", "Orpington-Moderate", "Orpington-Severe", "Montreal-Home",
    "Montreal-Transfer", "Newcastle", "Umea", "Uppsala"),
  c(55, 27, 64, 66, 14, 19, 52, 21, 30), c(47, 7, 17, 20, 8, 7, 45, 16, 27),
  c(155, 31, 75, 18, 8, 57, 34, 110, 60),
  c(75, 29, 119, 137, 18, 18, 41, 31, 23), c(64, 4, 29, 48, 11, 4, 34, 27, 20),
  c(156, 32, 71, 18, 13, 52, 33, 183, 52))
# Trials that agree more than chance would have it: Q < k - 1 and tau^2 = 0.
agreeing <- continuous(
  c("S1", "S2", "S3", "S4", "S5"), c(5.1, 5.0, 5.2, 4.9, 5.05), c(2.1, 1.9, 2.4, 2.2, 2.0),
  c(30, 42, 25, 51, 8), c(6.0, 5.9, 6.2, 5.8, 5.9), c(2.0, 2.2, 2.1, 2.3, 1.8),
  c(31, 40, 27, 49, 9))
# Hazard ratios with 95 % confidence intervals as reports print them.
survival <- data.frame(
  study = c("Trial A", "Trial B", "Trial C", "Trial D", "Trial E", "Trial F", "Trial G"),
  estimate = c(0.72, 0.91, 0.55, 1.08, 0.83, 0.64, 0.97),
  ci_low = c(0.58, 0.74, 0.37, 0.86, 0.70, 0.41, 0.61),
  ci_high = c(0.89, 1.12, 0.82, 1.36, 0.98, 1.00, 1.54))

effects <- function(data, measure) {
  if (measure %in% c("MD", "SMD")) {
    with(data, escalc(measure = measure, m1i = mean_intervention, sd1i = sd_intervention,
                      n1i = n_intervention, m2i = mean_comparator, sd2i = sd_comparator,
                      n2i = n_comparator, slab = study))
  } else if (measure == "HR") {
    data.frame(yi = log(data$estimate),
               vi = ((log(data$ci_high) - log(data$ci_low)) / (2 * qnorm(0.975)))^2)
  } else {
    # No events in both arms: no relative effect (OR, RR). All events in both arms: no odds ratio.
    # escalc's drop00 would drop the latter for the risk ratio too, where it is information.
    none <- with(data, events_intervention == 0 & events_comparator == 0)
    all <- with(data, events_intervention == total_intervention &
                      events_comparator == total_comparator)
    dropped <- switch(measure, OR = none | all, RR = none, RD = FALSE & none)
    table <- with(data, escalc(measure = measure, ai = events_intervention,
                               n1i = total_intervention, ci = events_comparator,
                               n2i = total_comparator, slab = study))
    table$yi[dropped] <- NA
    table$vi[dropped] <- NA
    table
  }
}

natural <- function(measure, x) if (measure %in% c("OR", "RR", "HR")) exp(x) else x

described <- function(name, measure, model, knha, fit, weight, random) {
  pi <- if (random) predict(fit) else list(pi.lb = NA, pi.ub = NA)
  interval <- if (random) confint(fit, control = profile)$random[1, 2:3] else c(NA, NA)
  list(dataset = name, measure = measure, model = model, hartung_knapp = knha,
       analysis_estimate = c(fit$beta), analysis_se = fit$se,
       estimate = natural(measure, c(fit$beta)), ci_low = natural(measure, fit$ci.lb),
       ci_high = natural(measure, fit$ci.ub), pi_low = natural(measure, pi$pi.lb),
       pi_high = natural(measure, pi$pi.ub), tau2 = c(fit$tau2), tau2_low = unname(interval[1]),
       tau2_high = unname(interval[2]), i2 = fit$I2, q = fit$QE, q_p = fit$QEp,
       weights = unname(c(weight)))
}

inverse_variance <- function(name, data, measure) {
  es <- effects(data, measure)
  keep <- !is.na(es$yi)
  yi <- as.numeric(es$yi)[keep]
  vi <- as.numeric(es$vi)[keep]
  out <- list()
  for (model in c("fixed", "dl", "pm", "reml")) for (knha in c(FALSE, TRUE)) {
    if (model == "fixed" && knha) next
    method <- c(fixed = "FE", dl = "DL", pm = "PM", reml = "REML")[[model]]
    fit <- rma(yi, vi, method = method, test = if (knha) "knha" else "z", control = run)
    out <- c(out, list(described(name, measure, model, knha, fit, weights(fit), model != "fixed")))
  }
  out
}

tables <- function(name, data) {
  out <- list()
  for (measure in c("OR", "RR", "RD")) {
    fit <- with(data, rma.mh(ai = events_intervention, n1i = total_intervention,
                             ci = events_comparator, n2i = total_comparator, measure = measure))
    out <- c(out, list(described(name, measure, "mh", FALSE, fit, weights(fit), FALSE)))
  }
  fit <- with(data, rma.peto(ai = events_intervention, n1i = total_intervention,
                             ci = events_comparator, n2i = total_comparator))
  c(out, list(described(name, "OR", "peto", FALSE, fit, weights(fit), FALSE)))
}

small_study <- function(name, data, measure) {
  es <- effects(data, measure)
  keep <- !is.na(es$yi)
  egger <- regtest(as.numeric(es$yi)[keep], as.numeric(es$vi)[keep], model = "lm")
  out <- list(list(dataset = name, measure = measure, test = "egger", statistic = egger$zval,
                   p = egger$pval))
  if (!is.null(data$events_intervention)) {
    # Peters 2006: regress on 1/N with the weights of the pooled event proportion; regtest() keeps
    # weights 1/vi, so the regression is written out.
    events <- with(data, events_intervention + events_comparator)[keep]
    total <- with(data, total_intervention + total_comparator)[keep]
    wi <- 1 / (1 / events + 1 / (total - events))
    line <- summary(lm(as.numeric(es$yi)[keep] ~ I(1 / total), weights = wi))
    out <- c(out, list(list(dataset = name, measure = measure, test = "peters",
                            statistic = line$coefficients[2, 3], p = line$coefficients[2, 4])))
  }
  out
}

datasets <- list(bcg = bcg, sparse = sparse, pair = pair, stay = stay, agreeing = agreeing,
                 survival = survival)
measures <- list(bcg = c("OR", "RR", "RD"), sparse = c("OR", "RR", "RD"),
                 pair = c("OR", "RR", "RD"), stay = c("MD", "SMD"), agreeing = c("MD", "SMD"),
                 survival = "HR")
pooled <- list()
studies <- list()
for (name in names(datasets)) {
  for (measure in measures[[name]]) {
    pooled <- c(pooled, inverse_variance(name, datasets[[name]], measure))
    es <- effects(datasets[[name]], measure)
    studies <- c(studies, list(list(dataset = name, measure = measure, yi = as.numeric(es$yi),
                                    vi = as.numeric(es$vi))))
  }
  if (!is.null(datasets[[name]]$events_intervention)) {
    pooled <- c(pooled, tables(name, datasets[[name]]))
  }
}
tests <- c(small_study("bcg", bcg, "OR"), small_study("bcg", bcg, "RR"),
           small_study("stay", stay, "SMD"), small_study("survival", survival, "HR"))

out <- commandArgs(trailingOnly = TRUE)[1]
write(toJSON(list(made_with = paste("metafor", packageVersion("metafor")), datasets = datasets,
                  studies = studies, pooled = pooled, small_study_tests = tests),
             auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = TRUE), out)
