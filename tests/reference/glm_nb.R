# Reference values for the segmented regressions: run from the project's root with
#   Rscript tests/reference/glm_nb.R
# Writes tests/reference/glm_nb.csv (one row a province, setting, family and term) and glm_nb_fitted.csv.
# Standard errors: of glm.nb from the expected information given theta; of quasi-Poisson with its own dispersion;
# of NeweyWest with prewhite = FALSE, adjust = TRUE (factor n / (n - k)) and lag floor(4 (n / 100)^(2/9)).
library(MASS)
library(sandwich)

weekly <- read.csv("tests/reference/attacks-2007-2008-weekly.csv")
weekly$week <- as.Date(weekly$week)
start <- as.Date("2007-10-01")
settings <- list(
  plain = attacks ~ trend + level + slope,
  season = attacks ~ trend + s1 + c1 + level + slope,
  level = attacks ~ level
)
out <- list()
fits <- list()
for (province in sort(unique(weekly$province))) {
  d <- weekly[weekly$province == province, ]
  d <- d[order(d$week), ]
  if (sum(d$attacks) < 150) next
  n <- nrow(d)
  t <- seq_len(n) - 1
  since <- as.numeric(d$week - start) / 7
  d$trend <- since / (365.25 / 7)
  d$level <- as.numeric(since >= 0)
  d$slope <- pmax(since, 0)
  d$s1 <- sin(2 * pi * t / (365.25 / 7))
  d$c1 <- cos(2 * pi * t / (365.25 / 7))
  lag <- floor(4 * (n / 100)^(2 / 9))
  for (setting in names(settings)) {
    nb <- glm.nb(settings[[setting]], data = d, control = glm.control(epsilon = 1e-14, maxit = 500))
    # alternate to convergence beyond glm.nb's own stopping rule
    theta <- nb$theta
    for (i in 1:500) {
      g <- glm(settings[[setting]], data = d, family = negative.binomial(theta),
               control = glm.control(epsilon = 1e-14, maxit = 100))
      new <- as.numeric(theta.ml(d$attacks, fitted(g), limit = 200, eps = 1e-13))
      done <- abs(new - theta) < 1e-11 * theta
      theta <- new
      if (done) break
    }
    stopifnot(abs(theta / nb$theta - 1) < 1e-4)
    g <- glm(settings[[setting]], data = d, family = negative.binomial(theta),
             control = glm.control(epsilon = 1e-14, maxit = 100))
    nb_se <- sqrt(diag(summary(g, dispersion = 1)$cov.scaled))
    qp <- glm(settings[[setting]], data = d, family = quasipoisson,
              control = glm.control(epsilon = 1e-14, maxit = 100))
    # sandwich takes the dispersion of a negative binomial glm as 1 only from its family's name
    g$family$family <- "Negative Binomial"
    hac <- function(f) sqrt(diag(NeweyWest(f, lag = lag, prewhite = FALSE, adjust = TRUE)))
    add <- function(family, f, se, dispersion) data.frame(
      province = province, setting = setting, family = family, term = names(coef(f)),
      estimate = unname(coef(f)), std_error = unname(se), hac_std_error = unname(hac(f)),
      dispersion = dispersion, df = f$df.residual)
    out[[length(out) + 1]] <- add("negative-binomial", g, nb_se, 1 / theta)
    phi <- summary(qp)$dispersion
    out[[length(out) + 1]] <- add("quasi-poisson", qp, sqrt(diag(vcov(qp))), phi)
    fits[[length(fits) + 1]] <- data.frame(
      province = province, setting = setting, week = d$week,
      negbin = fitted(g), quasipoisson = fitted(qp))
  }
}
write_digits <- function(frame, file) {
  numeric <- sapply(frame, is.numeric)
  frame[numeric] <- lapply(frame[numeric], function(column) sprintf("%.12g", column))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
write_digits(do.call(rbind, out), "tests/reference/glm_nb.csv")
fitted_out <- do.call(rbind, fits)
write_digits(fitted_out[fitted_out$setting == "season", ], "tests/reference/glm_nb_fitted.csv")
