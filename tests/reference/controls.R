# Reference values for controls and splines: run from the project's root with
#   Rscript tests/reference/controls.R
# Writes tests/reference/controls.csv (one row a model: estimate and standard errors of the effect of the seat belt
# law, log scale) and tests/reference/controls_spline.csv (fitted counts of a spline trend).
# Newey-West with prewhite = FALSE, adjust = TRUE and lag floor(4 (n / 100)^(2/9)); of a stacked regression on the
# scores of both series summed by month.
library(MASS)
library(sandwich)
library(splines)

d <- read.csv("tests/reference/seatbelts.csv")
n <- nrow(d)
t <- seq_len(n) - 1
d$law <- as.numeric(d$month >= "1983-02-01")
d$trend <- (t - which(d$law == 1)[1] + 1) / 12
for (k in 1:2) {
  d[[paste0("s", k)]] <- sin(2 * pi * k * t / 12)
  d[[paste0("c", k)]] <- cos(2 * pi * k * t / 12)
}
d$month <- factor(d$month)
lag <- floor(4 * (n / 100)^(2 / 9))
tight <- glm.control(epsilon = 1e-14, maxit = 200)
out <- list()
add <- function(model, b, se, hac = NA) {
  out[[length(out) + 1]] <<- data.frame(model = model, estimate = unname(b), std_error = unname(se), hac = unname(hac))
}
nw <- function(f) sqrt(diag(NeweyWest(f, lag = lag, prewhite = FALSE, adjust = TRUE)))

rear <- glm(rear ~ law + trend + s1 + c1 + s2 + c2, quasipoisson, d, control = tight)
add("rear alone, quasi-Poisson", coef(rear)["law"], sqrt(vcov(rear)["law", "law"]), nw(rear)["law"])

long <- rbind(data.frame(count = d$rear, group = 0, d), data.frame(count = d$front, group = 1, d))
stacked <- glm(count ~ group * (law + trend + s1 + c1 + s2 + c2), quasipoisson, long, control = tight)
scores <- rowsum(model.matrix(stacked) * (long$count - fitted(stacked)), rep(t, 2))
bread <- summary(stacked)$cov.unscaled
meat <- crossprod(scores)
for (l in seq_len(lag)) {
  part <- crossprod(scores[-seq_len(l), ], scores[seq_len(n - l), ])
  meat <- meat + (1 - l / (lag + 1)) * (part + t(part))
}
hac <- sqrt(diag(bread %*% meat %*% bread) * n / (n - ncol(scores)))
add("second group, quasi-Poisson", coef(stacked)["group:law"], sqrt(vcov(stacked)["group:law", "group:law"]),
    hac[names(coef(stacked)) == "group:law"])
common <- glm(count ~ group * (law + trend) + s1 + c1 + s2 + c2, quasipoisson, long, control = tight)
add("second group, season shared, quasi-Poisson", coef(common)["group:law"],
    sqrt(vcov(common)["group:law", "group:law"]))
nb <- glm.nb(count ~ group * (law + trend + s1 + c1 + s2 + c2), long)
theta <- nb$theta
for (i in 1:500) {
  g <- glm(formula(nb), data = long, family = negative.binomial(theta), control = tight)
  new <- as.numeric(theta.ml(long$count, fitted(g), limit = 200, eps = 1e-13))
  done <- abs(new - theta) < 1e-11 * theta
  theta <- new
  if (done) break
}
add("second group, negative binomial", coef(g)["group:law"],
    sqrt(diag(summary(g, dispersion = 1)$cov.scaled))["group:law"])

share <- glm(cbind(front, rear) ~ law + trend + s1 + c1 + s2 + c2, quasibinomial, d, control = tight)
add("difference", coef(share)["law"], sqrt(vcov(share)["law", "law"]), nw(share)["law"])
for (name in c("law", "trend", "s1", "c1", "s2", "c2")) long[[paste0("g", name)]] <- long$group * long[[name]]
free <- glm(count ~ month + group + glaw + gtrend + gs1 + gc1 + gs2 + gc2, poisson, long,
            control = glm.control(epsilon = 1e-12, maxit = 100))
add("stacked Poisson with a level for each month", coef(free)["glaw"], sqrt(vcov(free)["glaw", "glaw"]))
ratio <- glm(cbind(front, rear) ~ law, quasibinomial, d, control = tight)
add("offset", coef(ratio)["law"], sqrt(vcov(ratio)["law", "law"]), nw(ratio)["law"])
naive <- glm(front ~ law + offset(log(rear)), quasipoisson, d, control = tight)
add("log count of the control as a known offset", coef(naive)["law"], sqrt(vcov(naive)["law", "law"]), nw(naive)["law"])

spline <- glm(rear ~ ns(t, 4) + s1 + c1 + s2 + c2 + law, quasipoisson, d, control = tight)
add("rear alone, spline trend with 4 df", coef(spline)["law"], sqrt(vcov(spline)["law", "law"]), nw(spline)["law"])

write_digits <- function(frame, file) {
  numeric <- sapply(frame, is.numeric)
  frame[numeric] <- lapply(frame[numeric], function(column) sprintf("%.12g", column))
  write.csv(frame, file, row.names = FALSE)
}
write_digits(do.call(rbind, out), "tests/reference/controls.csv")
write_digits(data.frame(fitted = fitted(spline)), "tests/reference/controls_spline.csv")
