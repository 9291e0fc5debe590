//! What the page of a study, or of a curriculum, shows.

use linecall::CurriculumOutcome;
use linecall::study::{Outcome, adamixup, curriculum, mixup, surrogate};

use super::panels::PanelsPage;
use super::section::{Section, TableView};
use super::study_texts;
use crate::Error;
use crate::chart::{Axis, Figure, Trace, plot};
use crate::number::{fixed, percent, significant, whole};

pub(super) fn page(kicker: &'static str, title: &str, data: String, summary: &str) -> PanelsPage {
    let mut page = PanelsPage::headed(kicker, title, data);
    page.summary.push(summary.to_owned());
    page
}

pub(super) fn section(
    id: &'static str,
    title: &str,
    figures: Vec<Figure>,
    table: TableView,
) -> Section {
    let title = title.to_owned();
    Section { id, title, figures, tables: vec![table], ..Section::default() }
}

/// Values against 1, 2, 3, ...
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(t, v)| (t as f64 + 1.0, *v)).collect()
}

/// The page of a study.
pub(crate) fn of_study(outcome: &Outcome) -> Result<PanelsPage, Error> {
    match outcome {
        Outcome::Mixup(of) => of_mixup(of),
        Outcome::Adamixup(of) => of_adamixup(of),
        Outcome::Surrogate(of) => of_surrogate(of),
        Outcome::Curriculum(of) => of_curriculum_study(of),
        Outcome::TextGrid(of) => study_texts::of_grid(of),
        Outcome::Encodings(of) => study_texts::of_encodings(of),
    }
}

/// The page of a curriculum on the user's rows.
pub(crate) fn of_curriculum(of: &CurriculumOutcome) -> Result<PanelsPage, Error> {
    let [train, target, test] = of.rows.map(|n| whole(n as u64));
    let mut out = page(
        "linecall curriculum",
        "Learned weights of the rows",
        format!("{}: {train} rows weighted, {target} desired, {test} test", of.data),
        "The policy weights the rows at every step of gradient descent so that the loss on the \
             desired rows falls as early as it can.",
    );
    let traces = [("same weight for all", &of.uniform), ("learned curriculum", &of.optimal)];
    let traces: Vec<Trace> = traces
        .iter()
        .map(|(label, c)| Trace { label: (*label).to_owned(), points: steps(&c.loss) })
        .collect();
    let losses = plot(
        ("loss", "Desired loss by step", "", "The area under the line is what is minimised."),
        (&Axis::linear("Step"), &Axis::linear("Desired loss")),
        &traces,
    )?;
    let weights: Vec<f64> = of.weights.iter().map(|w| w.2).collect();
    let by_row = plot(
        (
            "weights",
            "Mean weight of each row",
            "rows in the order of their weight",
            "1 is a fair share. Rows at 0 are passed over: look at their labels.",
        ),
        (&Axis::linear("Rows"), &Axis::linear("Mean weight, times a fair share")),
        &[Trace { label: "row".to_owned(), points: steps(&weights) }],
    )?;
    let text = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| fixed(v, 4));
    let row = |name: &str, c: &linecall::CurriculumCurve| {
        let (area, desired) = (fixed(c.area, 4), fixed(c.desired, 4));
        let similar = significant(c.similarity);
        vec![name.to_owned(), area, desired, text(c.test), text(c.accuracy), similar]
    };
    let rows =
        vec![row("same weight for all", &of.uniform), row("learned curriculum", &of.optimal)];
    let head =
        ["Policy", "Mean desired loss", "At the end", "Test loss", "Test accuracy", "Similarity"];
    let mut part =
        section("curves", "What it changes", vec![losses, by_row], TableView::new(&head, rows));
    if let Some(times) = of.acceleration {
        part.lines.push(format!(
            "The curriculum reaches the last desired loss of the uniform run {} times as fast.",
            fixed(times, 2)
        ));
    }
    let least = of.weights.iter().take(20);
    let least = least.map(|(row, class, w)| vec![row.to_string(), class.clone(), fixed(*w, 3)]);
    let table = TableView::new(&["Row", "Class", "Weight"], least.collect());
    out.sections = vec![part, section("least", "Rows with the least weight", Vec::new(), table)];
    out.command(of.command.clone());
    Ok(out)
}

fn of_mixup(of: &mixup::StudyOutcome) -> Result<PanelsPage, Error> {
    let s = &of.study;
    let mut out = page(
        "linecall study mixup",
        "Mixup and the Bayes direction",
        format!("{} columns, {} draws of {} rows, seed {}", s.columns, s.draws, s.rows, s.seed),
        "The more separable the classes, the less the plain loss says where the boundary is; exact \
         Mixup, over all pairs of rows, keeps saying it.",
    );
    let trace = |label: &str, of_row: &dyn Fn(&mixup::StudyRow) -> f64| Trace {
        label: label.to_owned(),
        points: of.rows.iter().map(|r| (r.kappa, of_row(r))).collect(),
    };
    let cosines = plot(
        ("cosine", "Cosine to the Bayes direction", "", "1 is the direction of no better rule."),
        (&Axis::linear("Separability kappa"), &Axis::linear("Mean cosine")),
        &[
            trace("exact Mixup", &|r| r.mixup),
            trace("plain loss", &|r| r.plain),
            trace("Mixup from one partner a row", &|r| r.sampled),
        ],
    )?;
    let most = s.sizes.last().copied().unwrap_or(0);
    let needed = |n: Option<usize>| n.map_or_else(|| format!("over {most}"), |n| n.to_string());
    let rows = of.rows.iter().map(|r| {
        vec![
            significant(r.kappa),
            fixed(r.mixup, 4),
            fixed(r.sampled, 4),
            fixed(r.plain, 4),
            r.separated.to_string(),
            needed(r.mixup_rows),
            needed(r.plain_rows),
        ]
    });
    let head = [
        "kappa",
        "Exact Mixup",
        "Sampled",
        "Plain",
        "Separated draws",
        "Rows needed, Mixup",
        "Rows needed, plain",
    ];
    let table = TableView::new(&head, rows.collect());
    let mut part = section("cosine-table", "What was found", vec![cosines], table);
    part.hints.push(format!(
        "Rows needed: the fewest of those tried whose mean cosine is {} or more.",
        s.cosine
    ));
    if let Some(m) = &of.masked {
        part.lines.push(format!(
            "With {} rows of two columns of correlation 0.9 the cosine is {} for the plain loss, {} \
             for Mixup, and {} where columns are mixed one by one: masks break what ties columns.",
            whole(m.rows as u64),
            fixed(m.plain, 5),
            fixed(m.mixup, 5),
            fixed(m.masked, 3)
        ));
    }
    out.sections.push(part);
    out.command(format!("linecall study mixup --seed {}", s.seed));
    Ok(out)
}

fn of_adamixup(of: &adamixup::StudyOutcome) -> Result<PanelsPage, Error> {
    let s = &of.study;
    let mut out = page(
        "linecall study adamixup",
        "Mixtures that land on another class",
        format!("{} rows of A on both sides of {} rows of B, seed {}", s.outer, s.inner, s.seed),
        "Mixtures of the two sides of A land on B with the label of A. Safe intervals leave those \
         mixtures out, exactly.",
    );
    let traces: Vec<Trace> = of
        .rows
        .iter()
        .map(|row| Trace {
            label: row.method.clone(),
            points: row.curve.iter().enumerate().map(|(k, p)| (0.1 * k as f64 - 5.0, *p)).collect(),
        })
        .collect();
    let figure = plot(
        (
            "curve",
            "Probability of B along the line",
            "A at -3 and 3, B at 0",
            "B should be 1 at 0.",
        ),
        (&Axis::linear("x"), &Axis { range: Some((0.0, 1.0)), ..Axis::linear("Probability of B") }),
        &traces,
    )?;
    let rows = of.rows.iter().map(|r| {
        vec![
            r.method.clone(),
            percent(r.accuracy),
            percent(r.inner_accuracy),
            fixed(r.log_loss, 4),
            percent(r.intrusion),
        ]
    });
    let head = ["Trained on", "Accuracy", "Accuracy on B", "Log loss", "Mixtures that intrude"];
    let table = TableView::new(&head, rows.collect());
    out.sections.push(section("found", "What was found", vec![figure], table));
    out.command(format!("linecall study adamixup --seed {}", s.seed));
    Ok(out)
}

fn of_surrogate(of: &surrogate::StudyOutcome) -> Result<PanelsPage, Error> {
    let s = &of.study;
    let mut out = page(
        "linecall study surrogate",
        "Many cheap steps after each dear call",
        format!(
            "{} rows of {} columns, scales from 1 to 1/{}, {} calls, seed {}",
            whole(s.rows as u64),
            s.columns,
            s.condition,
            s.calls,
            s.seed
        ),
        "Each call of the loss is followed by inner steps on a surrogate, or by its exact minimiser; \
         gradient descent makes one step a call, of the best length of a grid.",
    );
    let mut figures = Vec::new();
    let mut batches: Vec<usize> = of.rows.iter().map(|r| r.batch).collect();
    batches.dedup();
    for (at, batch) in batches.iter().enumerate() {
        let traces: Vec<Trace> = of
            .rows
            .iter()
            .filter(|r| r.batch == *batch)
            .map(|r| Trace {
                label: r.method.clone(),
                points: steps(&r.curve.iter().map(|v| v.max(1e-12).log10()).collect::<Vec<_>>()),
            })
            .collect();
        let title = format!("Batches of {batch} rows");
        let y = Axis { logarithmic: true, ..Axis::linear("Mean loss above the optimum") };
        figures.push(plot(
            (&format!("batch-{at}"), &title, "", "Lower is better; a call is a step to the right."),
            (&Axis::linear("Calls"), &y),
            &traces,
        )?);
    }
    let rows = of.rows.iter().map(|r| {
        let calls = r.to_accuracy.map_or_else(|| "never".to_owned(), |n| n.to_string());
        vec![format!("{}, {}", r.batch, r.method), significant(r.above.max(0.0)), calls]
    });
    let head = ["Batch and method", "Above the optimum", "Calls to within 1e-4"];
    let table = TableView::new(&head, rows.collect());
    out.sections.push(section("found", "What was found", figures, table));
    let squared = if s.squared { " --squared" } else { "" };
    out.command(format!("linecall study surrogate --seed {}{squared}", s.seed));
    Ok(out)
}

fn of_curriculum_study(of: &curriculum::StudyOutcome) -> Result<PanelsPage, Error> {
    let s = &of.study;
    let mut out = page(
        "linecall study curriculum",
        "Learned weights of the examples",
        format!(
            "{} rows of {} columns, {} of the labels flipped, {} steps of {}, seed {}",
            s.train,
            s.columns,
            percent(s.noise),
            s.steps,
            s.rate,
            s.seed
        ),
        "The optimal policy weights the examples at every step so that the area under the desired \
         loss is least.",
    );
    let traces: Vec<Trace> = of
        .rows
        .iter()
        .map(|r| Trace { label: r.policy.clone(), points: steps(&r.curve) })
        .collect();
    let losses = plot(
        ("loss", "Desired loss by step", "", "The area under the line is what is minimised."),
        (&Axis::linear("Step"), &Axis::linear("Desired loss")),
        &traces,
    )?;
    let areas = plot(
        ("area", "Mean desired loss by epoch of the policy", "", "It falls in every epoch."),
        (&Axis::linear("Epoch"), &Axis::linear("Mean desired loss")),
        &[Trace { label: "optimal".to_owned(), points: steps(&of.areas) }],
    )?;
    let rows = of.rows.iter().map(|r| {
        let faster = r.acceleration.map_or_else(|| "never there".to_owned(), |a| fixed(a, 2));
        vec![
            r.policy.clone(),
            fixed(r.area, 4),
            fixed(r.desired, 4),
            fixed(r.test, 4),
            faster,
            significant(r.similarity),
        ]
    });
    let head =
        ["Policy", "Mean desired loss", "At the end", "Test loss", "Times as fast", "Similarity"];
    let table = TableView::new(&head, rows.collect());
    let mut part = section("found", "What was found", vec![losses, areas], table);
    part.lines.push(format!(
        "Under the optimal policy examples with a right label carry {} of a fair share, those with a \
         flipped label {}.",
        fixed(of.weight[0], 2),
        fixed(of.weight[1], 2)
    ));
    out.sections.push(part);
    out.command(format!("linecall study curriculum --seed {}", s.seed));
    Ok(out)
}
