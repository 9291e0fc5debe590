//! `permute`: whether a model, or a coefficient, would come about by chance.

use linecall::many::options::{PermuteOptions, Statistic};
use linecall::many::{PermuteOutcome, permute};

use super::studied::{self, SHOWN};
use crate::args::{Permute, StatisticName};
use crate::failure::Answer;
use crate::progress::Bar;
use crate::table::Grid;
use crate::text::{count, significant};

pub(crate) fn run(args: &Permute) -> Answer {
    let options = studied::options(&args.studied)?;
    let how = PermuteOptions {
        permutations: args.permutations as usize,
        statistic: match args.statistic {
            StatisticName::Loss => Statistic::Loss,
            StatisticName::Error => Statistic::Error,
            StatisticName::Auc => Statistic::Auc,
        },
        folds: args.cross_validate.map(usize::from),
        stop_after: args.stop_after.map(|n| n as usize),
        seed: args.studied.seed,
    };
    let bar = Bar::new(args.studied.common.quiet);
    let found = permute(&args.studied.data, &options, &how, &bar);
    bar.finish();
    studied::tell(&args.studied, &found?, linecall_report::permute_page, |found| {
        page(found, args.all)
    })
}

fn page(found: &PermuteOutcome, all: bool) -> String {
    let what = match found.folds {
        Some(k) => format!("{} by {k}-fold cross-validation", found.statistic),
        None => format!("{} on the rows trained on", found.statistic),
    };
    let early = if found.stopped { ", stopped early" } else { "" };
    let mut out = format!(
        "{}{} permutations of the labels{early}\n\nWhole model, {what}: {}; by chance {} (median), {} at best\n\
         p = {} ({} of {} as good)\n",
        studied::heading(&found.studied),
        count(found.permutations),
        significant(found.observed, 5),
        significant(found.null_median, 5),
        significant(found.null_best, 5),
        significant(found.p_value, 3),
        count(found.as_good),
        count(found.permutations),
    );
    if found.coefficients.is_empty() {
        return out;
    }
    let mut rows: Vec<_> = found.coefficients.iter().collect();
    rows.sort_by(|a, b| b.test.standardized.abs().total_cmp(&a.test.standardized.abs()));
    let scores = found.studied.score_classes.len();
    let shown = if all { usize::MAX } else { SHOWN };
    let mut grid = Grid::new(&["column", ">coef per std dev", ">p", ">p over all columns"]);
    for row in rows.iter().take(shown) {
        grid.row(vec![
            studied::named(&row.name, &row.class, scores),
            significant(row.test.standardized, 4),
            significant(row.test.p_value, 3),
            significant(row.test.p_family, 3),
        ]);
    }
    out.push_str(&format!(
        "\n{}{}\nEach p is the chance of a coefficient as large if labels had nothing to do with any \
         column; over all columns, of any as large.\n",
        grid.text(),
        studied::rest(rows.len(), shown),
    ));
    out
}
