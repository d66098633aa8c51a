# Reference values for pooled effects: run from the project's root with
#   Rscript tests/reference/pooling.R
# Needs metafor (3.8-1) and metadat. Writes pooling_data.csv (two data sets that metadat carries: BCG vaccine trials,
# Colditz
# et al. 1994, log risk ratios; five invented estimates that agree), pooling_counts_data.csv (invented sparse counts),
# pooling.csv and pooling_counts.csv.
suppressMessages(library(metafor))
options(digits = 15)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
alike <- data.frame(yi = c(-0.10, 0.05, 0.00, -0.05, 0.08), vi = c(0.09, 0.04, 0.16, 0.06, 0.25))
sets <- list(bcg = data.frame(yi = as.numeric(bcg$yi), vi = as.numeric(bcg$vi)), alike = alike)
tests <- c("wald" = "z", "hartung-knapp" = "knha", "modified-hartung-knapp" = "adhoc")
methods <- c("reml" = "REML", "paule-mandel" = "PM", "dersimonian-laird" = "DL")
tight <- list(REML = list(threshold = 1e-12, maxiter = 10000), PM = list(tol = 1e-12), DL = list())
rows <- list()
for (set in names(sets)) for (method in names(methods)) for (test in names(tests)) {
  d <- sets[[set]]
  f <- suppressWarnings(rma(yi, vi, data = d, method = methods[[method]], test = tests[[test]],
                            control = tight[[methods[[method]]]]))
  limits <- confint(f, control = list(tol = 1e-12, tau2.max = 1e4))$random["tau^2", ]
  rows[[length(rows) + 1]] <- data.frame(
    set = set, method = method, interval = test, estimate = as.numeric(f$beta), std_error = f$se,
    low = f$ci.lb, high = f$ci.ub, p_value = f$pval, tau2 = f$tau2, tau2_low = limits[["ci.lb"]],
    tau2_high = limits[["ci.ub"]], i2 = f$I2 / 100, q = f$QE, q_p = f$QEp)
}
counts <- data.frame(
  set = rep(c("sparse", "equal"), c(8, 8)),
  before = c(4, 0, 12, 17, 1, 3, 0, 9, 13, 24, 2, 0, 9, 20, 6, 1),
  after = c(9, 2, 11, 1, 0, 8, 1, 15, 16, 12, 0, 3, 9, 31, 1, 4),
  t_before = c(62, 62, 60, 80, 62, 62, 50, 62, rep(62, 8)),
  t_after = c(37, 37, 40, 20, 37, 37, 50, 37, rep(37, 8)))
mixed <- list()
for (set in unique(counts$set)) {
  d <- counts[counts$set == set, ]
  f <- suppressWarnings(rma.glmm(measure = "IRR", x1i = after, t1i = t_after, x2i = before, t2i = t_before, data = d,
                                 model = "CM.EL", nAGQ = 25, drop00 = TRUE))
  one <- suppressWarnings(rma.glmm(measure = "IRR", x1i = after, t1i = t_after, x2i = before, t2i = t_before, data = d,
                                   model = "CM.EL", method = "EE", drop00 = TRUE))
  mixed[[set]] <- data.frame(set = set, estimate = as.numeric(f$beta), std_error = f$se, tau2 = f$tau2,
                             common = as.numeric(one$beta), common_error = one$se)
}
digits <- function(frame, file) {
  numeric <- sapply(frame, is.numeric)
  frame[numeric] <- lapply(frame[numeric], function(column) sprintf("%.12g", column))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
data <- do.call(rbind, lapply(names(sets), function(set) cbind(set = set, sets[[set]])))
digits(data, "tests/reference/pooling_data.csv")
digits(do.call(rbind, rows), "tests/reference/pooling.csv")
digits(counts, "tests/reference/pooling_counts_data.csv")
digits(do.call(rbind, mixed), "tests/reference/pooling_counts.csv")
