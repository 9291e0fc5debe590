//! Recourse on a table of 0/1 labels and numbers, timed: `recourse_speed FILE.csv TARGET [--limit]`.
//!
//! Fits an l1 logistic model, takes the first and the others of a person's ways under each cost, and
//! audits everybody. The file is the paper's own `credit` (30,000 people, 17 columns): the columns
//! that its authors hold immutable are named below, where they exist.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_audit::Inputs;
use linecall_audit::recourse::{
    ActionOptions, ActionSet, Aim, ColumnActions, CostKind, Flipset, Listing, Recourse, Spec,
};
use linecall_data::read::{ReadOptions, table};
use linecall_data::schema::Direction;
use linecall_data::{Dataset, Dense, Design, DesignColumn, Labels, Matrix};
use linecall_linear::{Loss, Penalty, Plan};
use linecall_search::Limits;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("give a file and its target".into());
    };
    let data = read(&file, &target)?;
    let plan = Plan { positive: 1, ..Plan::new(Loss::Logistic, Penalty::l1(5e-3)) };
    let model = plan.fit(&data)?.model;
    let inputs = Inputs::of_columns(data.design.columns());
    let mut spec = Spec::default();
    for input in inputs.all() {
        let name = input.name.as_str();
        let fixed = ["Female", "Single", "Married", "Age", "Overdue"];
        let mutable = !fixed.iter().any(|part| name.contains(part));
        let up = name == "EducationLevel";
        let direction = if up { Direction::Increase } else { Direction::Any };
        let own = ColumnActions { mutable, direction, ..Default::default() };
        spec.columns.push((name.to_owned(), own));
    }
    for (label, spec) in [("as the paper has it", &spec), ("all columns free", &Spec::default())] {
        for cost in [CostKind::Max, CostKind::Total, CostKind::Log] {
            time(&data, &model, &inputs, spec, cost, label)?;
        }
    }
    Ok(())
}

fn time(
    data: &Dataset,
    model: &linecall_linear::LinearModel,
    inputs: &Inputs,
    spec: &Spec,
    cost: CostKind,
    label: &str,
) -> Result<(), Failure> {
    let options = ActionOptions { cost, ..Default::default() };
    let began = Instant::now();
    let actions = ActionSet::new(inputs.clone(), spec, &data.design, &options)?;
    let made = began.elapsed().as_secs_f64();
    let recourse = Recourse::new(model, &actions, Aim::default())?;
    let (mut times, mut firsts) = (Vec::new(), Vec::new());
    let mut impossible = 0;
    for row in (0..data.design.rows()).step_by(7) {
        let row = inputs.row(&data.design, row);
        let began = Instant::now();
        let answer = recourse.flipset(&row, 5, Listing::Distinct, &Limits::default())?;
        let took = began.elapsed().as_secs_f64() * 1e6;
        match answer {
            Flipset::AlreadyThere { .. } => continue,
            Flipset::Impossible { .. } => impossible += 1,
            Flipset::Ways { .. } => {
                times.push(took);
                let began = Instant::now();
                std::hint::black_box(recourse.cost(&row)?);
                firsts.push(began.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    let at = |times: &mut Vec<f64>, share: f64| {
        times.sort_by(f64::total_cmp);
        times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0.0)
    };
    let began = Instant::now();
    let audit = recourse.audit(&data.design, None)?;
    let audited = began.elapsed().as_secs_f64();
    println!(
        "{label}, {cost:?}: actions {made:.2} s; 5 ways median {:.1} us, 99th percentile {:.1} us; \
         first {:.1} us; {} asked, {impossible} impossible; audit {audited:.2} s, feasible {}/{}, \
         median cost {:?}",
        at(&mut times, 0.5),
        at(&mut times, 0.99),
        at(&mut firsts, 0.5),
        times.len(),
        audit.all.feasible,
        audit.all.asking,
        audit.all.quantiles[2],
    );
    Ok(())
}

fn read(file: &str, target: &str) -> Result<Dataset, Failure> {
    let table = table(file, &ReadOptions::default())?;
    let (mut names, mut labels) = (Vec::new(), Vec::new());
    let mut values = vec![Vec::new(); table.rows()];
    for column in table.columns() {
        if column.name == target {
            labels = (0..table.rows()).map(|row| column.cells.text(row).into_owned()).collect();
            continue;
        }
        names.push(DesignColumn::value(&column.name));
        for (row, own) in values.iter_mut().enumerate() {
            own.push(column.cells.text(row).parse::<f64>()?);
        }
    }
    let flat: Vec<f64> = values.into_iter().flatten().collect();
    let dense = Dense::new(table.rows(), names.len(), flat)?;
    let design = Design::new(Matrix::DenseF64(dense), names)?;
    Ok(Dataset::new(design, Labels::from_names(labels))?)
}
