# glmnet, by the protocol of the other workers: Rscript glmnet.R DATA
#
# standardize = FALSE and a free intercept, or none. glmnet leaves constant columns out, so it is not
# asked for problems with a column of ones.
suppressPackageStartupMessages({library(glmnet); library(Matrix)})
folder <- commandArgs(trailingOnly = TRUE)[1]
began <- proc.time()
meta <- read.table(file.path(folder, "meta.txt"), sep = "=", row.names = 1)
value <- function(key) meta[key, 1]
rows <- as.integer(value("rows")); cols <- as.integer(value("cols"))
array_of <- function(name, what, size, n, ...) {
  path <- file(file.path(folder, name), "rb"); on.exit(close(path))
  readBin(path, what, n, size, endian = "little", ...)
}
width <- if (value("value") == "f32") 4 else 8
count <- as.integer(value("nnz"))
values <- array_of("values.bin", "numeric", width, count)
y <- array_of("labels.bin", "integer", 1, rows)
if (value("kind") == "dense") {
  x <- matrix(values, rows, cols, byrow = TRUE)
} else {
  indices <- array_of("indices.bin", "integer", 4, count)
  # Offsets are 64 bits wide; below 2^31 entries the low halves hold them.
  halves <- array_of("offsets.bin", "integer", 4, 2 * (rows + 1))
  x <- as(sparseMatrix(j = indices, p = halves[c(TRUE, FALSE)], x = values, dims = c(rows, cols),
                       index1 = FALSE), "CsparseMatrix")
}
glmnet.control(fdev = 0, devmax = 1)
reply <- function(...) { cat(paste0("REPLY ", sprintf(...), "\n")); flush(stdout()) }
reply('{"seconds": %.6f}', (proc.time() - began)[["elapsed"]])
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  pairs <- strsplit(strsplit(line, "\t")[[1]], "=", fixed = TRUE)
  request <- setNames(sapply(pairs, `[`, 2), sapply(pairs, `[`, 1))
  path <- file(request[["lambdas"]], "rb"); lambdas <- readBin(path, "numeric", 1e5); close(path)
  began <- Sys.time(); cpu <- proc.time()
  fit <- tryCatch(
    glmnet(x, factor(y), family = "binomial", alpha = if (request[["penalty"]] == "l1") 1 else 0,
           lambda = lambdas, thresh = as.numeric(request[["tolerance"]]), standardize = FALSE,
           intercept = request[["intercept"]] == "1", maxit = 1e8,
           type.logistic = request[["solver"]]),
    error = function(e) conditionMessage(e))
  seconds <- as.numeric(difftime(Sys.time(), began, units = "secs")); cpu <- proc.time() - cpu
  if (is.character(fit) || length(fit$lambda) < length(lambdas)) {
    reply('{"error": "stopped early"}')
    next
  }
  out <- file(request[["coef"]], "wb")
  writeBin(as.numeric(rbind(as.matrix(fit$beta), fit$a0)), out, size = 8, endian = "little")
  close(out)
  reply('{"seconds": %.6f, "cpu_seconds": %.6f}', seconds, cpu[["user.self"]] + cpu[["sys.self"]])
}
