# Reference values for compare_ratios: run from the project's root with
#   Rscript tests/reference/ratio_of_ratios.R
# The conditional interval of fisher.test (Fisher 1935); its two-sided p-value adds up the less likely tables instead of
# doubling a tail, so the one-sided p-values are written down.
cases <- data.frame(
  treated_before = c(11, 0, 5, 1, 3, 40, 12, 2, 120, 4),
  treated_after = c(25, 7, 0, 1, 14, 22, 0, 9, 131, 9),
  control_before = c(30, 12, 8, 1, 40, 115, 52, 1, 104, 0),
  control_after = c(18, 3, 9, 2, 33, 12, 38, 3, 90, 25),
  level = c(.95, .95, .95, .95, .9, .99, .95, .95, .95, .95))
out <- lapply(seq_len(nrow(cases)), function(i) {
  k <- cases[i, ]
  table <- matrix(c(k$treated_after, k$treated_before, k$control_after, k$control_before), 2)
  two <- fisher.test(table, conf.level = k$level)
  data.frame(k, low = two$conf.int[1], high = two$conf.int[2],
             p_less = fisher.test(table, alternative = "less")$p.value,
             p_greater = fisher.test(table, alternative = "greater")$p.value)
})
out <- do.call(rbind, out)
out[] <- lapply(out, function(column) sprintf("%.12g", column))
write.csv(out, "tests/reference/ratio_of_ratios.csv", row.names = FALSE, quote = FALSE)
