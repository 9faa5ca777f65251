# Means, SDs and standard errors for tests/evidence/extraction/test_derivations.py.
#
#   Rscript tests/reference/derivations.R tests/reference/derivations.json [conv.fivenum.r]
#
# conv.fivenum came with metafor 4.0-0; with an older one give a file that defines it. The pinned
# numbers were made with metafor 3.8-1 and the formulas of conv.fivenum (its recommended methods for
# normal data) at commit 10d4191 of https://github.com/wviechtb/metafor, transcribed from it by hand.
suppressMessages(library(metafor))
library(jsonlite)

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) > 1) source(arguments[2])

five <- data.frame(
  min = c(2, NA, 2, 10, NA, 10, -4, NA, -4, 0.4, NA, 1, NA),
  q1 = c(NA, 5, 5, NA, 21, 21, NA, -1, -1, NA, 3.1, 2, 7.25),
  median = c(8, 8, 8, 25, 25, 25, 1, 1, 1, 2.6, 4.2, 3, 9),
  q3 = c(NA, 12, 12, NA, 30, 30, NA, 2.5, 2.5, NA, 5.4, 9, 11.5),
  max = c(17, NA, 17, 42, NA, 42, 5, NA, 5, 5.1, NA, 60, NA),
  n = c(20, 20, 20, 150, 150, 150, 12, 12, 12, 5, 6, 40, 1000)
)
rows <- lapply(seq_len(nrow(five)), function(i) {
  row <- five[i, ]
  free <- conv.fivenum(min = min, q1 = q1, median = median, q3 = q3, max = max, n = n,
                       data = row, test = FALSE, append = FALSE)
  c(as.list(row), list(mean = as.numeric(free$mean), sd = as.numeric(free$sd),
                       statistic = attr(free$mean, "tval"), critical = attr(free$mean, "crit"),
                       skewed = attr(free$mean, "sig")))
})

# Student's t tests of data at hand: their own intervals and p values must lead back to SD and SE.
first <- c(5.1, 4.9, 6.2, 5.8, 7.4, 5.5, 6.6, 4.2)
second <- c(3.9, 4.4, 5.0, 4.1, 4.7, 3.2, 5.3, 4.8, 4.0, 3.6)
test <- t.test(first, second, var.equal = TRUE)
alone <- t.test(first)
wide <- t.test(first, conf.level = 0.9)
pooled <- sqrt(((length(first) - 1) * var(first) + (length(second) - 1) * var(second)) /
                 (length(first) + length(second) - 2))
large <- list(mean = 10, sd = 3.2, n = 400)
both <- c(first, second)

write_json(list(
  made_with = paste("metafor", packageVersion("metafor"),
                    if (length(arguments) > 1) "and conv.fivenum transcribed from commit 10d4191",
                    "on", R.version.string),
  fivenum = rows,
  one_group = list(n = length(first), mean = mean(first), sd = sd(first),
                   se = sd(first) / sqrt(length(first)), ci = alone$conf.int, ci90 = wide$conf.int),
  other_group = list(n = length(second), mean = mean(second), sd = sd(second)),
  large_group = c(large, list(ci = large$mean + c(-1, 1) * qnorm(0.975) * large$sd / sqrt(large$n))),
  difference = list(estimate = unname(test$estimate[1] - test$estimate[2]), se = test$stderr,
                    t = unname(test$statistic), p = test$p.value, ci = test$conf.int, sd = pooled),
  together = list(n = length(both), mean = mean(both), sd = sd(both)),
  change = list(sd_baseline = sd(first), sd_final = sd(second[1:8]),
                correlation = cor(first, second[1:8]), sd = sd(second[1:8] - first))
), arguments[1], digits = NA, auto_unbox = TRUE, na = "null")
