/*
 * A linear classifier of repaid, written by linecall VERSION.
 * Classes: no, yes.
 *
 * C99; link with -lm. A missing number is NAN, a missing text NULL or "".
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

/* The classes, in the order of the probabilities. */
const char *const linecall_classes[2] = {
    "no",
    "yes"
};

/* The cells of a row. */
typedef struct linecall_row {
    double age; /* age */
    double income; /* income */
    const char *city; /* city */
    const char *owner; /* owner */
    const char *rating; /* rating */
} linecall_row;

/* The answer for a row. */
typedef struct linecall_answer {
    int call; /* a position in linecall_classes */
    double probability[2];
    double score[1];
} linecall_answer;

/* The place of a text among sorted ones; -1 where it is not there. */
static int linecall_find(const char *text, const char *const *texts, int count)
{
    int low = 0, high = count - 1;
    while (low <= high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(text, texts[middle]);
        if (order == 0) return middle;
        if (order < 0) high = middle - 1; else low = middle + 1;
    }
    return -1;
}

/* Calls a row. Gives 0, or the number (from 1) of the first column that the model refuses;
   there is no answer then. */
int linecall_call(const linecall_row *row, linecall_answer *answer)
{
    double s[1];
    s[0] = (-4.9e0);
    /* 1: age */
    {
        double x = row->age;
        int missing = isnan(x);
        if (missing || (!missing && (isinf(x) || x != floor(x) || x < 1.8e1 || x > 1.2e2))) return 1;
        s[0] += 5e-2 * x;
    }
    /* 2: income */
    {
        double x = row->income;
        int missing = isnan(x) || x == (-1e0);
        if (missing || (!missing && (isinf(x)))) return 2;
        s[0] += 1e-3 * x;
    }
    /* 3: city */
    {
        static const char *const texts[3] = {
            "Bern",
            "Oslo",
            "Rome"
        };
        static const int levels[3] = {0, 1, 2};
        static const double adds[5][1] = {
            {0e0},
            {7.000000000000001e-1},
            {2.4999999999999994e-2},
            {4e-1},
            {0e0}
        };
        const char *x = row->city;
        int level = 3;
        if (x != NULL && x[0] != '\0') {
            int place = linecall_find(x, texts, 3);
            level = place < 0 ? 4 : levels[place];
        }
        for (int k = 0; k < 1; k++) s[k] += adds[level][k];
    }
    /* 4: owner */
    {
        static const char *const texts[4] = {
            "0",
            "0.0",
            "1",
            "1.0"
        };
        static const int levels[4] = {0, 0, 1, 1};
        static const double adds[4][1] = {
            {0e0},
            {7.5e-1},
            {0e0},
            {0e0}
        };
        const char *x = row->owner;
        int level = 2;
        if (x != NULL && x[0] != '\0') {
            int place = linecall_find(x, texts, 4);
            level = place < 0 ? 3 : levels[place];
        }
        if (level == 2) return 4;
        if (level == 3) return 4;
        for (int k = 0; k < 1; k++) s[k] += adds[level][k];
    }
    /* 5: rating */
    {
        static const char *const texts[3] = {
            "high",
            "low",
            "mid"
        };
        static const int levels[3] = {2, 0, 1};
        static const double adds[5][1] = {
            {0e0},
            {(-3e-1)},
            {(-6e-1)},
            {0e0},
            {0e0}
        };
        const char *x = row->rating;
        int level = 3;
        if (x != NULL && x[0] != '\0') {
            int place = linecall_find(x, texts, 3);
            level = place < 0 ? 4 : levels[place];
        }
        if (level == 3) return 5;
        if (level == 4) return 5;
        for (int k = 0; k < 1; k++) s[k] += adds[level][k];
    }
    const double v0 = exp((0e0 - fabs(s[0])));
    const double v1 = ((s[0] >= 0e0 ? 1e0 : v0) / (1e0 + v0));
    const double v2 = (1e0 - v1);
    const double v3 = v1;
    answer->probability[0] = v2;
    answer->probability[1] = v3;
    for (int k = 0; k < 1; k++) answer->score[k] = s[k];
    answer->call = s[0] > 0e0 ? 1 : 0;
    return 0;
}
