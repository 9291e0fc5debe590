//! The pipeline of bins.

use std::collections::BTreeMap;

use linecall::features::{BinMethod, Binning, Encoding, Grouping, TableFrontEnd};
use linecall::{FrontEnd, LinearModel, Link, Pipeline, Result};
use linecall_data::schema::Unseen;

use super::decided;

/// The binary model with its columns in bins, and how they were made.
pub(crate) fn binned(mut pipeline: Pipeline) -> Result<Pipeline> {
    let FrontEnd::Table { recipe, .. } = &mut pipeline.front_end else { return Ok(pipeline) };
    let mut recipes = recipe.recipes().to_vec();
    for own in &mut recipes {
        let levels = own.levels().to_vec();
        own.encoding = match own.source.as_str() {
            "income" => Encoding::Steps {
                cuts: vec![0.1, 900.0, 1834.5, 1e300],
                whole: false,
                min: Some(0.0),
                max: None,
                levels,
            },
            "school" => {
                Encoding::Steps { cuts: vec![1.0], whole: false, min: None, max: None, levels }
            }
            "purpose" => Encoding::Groups {
                groups: vec![vec![0, 2], vec![1]],
                reference: 2,
                unseen: Unseen::Reference,
                levels,
            },
            _ => continue,
        };
    }
    *recipe = TableFrontEnd::new(recipes)?;
    let coef = vec![-0.001_1, 0.1, -0.0, 2.5, -7.0, 1e-300, 0.25, -3.5, f64::from_bits(1)];
    let classes = pipeline.model.classes().to_vec();
    pipeline.model = LinearModel::new(vec![coef], vec![1.0 / 3.0], classes, 0, Link::Logistic)?;
    pipeline.training.recipe = Some(linecall::Recipe {
        binning: Some(Binning {
            method: BinMethod::Monotone { bins: 5 },
            cuts: BTreeMap::from([("income".to_owned(), vec![0.1, 900.0, 1834.5, 1e300])]),
            groups: Grouping { max_levels: 2, min_share: 0.05, bins: 2, smoothing: 0.5 },
        }),
        ..decided::recipe()
    });
    Ok(pipeline)
}
