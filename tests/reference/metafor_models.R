# The models of metafor as tests/reference needs them; sourced by metafor.R and metafor_datasets.R.
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
