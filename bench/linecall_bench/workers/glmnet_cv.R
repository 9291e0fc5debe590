# The elastic net along one path in every fold, by glmnet; `bench/many.py` runs it:
#
#     Rscript glmnet_cv.R FOLDER ROWS COLUMNS FOLDS ALPHA THRESH folds|cv COEFFICIENTS
#
# FOLDER holds x.bin (row by row), y.bin (0 and 1) and lambdas.bin, all 64-bit floats. Row i (from 0) is held out
# in fold i mod FOLDS. `folds` is what linecall is timed on: a path on the training rows of each fold,
# two processes sharing the folds. `cv` is cv.glmnet itself, which also fits all rows and measures the rows
# held out; on two processes where doParallel is there. Prints the seconds of that alone; with `folds`, the
# coefficients and intercepts of the first 4 folds go to a file, a fit a line.
suppressPackageStartupMessages({library(glmnet); library(parallel)})
given <- commandArgs(trailingOnly = TRUE)
rows <- as.integer(given[2])
cols <- as.integer(given[3])
folds <- as.integer(given[4])
read <- function(name, n) {
  path <- file(file.path(given[1], name), "rb"); on.exit(close(path))
  readBin(path, "numeric", n, 8, endian = "little")
}
x <- matrix(read("x.bin", rows * cols), rows, cols, byrow = TRUE)
y <- read("y.bin", rows)
lambdas <- read("lambdas.bin", 1e5)
foldid <- (seq_len(rows) - 1) %% folds + 1
# The columns are standardised once, before, as for the other peers; nothing ends the path early.
glmnet.control(fdev = 0, devmax = 1)
settings <- list(family = "binomial", alpha = as.numeric(given[5]), lambda = lambdas, standardize = FALSE,
                 thresh = as.numeric(given[6]), maxit = 1e8)
one <- function(k) do.call(glmnet, c(list(x[foldid != k, ], y[foldid != k]), settings))
began <- Sys.time()
if (given[7] == "cv") {
  both <- requireNamespace("doParallel", quietly = TRUE)
  if (both) doParallel::registerDoParallel(2)
  found <- do.call(cv.glmnet, c(list(x, y, foldid = foldid, parallel = both), settings))
  stopifnot(length(found$lambda) == length(lambdas))
} else {
  found <- mclapply(seq_len(folds), one, mc.cores = 2)
  stopifnot(all(sapply(found, function(fit) length(fit$lambda)) == length(lambdas)))
}
seconds <- as.numeric(difftime(Sys.time(), began, units = "secs"))
if (given[7] == "folds") {
  kept <- do.call(cbind, lapply(found[1:4], function(fit) rbind(as.matrix(fit$beta), fit$a0)))
  write(formatC(kept, digits = 17, format = "g", width = 1), given[8], ncolumns = cols + 1)
}
cat(sprintf("%.6f\n", seconds))
