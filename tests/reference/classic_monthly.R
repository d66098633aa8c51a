# Reference values for a classic interrupted time series: run from the project's root with
#   Rscript tests/reference/classic_monthly.R
# Monthly counts with an exposure, quasi-Poisson, time trend, step, and two pairs of harmonics of period 12 (the model of
# Lopez Bernal et al. 2017, box 2), on R's own Seatbelts: drivers killed or seriously injured per distance driven, law of
# 31 January 1983. Newey-West: Bartlett weights, lags 4, small-sample factor, no prewhitening.
belts <- as.data.frame(datasets::Seatbelts)
t <- seq_len(nrow(belts)) - 1
law <- belts$law
start <- min(which(law == 1)) - 1
years <- (t - start) / 12
slope <- pmax(t - start, 0)
angle <- 2 * pi * t / 12
models <- list(
  step = drivers ~ offset(log(kms)) + years + law,
  season = drivers ~ offset(log(kms)) + years + sin(angle) + cos(angle) + sin(2 * angle) + cos(2 * angle) + law,
  slope = drivers ~ offset(log(kms)) + years + sin(angle) + cos(angle) + sin(2 * angle) + cos(2 * angle) + law + slope)
newey <- function(fit) {
  x <- model.matrix(fit); n <- nrow(x)
  u <- x * (belts$drivers - fitted(fit))
  meat <- crossprod(u)
  lags <- floor(4 * (n / 100)^(2 / 9))
  for (l in seq_len(lags)) {
    part <- crossprod(u[(l + 1):n, ], u[1:(n - l), ])
    meat <- meat + (1 - l / (lags + 1)) * (part + t(part))
  }
  bread <- summary(fit)$cov.unscaled
  bread %*% meat %*% bread * n / (n - ncol(x))
}
rows <- list()
for (name in names(models)) {
  fit <- glm(models[[name]], family = quasipoisson, data = belts, control = glm.control(epsilon = 1e-14, maxit = 100))
  s <- summary(fit)
  rows[[name]] <- data.frame(model = name, term = rownames(s$coefficients), estimate = s$coefficients[, 1],
                             std_error = s$coefficients[, 2], hac = sqrt(diag(newey(fit))),
                             dispersion = s$dispersion, df = fit$df.residual)
}
out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(column) sprintf("%.12g", column))
write.csv(out, "tests/reference/classic_monthly.csv", row.names = FALSE, quote = FALSE)
