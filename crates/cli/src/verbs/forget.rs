//! `forget`: rows leave a model, with a receipt.

use std::ffi::OsString;

use linecall::audit::forget::{Attack, Distance, Means};
use linecall::{ForgetOptions, ForgetReceipt, Pipeline, forget};

use super::{command, reading};
use crate::args::Forget;
use crate::failure::{Answer, Failure};
use crate::{output, text};

pub(crate) fn run(args: &Forget, arguments: &[OsString]) -> Answer {
    let rows = rows(&args.rows)?;
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    let files = reading::files(&args.data, &reading);
    let inputs = files.iter().chain(std::iter::once(&args.model)).chain(&args.outside);
    let inputs: Vec<&str> = inputs.map(String::as_str).collect();
    output::check_target(&args.output, &inputs)?;
    if let Some(receipt) = &args.receipt {
        output::check_target(receipt, &inputs)?;
        if output::same_place(receipt, &args.output) {
            return Err(Failure::usage("the receipt and the model need a file each"));
        }
    }
    let options = ForgetOptions {
        rows,
        outside: (!args.outside.is_empty()).then(|| (&args.outside).into()),
        refit: !args.no_refit,
        salt: args.salt.clone(),
        command: command::recorded(arguments),
    };
    let done = forget(&pipeline, &args.data, &reading, &options)?;
    done.pipeline.save(&args.output)?;
    if let Some(path) = &args.receipt {
        let page = serde_json::to_string_pretty(&output::Versioned::new(&done.receipt))
            .map_err(|e| Failure::Output(path.clone(), e.into()))?;
        output::write_file(path, (page + "\n").as_bytes())?;
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&done.receipt))?;
    } else {
        output::say(&page(&done.receipt, args))?;
    }
    Ok(true)
}

/// Numbers and ranges.
fn rows(text: &str) -> Result<Vec<u64>, Failure> {
    /// More rows than this are no list that a person wrote.
    const MOST: u64 = 10_000_000;
    let wrong = |part: &str| {
        Failure::usage(format!(
            "--rows: `{part}` is neither a row nor a range; write rows from 1 as in `3,17,20-25`"
        ))
    };
    let mut rows = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong(part));
        let (first, last) = (number(first)?, number(last)?);
        if first == 0 || last < first {
            return Err(wrong(part));
        }
        if rows.len() as u64 + (last - first) >= MOST {
            return Err(Failure::usage(format!("--rows: `{part}` makes over {MOST} rows")));
        }
        rows.extend(first..=last);
    }
    if rows.is_empty() {
        return Err(Failure::usage("--rows names no row"));
    }
    Ok(rows)
}

fn page(receipt: &ForgetReceipt, args: &Forget) -> String {
    let own = &receipt.receipt;
    let (gone, left) = (text::count(own.rows.len() as u64), text::count(own.rows_left));
    let rows = if own.rows.len() == 1 { "row" } else { "rows" };
    let mut out = format!("{gone} {rows} forgotten, {left} left\n\n");
    let how = match own.means {
        Means::Nothing => "there was nothing to forget",
        Means::Downdate => "taken out of the class statistics, and the formula worked out again",
        Means::WarmStart => "the objective of the rows left minimised from the old model on",
        Means::Refit => "the rows left fitted from nothing",
    };
    out.push_str(&format!("  how: {how}\n"));
    if let Some(bound) = own.bound {
        out.push_str(&format!(
            "  standardised coefficients within {} of those of the exact refit, proved\n",
            text::significant(bound, 2)
        ));
    }
    let far = |of: &Distance| {
        format!(
            "coefficients by at most {} (per standard deviation), scores by {}",
            text::significant(of.coefficients, 3),
            text::significant(of.scores, 3)
        )
    };
    out.push_str(&format!("  moved: {}\n", far(&own.moved)));
    if let Some(refit) = &own.refit {
        out.push_str(&format!("  from a full refit: {}\n", far(refit)));
    }
    if let Some(membership) = &own.membership {
        let area = |of: &Attack| format!("{:.3} ({:.3} to {:.3})", of.auc, of.low, of.high);
        out.push_str(&format!(
            "  can they be told from rows never seen: AUC {} before, {} after (0.5 is a guess)\n",
            area(&membership.before),
            area(&membership.after)
        ));
    }
    receipt.front_end.iter().for_each(|line| out.push_str(&format!("  front end: {line}\n")));
    for (column, level) in &receipt.only_forgotten {
        out.push_str(&format!(
            "  ! level `{level}` of `{column}` was in forgotten rows alone, and the schema lists it\n"
        ));
    }
    receipt.remarks.iter().for_each(|remark| out.push_str(&format!("  ! {remark}\n")));
    out.push_str(&format!(
        "\nmodel before sha256 {}\nmodel after  sha256 {}\n{}: written\n",
        receipt.model_before, receipt.model_after, args.output
    ));
    out
}
