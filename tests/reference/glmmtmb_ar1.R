# Poisson regression with a latent AR(1) disturbance by glmmTMB (Laplace approximation, REML), for comparison with
# trends.models.latent_ar1. Writes glmmtmb_ar1_data.csv (simulated counts; NA = missing week) and glmmtmb_ar1.csv.
# Made with R 4.2.2, glmmTMB 1.1.5:  Rscript glmmtmb_ar1.R
suppressMessages(library(glmmTMB))
RNGversion("4.2.0")
set.seed(20200317)

weeks <- 157
at <- 80
t <- seq_len(weeks) - 1
w <- 2 * pi * t / (365.25 / 7)
design <- data.frame(
  trend = (t - at) / 52, sin1 = sin(w), cos1 = cos(w), sin2 = sin(2 * w), cos2 = cos(2 * w),
  level = as.numeric(t >= at), slope = pmax(t - at, 0) / 52
)
cases <- data.frame(mean = c(3, 3, 10, 30, 30), rho = c(0.3, 0.7, 0.6, 0.3, 0.7))
sd <- 0.35

data <- NULL
results <- NULL
for (s in seq_len(nrow(cases))) {
  u <- as.numeric(arima.sim(list(ar = cases$rho[s]), weeks, sd = sd * sqrt(1 - cases$rho[s]^2)))
  eta <- log(cases$mean[s]) + 0.1 * design$trend + 0.2 * design$sin1 + 0.25 * design$level
  count <- rpois(weeks, exp(eta + u - sd^2 / 2))
  if (s == 3) count[at + 1:4] <- NA
  frame <- cbind(design, count = count, week = factor(t, levels = t), group = factor(1))
  fit <- glmmTMB(count ~ trend + sin1 + cos1 + sin2 + cos2 + level + slope + ar1(week + 0 | group),
    data = frame, family = poisson, REML = TRUE
  )
  table <- summary(fit)$coefficients$cond
  noise <- VarCorr(fit)$cond$group
  data <- rbind(data, data.frame(series = s, week = t, count = count))
  results <- rbind(results, data.frame(
    series = s, term = rownames(table), estimate = table[, 1], se = table[, 2],
    sigma = attr(noise, "stddev")[1], rho = attr(noise, "correlation")[1, 2]
  ))
}
write.csv(data, "glmmtmb_ar1_data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(results, digits = 8), "glmmtmb_ar1.csv", row.names = FALSE, quote = FALSE)
