//! `learning-curve`: whether more rows would help.

use linecall::many::options::CurveOptions;
use linecall::many::{LearningCurveOutcome, learning_curve};

use super::studied;
use crate::args::LearningCurve;
use crate::failure::Answer;
use crate::progress::Bar;
use crate::table::Grid;
use crate::text::{count, percent, significant};

pub(crate) fn run(args: &LearningCurve) -> Answer {
    let options = studied::options(&args.studied)?;
    let how = CurveOptions {
        shares: args.shares.clone(),
        seed: args.studied.seed,
        ..CurveOptions::default()
    };
    let bar = Bar::new(args.studied.common.quiet);
    let found = learning_curve(&args.studied.data, &options, &how, &bar);
    bar.finish();
    studied::tell(&args.studied, &found?, linecall_report::learning_curve_page, page)
}

fn page(found: &LearningCurveOutcome) -> String {
    let held = format!(">held-out {}", found.criterion);
    let mut grid = Grid::new(&[
        ">share",
        ">rows",
        &held,
        ">std error",
        ">training",
        ">wrong calls",
        ">std error",
        ">lambda",
        "",
    ]);
    for point in &found.points {
        let short = match found.folds - point.folds as u64 {
            0 => String::new(),
            n => format!("{n} folds could not be fitted"),
        };
        grid.row(vec![
            percent(point.share),
            count(point.rows.round() as u64),
            format!("{:.5}", point.loss),
            format!("{:.5}", point.loss_se),
            format!("{:.5}", point.train_loss),
            percent(point.error),
            percent(point.error_se),
            significant(point.lambda, 3),
            short,
        ]);
    }
    let tuned = if found.tuned {
        ", the strength chosen anew at each size by the rows held out"
    } else {
        ""
    };
    let end = match (
        found.points.len().checked_sub(2).and_then(|i| found.points.get(i)),
        found.points.last(),
    ) {
        (Some(before), Some(last)) => {
            let gain = before.loss - last.loss;
            let sure = if gain > last.loss_se { "more than" } else { "within" };
            format!(
                "\nThe last {} rows changed the held-out {} by {}, {sure} one standard error.\n",
                count((last.rows - before.rows).round() as u64),
                found.criterion,
                significant(-gain, 2),
            )
        }
        _ => String::new(),
    };
    format!(
        "{}{} folds, nested shares of their training rows{tuned}\n\n{}{end}",
        studied::heading(&found.studied),
        found.folds,
        grid.text(),
    )
}
