# Reference numbers for tests/evidence/synthesis, made with R metafor.
#
#   Rscript tests/reference/metafor.R tests/reference/metafor.json
source("tests/reference/metafor_models.R")

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
