# Reference values for the worked example of Lopez Bernal, Cummins & Gasparrini (2017), International Journal of
# Epidemiology 46, 348-355, with its correction: run from the project's root with
#   Rscript tests/reference/sicily.R
# Acute coronary events in Sicily by month, offset the age-standardised population, smoking ban of 10 January 2005;
# quasi-Poisson with trend and step (model 2 of their code), two pairs of harmonics besides (model 3), and a change
# of slope besides (model 4, on their additional material). Intervals are Wald intervals on the normal scale, as Epi::ci.exp prints
# them. Time is in years from the ban and the angle counts from the first month: that changes the intercept and how a wave is
# split into sine and cosine, nothing else.
events <- read.csv("tests/reference/sicily.csv")
t <- seq_len(nrow(events)) - 1
start <- match("2005-01-01", events$month) - 1
years <- (t - start) / 12
ban <- as.numeric(t >= start)
slope <- pmax(t - start, 0)
angle <- 2 * pi * t / 12
models <- list(
  step = aces ~ offset(log(stdpop)) + years + ban,
  season = aces ~ offset(log(stdpop)) + years + sin(angle) + cos(angle) + sin(2 * angle) + cos(2 * angle) + ban,
  slope = aces ~ offset(log(stdpop)) + years + sin(angle) + cos(angle) + sin(2 * angle) + cos(2 * angle) + ban + slope)
rows <- list()
for (name in names(models)) {
  fit <- glm(models[[name]], family = quasipoisson, data = events, control = glm.control(epsilon = 1e-14, maxit = 100))
  s <- summary(fit)$coefficients
  rows[[name]] <- data.frame(model = name, term = rownames(s), estimate = s[, 1], std_error = s[, 2],
                             ratio = exp(s[, 1]), low = exp(s[, 1] - qnorm(0.975) * s[, 2]),
                             high = exp(s[, 1] + qnorm(0.975) * s[, 2]), dispersion = summary(fit)$dispersion)
}
out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(column) sprintf("%.12g", column))
write.csv(out, "tests/reference/sicily_models.csv", row.names = FALSE, quote = FALSE)
