# Fits every row of counts.csv on the columns of design.csv by MASS's glm.nb; writes found.csv:
# level, slope, their standard errors, seconds of processor time.
suppressMessages(library(MASS))
folder <- commandArgs(TRUE)[1]
counts <- as.matrix(read.csv(file.path(folder, "counts.csv"), header = FALSE))
design <- read.csv(file.path(folder, "design.csv"), header = FALSE)[, -1]
names(design) <- c("trend", "sin1", "cos1", "sin2", "cos2", "level", "slope")
found <- t(apply(counts, 1, function(y) {
  seconds <- NA
  values <- tryCatch(suppressWarnings({
    time <- system.time(fit <- glm.nb(y ~ ., data = cbind(design, y = y)))
    seconds <- time[["user.self"]] + time[["sys.self"]]
    summary(fit)$coefficients[c("level", "slope"), 1:2]
  }), error = function(e) matrix(NA, 2, 2))
  c(values[1, 1], values[2, 1], values[1, 2], values[2, 2], seconds)
}))
write.csv(found, file.path(folder, "found.csv"), row.names = FALSE)
