# The trend over 26 weeks of the weekly report: Poisson regression on time with a latent AR(1) disturbance, by glmmTMB
# (Laplace approximation, REML), on counts made here from the committed daily counts. Writes weekly_trends.csv.
# Made with R 4.2.2, glmmTMB 1.1.5, from this folder:  Rscript weekly_trends.R
suppressMessages(library(glmmTMB))
daily <- read.csv("../../data/processed/ucdp-ged-21.1-iraq-is/daily.csv")
daily$date <- as.Date(daily$date)
weeks <- 26
results <- NULL
for (start in c("2020-05-04", "2020-07-16", "2020-12-21")) {
  first <- as.Date(start) - 7 * (weeks - 1)
  inside <- daily[daily$date >= first & daily$date < as.Date(start) + 7, ]
  number <- as.integer(inside$date - first) %/% 7 + 1
  for (area in c("all", sort(unique(inside$province)))) {
    here <- if (area == "all") rep(TRUE, nrow(inside)) else inside$province == area
    count <- as.vector(tapply(inside$attacks[here], factor(number[here], levels = 1:weeks), sum))
    count[is.na(count)] <- 0
    if (sum(count) < 10) next
    frame <- data.frame(
      count = count, time = seq(-0.5, 0.5, length.out = weeks), week = factor(1:weeks), group = factor(1)
    )
    fit <- suppressWarnings(glmmTMB(count ~ time + ar1(week + 0 | group), data = frame, family = poisson, REML = TRUE))
    plain <- glm(count ~ time, data = frame, family = poisson)
    row <- summary(fit)$coefficients$cond["time", ]
    results <- rbind(results, data.frame(
      week = start, area = area, events = sum(count), estimate = row[["Estimate"]], se = row[["Std. Error"]],
      poisson = coef(plain)[["time"]], poisson_se = summary(plain)$coefficients["time", 2]
    ))
  }
}
write.csv(format(results, digits = 8), "weekly_trends.csv", row.names = FALSE, quote = FALSE)
