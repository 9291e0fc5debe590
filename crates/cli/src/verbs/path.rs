//! `path`: what each strength of the penalty makes of the data.

use linecall::many::{LeaveOneOut, PathOptions, PathOutcome, path};

use super::studied;
use crate::args::{LeaveOneOutName, Path};
use crate::failure::Answer;
use crate::progress::Bar;
use crate::table::Grid;
use crate::text::significant;

pub(crate) fn run(args: &Path) -> Answer {
    studied::refuse_strength(&args.studied, "path")?;
    let options = studied::options(&args.studied)?;
    let how = PathOptions {
        lambdas: args.lambdas.clone(),
        points: usize::from(args.points),
        leave_one_out: match args.leave_one_out {
            None => LeaveOneOut::No,
            Some(LeaveOneOutName::Exact) => LeaveOneOut::Exact,
            Some(LeaveOneOutName::Approximate) => LeaveOneOut::Approximate,
        },
    };
    let bar = Bar::new(args.studied.common.quiet);
    let found = path(&args.studied.data, &options, &how, &bar);
    bar.finish();
    studied::tell(&args.studied, &found?, linecall_report::path_page, page)
}

fn page(found: &PathOutcome) -> String {
    let out_name = match found.leave_one_out.as_deref() {
        Some("approximate") => ">left out (one step)",
        _ => ">left out",
    };
    let held = format!(">held-out {}", found.criterion);
    let mut head = vec![">lambda", &held, ">std error", ">training", ">nonzero"];
    if found.leave_one_out.is_some() {
        head.push(out_name);
    }
    head.push("");
    let mut grid = Grid::new(&head);
    for (p, point) in found.path.iter().enumerate() {
        let mut row = vec![
            significant(point.lambda, 3),
            format!("{:.5}", point.mean),
            format!("{:.5}", point.standard_error),
            format!("{:.5}", point.train_loss),
            point.nonzero.to_string(),
        ];
        row.extend(point.leave_one_out.map(|l| format!("{l:.5}")));
        let mark = match p as u64 {
            p if p == found.minimum => "smallest",
            p if p == found.one_se => "within one standard error",
            _ => "",
        };
        row.push(mark.to_owned());
        grid.row(row);
    }
    let worst = found.path.iter().fold(0.0, |m: f64, p| m.max(p.residual));
    let gap = found.path.iter().map(|p| p.duality_gap).try_fold(0.0, |m: f64, g| Some(m.max(g?)));
    let proof = match gap {
        Some(gap) => format!("; every objective at most {} above its optimum", significant(gap, 2)),
        None => String::new(),
    };
    format!(
        "{}{} {} folds along {} strengths\n\n{}\nLargest residual {}{proof}.\n",
        studied::heading(&found.studied),
        found.folds,
        found.scheme,
        found.path.len(),
        grid.text(),
        significant(worst, 2),
    )
}
