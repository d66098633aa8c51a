# Reference values for alerts: run from the project's root with
#   Rscript tests/reference/farrington.R
# Writes tests/reference/farrington_data.csv (one column a series: two series that come with the package surveillance,
# and four simulated ones with seed 1) and tests/reference/farrington.csv (one row a case and every fourth of the last 53 weeks: what
# surveillance::farringtonFlexible says, 15 digits). Weeks are numbers, but for the case "dates".
suppressMessages(library(surveillance))
set.seed(1)

data("salmonella.agona")
data("shadar")
agona <- observed(disProg2sts(salmonella.agona))[, 1]
hadar <- observed(disProg2sts(shadar))[, 1]
n <- length(agona)
t <- seq_len(n)
season <- cos(2 * pi * t / 52 + 0.6)
sparse <- rnbinom(n, mu = exp(-1 + 0.3 * season), size = 1)
falling <- rnbinom(n, mu = exp(2 - 0.008 * t + 0.4 * season), size = 3)
large <- rnbinom(n, mu = exp(4 + 0.002 * t + 0.5 * season), size = 20)
large[200:206] <- large[200:206] + c(20, 80, 160, 200, 120, 60, 10)  # an outbreak in the baseline
pad <- function(x) c(x, rep(NA, n))[seq_len(n)]  # the shorter one ends earlier
rare <- rbinom(n, 1, 0.02)
series <- data.frame(agona, hadar = pad(hadar), sparse, falling, large, rare)
write.csv(series, "tests/reference/farrington_data.csv", row.names = FALSE, na = "")

default <- list(noPeriods = 1, b = 4, w = 3, weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                alpha = 0.01, thresholdMethod = "delta", powertrans = "2/3", reweight = TRUE, trend = TRUE,
                limit54 = c(5, 4), populationOffset = FALSE, glmWarnings = FALSE)
cases <- list(
  help1 = list(noPeriods = 1, weightsThreshold = 1, pastWeeksNotIncluded = 3, pThresholdTrend = 0.05, alpha = 0.1),
  help2 = list(noPeriods = 10, alpha = 0.1),
  delta = list(noPeriods = 10),
  half = list(noPeriods = 10, powertrans = "1/2"),
  untransformed = list(noPeriods = 10, powertrans = "none"),
  plugin = list(noPeriods = 10, thresholdMethod = "nbPlugin"),
  muan = list(noPeriods = 10, thresholdMethod = "muan"),
  strict = list(noPeriods = 10, thresholdMethod = "nbPlugin", alpha = 0.005, limit54 = c(0, 1)),
  notrend = list(noPeriods = 10, trend = FALSE),
  nosignificance = list(noPeriods = 10, pThresholdTrend = 0.05),
  noreweight = list(noPeriods = 10, reweight = FALSE),
  three = list(noPeriods = 7, b = 3, w = 2, pastWeeksNotIncluded = 10),
  two = list(noPeriods = 5, b = 2, w = 4, pastWeeksNotIncluded = 0),
  windows = list(noPeriods = 1, pastWeeksNotIncluded = 0, thresholdMethod = "muan"),
  offset = list(noPeriods = 10, populationOffset = TRUE),
  dates = list(noPeriods = 10)
)

run <- function(case, name) {
  y <- series[[name]]
  y <- y[!is.na(y)]
  dated <- case == "dates"
  epoch <- if (dated) as.Date("2015-01-05") + 7 * (seq_along(y) - 1) else seq_along(y)
  sts <- new("sts", epoch = as.numeric(epoch), epochAsDate = dated, freq = 52, observed = matrix(y, ncol = 1))
  sts@populationFrac <- matrix(1 + seq_along(y) / 100, ncol = 1)
  control <- modifyList(default, cases[[case]])
  control$range <- seq(length(y) - 52, length(y))
  found <- farringtonFlexible(sts, control)
  c54 <- control; c54$limit54 <- c(0, 1)
  free <- farringtonFlexible(sts, c54)  # without the minimum, so that thresholds are shown for quiet weeks too
  number <- function(x) sprintf("%.15g", x)
  data.frame(case, series = name, week = control$range, observed = as.vector(observed(found)),
             expected = number(free@control$expected), threshold = number(upperbound(free)),
             probability = number(found@control$pvalue), score = number(found@control$score),
             dispersion = number(found@control$phiVector), slope = number(found@control$trendVector),
             alarm = as.integer(alarms(found)), shown = as.integer(!is.na(upperbound(found))))[seq(1, 53, by = 4), ]
}
out <- list()
for (case in names(cases)) for (name in names(series)) out[[length(out) + 1]] <- run(case, name)
write.csv(do.call(rbind, out), "tests/reference/farrington.csv", row.names = FALSE, quote = FALSE, na = "")
