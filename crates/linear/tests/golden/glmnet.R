# Elastic-net logistic regression along a path by glmnet, for the golden tests.
#
# Run from this folder, with glmnet installed (Debian package r-cran-glmnet):
#
#     Rscript glmnet.R > glmnet.json
#
# glmnet's objective for two classes is that of linecall: mean weighted log loss plus
# lambda (alpha ||w||_1 + (1 - alpha) / 2 ||w||_2^2) over columns divided by their standard deviation, with
# divisor n, and a free intercept. So lambda is lambda and alpha is the L1 share, without a factor; only
# penalty factors are rescaled by glmnet to sum to the number of columns, so those here do. Weights are
# rescaled to sum to n by both. Coefficients are those of the columns as they are.
library(glmnet)

set.seed(5)
n <- 150
d <- 7
x <- matrix(rnorm(n * d), n, d) %*% diag(c(1, 20, 0.1, 1, 3, 1, 0.5))
x[, 2] <- x[, 2] + 15 * x[, 1]
x[, 6] <- rbinom(n, 1, 0.3)
x <- round(x, 3)
score <- drop(1.2 * x[, 1] - 0.05 * x[, 2] + 6 * x[, 3] + x[, 6] - 0.5)
y <- rbinom(n, 1, 1 / (1 + exp(-score)))
weights <- round(runif(n, 0.2, 3), 2)
factors <- c(0, 2, 1, 1, 0.5, 1.5, 1)
fold <- (seq_len(n) - 1) %% 5 + 1
lambda <- 0.25 * 0.6^(0:15)

fit <- function(rows, alpha, w, factor, standardize) {
  glmnet(x[rows, ], y[rows], family = "binomial", weights = w[rows], alpha = alpha, lambda = lambda,
         standardize = standardize, penalty.factor = factor, thresh = 1e-22, maxit = 1e7)
}

number <- function(v, digits = 17) formatC(v, digits = digits, format = "g", width = 1)
list_of <- function(v) paste0("[", paste(v, collapse = ", "), "]")
rows_of <- function(m, digits = 17) list_of(apply(m, 1, function(row) list_of(number(row, digits))))

all <- rep(TRUE, n)
one <- rep(1, n)
plain <- rep(1, d)
cases <- list(
  list("elastic net", all, 0.5, one, plain, TRUE),
  list("mostly ridge", all, 0.1, one, plain, TRUE),
  list("lasso", all, 1, one, plain, TRUE),
  list("weights", all, 0.5, weights, plain, TRUE),
  list("penalty factors", all, 0.7, one, factors, TRUE),
  list("columns as they are", all, 0.5, one, plain, FALSE)
)
# The training rows of each fold, as cv.glmnet with this foldid fits them.
for (k in 1:5) cases[[length(cases) + 1]] <- list(paste("fold", k), fold != k, 0.5, one, plain, TRUE)

said <- sapply(cases, function(case) {
  found <- do.call(fit, case[-1])
  stopifnot(length(found$lambda) == length(lambda), found$jerr == 0)
  coefficients <- t(as.matrix(coef(found)))
  paste0('{"name": "', case[[1]], '", "alpha": ', number(case[[3]]),
         ', "standardize": ', tolower(case[[6]]),
         ',\n "weights": ', list_of(number(case[[4]] * case[[2]])),
         ',\n "factors": ', list_of(number(case[[5]])),
         ',\n "coef": ', rows_of(coefficients[, -1]),
         ',\n "intercept": ', list_of(number(coefficients[, 1])), "}")
})
cv <- cv.glmnet(x, y, family = "binomial", alpha = 0.5, lambda = lambda, foldid = fold,
                type.measure = "deviance", thresh = 1e-22, maxit = 1e7, grouped = TRUE)
cat('{"by": "glmnet ', as.character(packageVersion("glmnet")), '",\n"x": ', rows_of(x, 6),
    ',\n"y": ', list_of(y), ',\n"lambda": ', list_of(number(lambda)),
    ',\n"held_out_deviance": ', list_of(number(cv$cvm)),
    ',\n"cases": [\n', paste(said, collapse = ",\n"), "]}\n", sep = "")
