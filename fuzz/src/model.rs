//! The model file: what is accepted is the one file of its pipeline, passes its own checks again,
//! and calls a row or refuses it.

use linecall::{FrontEnd, Pipeline, coefficient_rows, score_classes};
use linecall_data::{Cells, Column, Csr, Design, Matrix, Origin, Table, TextCells};
use linecall_features::TableFrontEnd;

use super::{memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    match memory::kept(data.len(), size, || Pipeline::from_bytes(data, "m.linecall")) {
        Ok(pipeline) => accepted(&pipeline, data),
        Err(error) => one_line::check(&error, "m.linecall: "),
    }
}

/// Coefficients, and the columns that they belong to.
fn size(read: &linecall::Result<Pipeline>) -> usize {
    let of = |p: &Pipeline| 8 * p.model.n_scores() * p.model.n_features();
    read.as_ref().map_or(0, of)
}

fn accepted(pipeline: &Pipeline, data: &[u8]) {
    assert!(pipeline.to_bytes().expect("an accepted model is written") == data);
    // A certificate may say that the fit did not get there; nothing else may be amiss.
    for check in pipeline.verify() {
        let about_fit = check.name.ends_with(": optimality") || check.name.ends_with(": problem");
        assert!(check.ok || about_fit, "{check:?}");
    }
    let columns = pipeline.design_columns();
    assert_eq!(columns.len(), pipeline.model.n_features());
    let rows = coefficient_rows(pipeline);
    assert_eq!(rows.len(), columns.len());
    assert!(rows.iter().all(|row| row.coef.len() == pipeline.model.n_scores()));
    assert_eq!(score_classes(pipeline).len(), pipeline.model.n_scores());
    if let Some(schema) = pipeline.front_end.schema() {
        schema.to_toml().expect("the schema of an accepted model is written");
    }
    if let Some(design) = a_row(pipeline) {
        calls(pipeline, &design);
    }
}

/// A row that the model takes, made of what its own front end lists.
fn a_row(pipeline: &Pipeline) -> Option<Design> {
    match &pipeline.front_end {
        FrontEnd::Table { recipe, .. } => Some(pipeline.design(&a_table(recipe)).ok()?.design),
        FrontEnd::Matrix { columns, .. } => {
            let one = Csr::new(*columns, vec![0, 1], vec![0], Vec::<()>::new()).ok()?;
            Design::with_columns(Matrix::SparseOnes(one), pipeline.design_columns()).ok()
        }
        _ => None,
    }
}

fn a_table(recipe: &TableFrontEnd) -> Table {
    let columns = recipe.recipes().iter().map(|column| {
        let mut cells = TextCells::default();
        cells.push(column.levels().last().map_or("1", String::as_str));
        Column { name: column.source.clone(), cells: Cells::Text(cells) }
    });
    Table::new(Origin::default(), columns.collect()).expect("sources are distinct and named")
}

fn calls(pipeline: &Pipeline, design: &Design) {
    let Ok(scores) = pipeline.model.scores(design) else { return };
    assert!(pipeline.model.class_of(&scores) < pipeline.classes().len());
    if let Some(probabilities) = pipeline.model.probabilities(&scores) {
        let sum: f64 = probabilities.iter().sum();
        // K quotients and their sum are rounded once each.
        assert!((sum - 1.0).abs() <= 1e-12, "probabilities {probabilities:?}");
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{probabilities:?}");
    }
    // A rule after the model calls the row too, or refuses it.
    if let Ok(called) = linecall::calls(pipeline, design, None, 0) {
        let ruled = called.iter().filter(|call| call.changed_by_rule.is_some()).count();
        assert_eq!(ruled, if pipeline.post.is_some() { called.len() } else { 0 });
    }
}
