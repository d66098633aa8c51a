# Reference values for provisional weeks: run from the project's root with
#   Rscript tests/reference/nowcast.R
# Writes tests/reference/nowcast_data.csv (a simulated list of events, seed 5: the day of each and the day on which it was
# recorded; Mondays, so that a day is a week) and tests/reference/nowcast.csv (surveillance::nowcast as of 2020-06-22,
# methods "lawless" with all weeks and with a moving window, and "bayes.trunc": share recorded by delay; for the last
# nine weeks the reported count, and for "bayes.trunc" the median and 95 % interval of the completed one).
suppressMessages(library(surveillance))
set.seed(5)
now <- as.Date("2020-06-22")
weeks <- seq(as.Date("2019-09-02"), now, by = "1 week")
n <- rpois(length(weeks), 25)
event <- rep(weeks, n)
data <- data.frame(event, recorded = event + 7 * rgeom(length(event), 0.4))
write.csv(data, "tests/reference/nowcast_data.csv", row.names = FALSE, quote = FALSE)

D <- 8
number <- function(x) sprintf("%.15g", x)
run <- function(method, m = NULL, interpretation = "lawless1994") {
  control <- list(dRange = range(weeks), N.tInf.max = 150, nSamples = 2000, alpha = 0.05,
                  N.tInf.prior = structure("poisgamma", mean.lambda = 25, var.lambda = 600))
  found <- suppressWarnings(nowcast(now = now, when = tail(weeks, D + 1), data = data, dEventCol = "event",
    dReportCol = "recorded", method = method, aggregate.by = "1 week", D = D, m = m,
    m.interpretation = interpretation, control = control))
  reported <- attr(reportingTriangle(found), "N.tT")
  last <- tail(seq_along(weeks), D + 1)
  cdf <- delayCDF(found)[[method]][seq_len(D + 1)]
  bayes <- method == "bayes.trunc"
  data.frame(case = paste0(method, if (is.null(m)) "" else m), delay = 0:D, cdf = number(cdf),
             reported = rev(reported[last]), median = if (bayes) rev(upperbound(found)[last]) else NA,
             low = if (bayes) rev(found@pi[last, 1, 1]) else NA, high = if (bayes) rev(found@pi[last, 1, 2]) else NA)
}
invisible(capture.output(
  out <- rbind(run("lawless"), run("lawless", 12), run("bayes.trunc", NULL, "hoehle_anderheiden2014"))))
write.csv(out, "tests/reference/nowcast.csv", row.names = FALSE, quote = FALSE, na = "")
