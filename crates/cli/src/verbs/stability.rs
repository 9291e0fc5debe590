//! `stability`: which columns are chosen again and again.

use linecall::many::options::StabilityOptions;
use linecall::many::{StabilityOutcome, stability};

use super::studied::{self, SHOWN};
use crate::args::Stability;
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::table::Grid;
use crate::text::{count, percent, significant};

pub(crate) fn run(args: &Stability) -> Answer {
    studied::refuse_strength(&args.studied, "stability")?;
    let options = studied::options(&args.studied)?;
    if !studied::chooses(options.penalty) {
        return Err(Failure::usage(
            "stability asks which columns a penalty chooses: give --penalty l1, elastic-net or group-lasso",
        ));
    }
    let how = StabilityOptions {
        pairs: args.pairs as usize,
        threshold: args.threshold,
        false_selections: args.false_selections,
        lambdas: Vec::new(),
        seed: args.studied.seed,
    };
    let bar = Bar::new(args.studied.common.quiet);
    let found = stability(&args.studied.data, &options, &how, &bar);
    bar.finish();
    studied::tell(&args.studied, &found?, linecall_report::stability_page, |found| {
        page(found, args.all)
    })
}

fn page(found: &StabilityOutcome, all: bool) -> String {
    let shown = if all { usize::MAX } else { SHOWN };
    let mut grid = Grid::new(&["column", ">chosen by", ">positive", ""]);
    for row in found.selections.iter().take(shown) {
        let s = &row.selection;
        let positive = if s.share > 0.0 { percent(s.positive) } else { String::new() };
        let mark = if s.stable { "stable" } else { "" };
        grid.row(vec![row.name.clone(), percent(s.share), positive, mark.to_owned()]);
    }
    let stable = found.selections.iter().filter(|row| row.selection.stable).count();
    let failed = match found.failed {
        0 => String::new(),
        n => format!(" ({} more could not be fitted)", count(n)),
    };
    format!(
        "{}{} random halves in complementary pairs{failed}, {} strengths\n\n{}{}\n{} of {} columns are \
         stable (chosen by {} of the halves or more); at most {} of them by chance, on average, where a half \
         chooses {} columns.\n",
        studied::heading(&found.studied),
        count(found.halves),
        found.lambdas.len(),
        grid.text(),
        studied::rest(found.selections.len(), shown),
        count(stable as u64),
        count(found.selections.len() as u64),
        percent(found.threshold),
        significant(found.bound, 2),
        significant(found.chosen, 3),
    )
}
