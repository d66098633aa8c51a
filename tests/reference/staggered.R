# Reference values for staggered adoption: run from the project's root with
#   Rscript tests/reference/staggered.R
# Writes staggered_data.csv (simulated: 14 provinces, 24 months, treated from month 9, 13, 17 or never, effects that
# grow with time and differ between cohorts) and staggered.csv: one Poisson regression with cohorts, months and an
# interaction of each cohort with each of its treated months (Wooldridge 2023), its average effect on the treated as
# a ratio and as excess events (with a covariate: its slope apart in the treated cells, as imputation has it), the
# standard error of the log ratio from leaving out each province in turn, cohort averages, and the trend of the
# treated before treatment from the untreated cells.
set.seed(20230101)
starts <- c(9, 9, 9, 13, 13, 13, 17, 17, rep(99, 6))
d <- expand.grid(month = 1:24, province = seq_along(starts))
d$start <- starts[d$province]
d$treated <- as.numeric(d$month >= d$start)
level <- exp(rnorm(14, 1, 0.5))
cohort_effect <- c("9" = 0.6, "13" = 0.2, "17" = -0.3)
effect <- ifelse(d$treated == 1, cohort_effect[as.character(d$start)] + 0.04 * (d$month - d$start), 0)
d$events <- rpois(nrow(d), level[d$province] * exp(0.3 * sin(d$month / 3) + effect))
d$weather <- round(rnorm(nrow(d)), 2)
data <- d[, c("province", "month", "start", "events", "weather")]
write.csv(data, "tests/reference/staggered_data.csv", row.names = FALSE)

effect_of <- function(d, formula) {
  d$cell <- factor(ifelse(d$treated == 1, paste(d$start, d$month), "none"))
  d$cell <- relevel(d$cell, "none")
  f <- glm(formula, family = poisson, data = d, control = glm.control(epsilon = 1e-14, maxit = 200))
  plain <- d
  plain$cell <- factor("none", levels = levels(d$cell))
  plain$treated <- 0
  without <- predict(f, plain, type = "response")
  with <- predict(f, d, type = "response")
  on <- d$treated == 1
  c(ratio = sum(with[on]) / sum(without[on]), excess = sum(with[on]) - sum(without[on]),
    sapply(split(which(on), d$start[on]), function(i) sum(with[i]) / sum(without[i])))
}
one <- function(formula, tag) {
  full <- effect_of(d, formula)
  left <- sapply(1:14, function(p) log(effect_of(d[d$province != p, ], formula)["ratio"]))
  error <- sqrt(13 / 14 * sum((left - log(full["ratio"]))^2))
  data.frame(model = tag, what = c(names(full), "jackknife"), value = sprintf("%.12g", c(full, error)))
}
before <- d[d$treated == 0, ]
before$trend <- (before$start < 99) * before$month / 12
trend <- glm(events ~ factor(start) + factor(month) + trend, family = poisson, data = before,
             control = glm.control(epsilon = 1e-14, maxit = 200))
out <- rbind(one(events ~ factor(start) + factor(month) + cell, "plain"),
             one(events ~ factor(start) + factor(month) + weather + weather:treated + cell, "covariate"),
             data.frame(model = "plain", what = "trend", value = sprintf("%.12g", coef(trend)["trend"])))
write.csv(out, "tests/reference/staggered.csv", row.names = FALSE, quote = FALSE)
