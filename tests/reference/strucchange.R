# Reference values for trends.checks.sup_f: run from the project's root with
#   Rscript tests/reference/strucchange.R
# F statistics of a change in all coefficients (strucchange::Fstats), the place of the largest, and the p-value of
# sup F by Hansen's (1997) approximation (sctest), also over a table of values. Writes strucchange_pvalues.csv, strucchange.csv (one row a case) and strucchange_data.csv (the
# observations, so that Nile and the road deaths need not be in Python).
suppressMessages(library(strucchange))
weekly <- read.csv("tests/reference/attacks-2007-2008-weekly.csv")
national <- aggregate(attacks ~ week, weekly, sum)
national <- national[order(as.Date(national$week)), ]
deaths <- log10(as.numeric(Seatbelts[, "DriversKilled"]))
n <- length(deaths)
late <- 13:n
set.seed(3)
noise <- round(rnorm(200), 8)
cases <- list(
  nile = list(y = as.numeric(Nile), x = NULL, from = .15),
  nile_trend = list(y = as.numeric(Nile), x = cbind(a = (seq_along(Nile) - 50) / 50), from = .1),
  road = list(y = deaths[late], x = cbind(a = deaths[late - 1], b = deaths[late - 12]), from = .1),
  attacks = list(y = log(national$attacks + .5), x = NULL, from = .15),
  attacks_trend = list(y = log(national$attacks + .5), x = cbind(a = seq_len(nrow(national)) / 10), from = .2),
  still = list(y = noise[1:90], x = NULL, from = .15),
  still_season = list(y = noise[91:200], x = cbind(a = sin(2 * pi * (1:110) / 52)), from = .15)
)
rows <- list()
data <- list()
for (name in names(cases)) {
  one <- cases[[name]]
  frame <- if (is.null(one$x)) data.frame(y = one$y) else data.frame(y = one$y, one$x)
  found <- if (is.null(one$x)) Fstats(y ~ 1, from = one$from, data = frame) else Fstats(y ~ ., from = one$from, data = frame)
  test <- sctest(found, type = "supF")
  rows[[name]] <- data.frame(case = name, trim = one$from, statistic = sprintf("%.10f", test$statistic),
    place = found$breakpoint, first = sprintf("%.10f", found$Fstats[1]), p_value = sprintf("%.6f", test$p.value))
  values <- data.frame(case = name, y = one$y, a = NA, b = NA)
  for (column in colnames(one$x)) values[[column]] <- one$x[, column]
  data[[name]] <- values
}
write.csv(do.call(rbind, rows), "tests/reference/strucchange.csv", row.names = FALSE, quote = FALSE)
data <- do.call(rbind, data)
for (column in c("y", "a", "b")) data[[column]] <- ifelse(is.na(data[[column]]), "", sprintf("%.12g", data[[column]]))
write.csv(data, "tests/reference/strucchange_data.csv", row.names = FALSE, quote = FALSE)
table <- expand.grid(statistic = c(2, 4, 6, 8, 8.68, 10, 12, 16, 20, 30), columns = 1:3, trim = c(.1, .15, .25))
table$p_value <- mapply(function(x, k, from) strucchange:::pvalue.Fstats(x, "supF", k, ((1 - from) / from)^2),
                        table$statistic, table$columns, table$trim)
table$p_value <- sprintf("%.6f", table$p_value)
write.csv(table, "tests/reference/strucchange_pvalues.csv", row.names = FALSE, quote = FALSE)
