# Reference values for compare_rates: run from the project's root with
#   Rscript tests/reference/exact_rates.R
# Intervals of poisson.test and binom.test are the central ones of Clopper and Pearson; its two-sided p-value adds up
# the less likely splits instead of doubling a tail, so the one-sided p-values are written down.
cases <- data.frame(
  before = c(11, 0, 5, 1, 3, 40, 76, 2, 1200, 25),
  after = c(25, 7, 0, 1, 14, 22, 88, 9, 1315, 25),
  time_before = c(800, 60, 104, 10, 63, 115, 52, 115, 104, 157),
  time_after = c(1011, 40, 37, 12, 94, 38, 52, 38, 106.5, 15.25),
  level = c(.95, .95, .95, .95, .9, .99, .95, .95, .95, .95))
out <- lapply(seq_len(nrow(cases)), function(i) {
  k <- cases[i, ]
  x <- c(k$after, k$before)
  t <- c(k$time_after, k$time_before)
  two <- poisson.test(x, t, conf.level = k$level)
  share <- k$time_after / sum(t)
  binomial <- binom.test(x[1], sum(x), p = share, conf.level = k$level)$conf.int
  stopifnot(all.equal(as.numeric(two$conf.int[1]),
                      binomial[1] / (1 - binomial[1]) * k$time_before / k$time_after))
  data.frame(k, rate_ratio = unname(two$estimate), low = two$conf.int[1], high = two$conf.int[2],
             p_less = poisson.test(x, t, alternative = "less")$p.value,
             p_greater = poisson.test(x, t, alternative = "greater")$p.value)
})
out <- do.call(rbind, out)
out[] <- lapply(out, function(column) sprintf("%.12g", column))
write.csv(out, "tests/reference/exact_rates.csv", row.names = FALSE, quote = FALSE)
