# Reference values of the agreement of two raters, for tests/evidence/screening/test_agreement.py.
#
#   Rscript tests/reference/agreement.R > tests/reference/agreement.json
#
# kappa and its standard error: vcd::Kappa, unweighted (Fleiss, Cohen & Everitt 1969).
# Wilson's interval of the share of agreement: stats::prop.test without continuity correction.
suppressPackageStartupMessages({
  library(vcd)
  library(jsonlite)
})

tables <- list(
  "balanced"                 = rbind(c(40, 9), c(6, 45)),
  "rare inclusion"           = rbind(c(12, 9), c(17, 962)),
  "worse than chance"        = rbind(c(3, 20), c(15, 2)),
  "one rater excludes all"   = rbind(c(0, 8), c(0, 72)),
  "three categories"         = rbind(c(20, 4, 2), c(6, 10, 5), c(1, 8, 144)),
  "three, one never used"    = rbind(c(20, 0, 2), c(6, 0, 5), c(1, 0, 144))
)

cases <- lapply(names(tables), function(name) {
  table <- tables[[name]]
  n <- sum(table)
  agreed <- sum(diag(table))
  found <- Kappa(as.table(table))$Unweighted
  interval <- prop.test(agreed, n, correct = FALSE)$conf.int
  list(
    name = name, table = table, n = n,
    kappa = unname(found["value"]), se = unname(found["ASE"]),
    observed = agreed / n, observed_low = interval[1], observed_high = interval[2]
  )
})
cat(toJSON(
  list(
    made_with = list(R = R.version.string, vcd = as.character(packageVersion("vcd"))),
    cases = cases
  ),
  digits = NA, auto_unbox = TRUE, pretty = TRUE
), "\n", sep = "")
