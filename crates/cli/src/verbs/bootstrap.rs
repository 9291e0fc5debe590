//! `bootstrap`: how coefficients vary with the sample.

use linecall::many::{BootstrapOutcome, bootstrap, options::BootstrapOptions};

use super::studied::{self, SHOWN};
use crate::args::Bootstrap;
use crate::failure::Answer;
use crate::progress::Bar;
use crate::table::Grid;
use crate::text::{count, percent, significant};

pub(crate) fn run(args: &Bootstrap) -> Answer {
    let options = studied::options(&args.studied)?;
    let how = BootstrapOptions {
        replicates: args.replicates as usize,
        level: args.level,
        seed: args.studied.seed,
    };
    let bar = Bar::new(args.studied.common.quiet);
    let found = bootstrap(&args.studied.data, &options, &how, &bar);
    bar.finish();
    studied::tell(&args.studied, &found?, linecall_report::bootstrap_page, |found| {
        page(found, args.all)
    })
}

fn page(found: &BootstrapOutcome, all: bool) -> String {
    let interval = format!(">{}% interval", significant(100.0 * found.level, 3));
    let mut grid =
        Grid::new(&["column", ">coef", ">std error", &interval, ">bias", ">same sign", ">nonzero"]);
    let scores = found.studied.score_classes.len();
    let shown = if all { usize::MAX } else { SHOWN };
    for row in found.coefficients.iter().take(shown) {
        let r = &row.replicated;
        grid.row(vec![
            studied::named(&row.name, &row.class, scores),
            significant(r.coef, 4),
            significant(r.std_error, 3),
            format!("{} to {}", significant(r.low, 3), significant(r.high, 3)),
            significant(r.bias, 2),
            percent(r.same_sign),
            percent(r.nonzero),
        ]);
    }
    let unit = if found.by_group { "groups" } else { "rows" };
    let failed = match (&found.first_failure, found.failed) {
        (Some(why), n) => {
            format!("{} resamples could not be fitted; the first: {why}.\n", count(n))
        }
        (None, _) => String::new(),
    };
    let pull = match found.studied.penalty.as_str() {
        "none" => "",
        _ => {
            "The penalty pulls coefficients towards 0, and intervals with them; the strength is taken \
             as given.\n"
        }
    };
    format!(
        "{}{} resamples of {unit}, with replacement\n\n{}{}\n{failed}{pull}",
        studied::heading(&found.studied),
        count(found.replicates),
        grid.text(),
        studied::rest(found.coefficients.len(), shown),
    )
}
