//! The rows behind a rule: groups and classes of a file, split into those that the models of the
//! groups are fitted on, those that the rule is fitted on, and those held out.

use linecall_audit::fairness::bias::{Attribute, Sample};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::folds::{Scheme, holdout};

use crate::challenge::groups;
use crate::{Error, Pipeline, Result, RuleData, Source};

/// So that the second split is not drawn as the first was.
const SECOND: u64 = 0x7365_636f_6e64;

/// Rows of one class and the same groups that are split by themselves.
const ENOUGH: u64 = 8;

/// Rows with everything that is known of them.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) design: Design,
    pub(crate) labels: Labels,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) attributes: Vec<Attribute>,
}

/// The parts of a file.
#[derive(Debug)]
pub(crate) struct Parts {
    /// All rows.
    pub(crate) all: Rows,
    /// Those of the models of the groups.
    pub(crate) models: Rows,
    /// Those of the rule.
    pub(crate) rule: Rows,
    /// Those held out.
    pub(crate) held: Option<Rows>,
    /// How they were held out.
    pub(crate) scheme: &'static str,
}

impl Rows {
    /// The rows as the audit takes them.
    pub(crate) fn sample(&self) -> Sample<'_> {
        Sample {
            design: &self.design,
            labels: &self.labels,
            attributes: &self.attributes,
            weights: self.weights.as_deref(),
        }
    }

    /// All rows of a file.
    pub(crate) fn of(source: &Source, data: &Dataset, columns: &[String]) -> Result<Self> {
        let Source::Table(table) = source else {
            return Err(Error::Question(
                "groups are columns of a table, and the data are a matrix".to_owned(),
            ));
        };
        let attribute =
            |name: &String| Ok(Attribute { name: name.clone(), groups: groups(table, name)? });
        Ok(Self {
            design: data.design.clone(),
            labels: data.labels.clone(),
            weights: data.weights.clone(),
            attributes: columns.iter().map(attribute).collect::<Result<_>>()?,
        })
    }

    fn select(&self, rows: &[usize]) -> Result<Self> {
        let attribute =
            |own: &Attribute| Attribute { name: own.name.clone(), groups: own.groups.select(rows) };
        let pick = |own: &Vec<f64>| rows.iter().filter_map(|&row| own.get(row).copied()).collect();
        Ok(Self {
            design: self.design.select_rows(rows)?,
            labels: self.labels.select(rows),
            weights: self.weights.as_ref().map(pick),
            attributes: self.attributes.iter().map(attribute).collect(),
        })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The class and the groups of each row as one label, so that splits keep the shares of all. Rows
    /// of rare combinations go by their rarest group alone, so that it has rows in every part.
    fn cells(&self) -> Labels {
        let code = |labels: &Labels, row: usize| labels.codes().get(row).copied().unwrap_or(0);
        let name = |row: usize| {
            let groups = self.attributes.iter().map(|own| code(&own.groups, row));
            let codes = std::iter::once(code(&self.labels, row)).chain(groups);
            codes.map(|code| code.to_string()).collect::<Vec<_>>().join("|")
        };
        let whole = Labels::from_names((0..self.len()).map(name));
        let counts: Vec<Vec<u64>> = self.attributes.iter().map(|a| a.groups.counts()).collect();
        let size = |counts: &[u64], code: u32| counts.get(code as usize).copied().unwrap_or(0);
        let sizes = whole.counts();
        let cell = |row: usize| {
            let own = code(&whole, row);
            if size(&sizes, own) >= ENOUGH {
                return whole.classes().get(own as usize).cloned().unwrap_or_default();
            }
            let groups = self.attributes.iter().zip(&counts).enumerate();
            let rarest = groups.map(|(at, (attribute, counts))| {
                let group = code(&attribute.groups, row);
                (size(counts, group), at, group)
            });
            rarest.min().map_or(String::new(), |(_, at, group)| format!("{at}:{group}"))
        };
        Labels::from_names((0..self.len()).map(cell))
    }
}

impl Parts {
    /// Splits the rows of a file. Rows of the schema's group column stay together, later rows of its
    /// time column come last; otherwise every class of every group keeps its share in each part.
    pub(crate) fn of(
        source: &Source,
        data: &Dataset,
        columns: &[String],
        shares: (f64, f64),
        seed: u64,
    ) -> Result<Self> {
        let all = Rows::of(source, data, columns)?;
        let spread = Dataset { labels: all.cells(), ..data.clone() };
        let (held_share, group_share) = shares;
        let (rest, held, scheme) = if held_share == 0.0 {
            ((0..all.len()).collect(), None, "none")
        } else {
            let split = holdout(&spread, held_share, seed)?;
            let scheme = match Scheme::of(&spread) {
                Scheme::TimeOrdered => "last in time",
                scheme => scheme.name(),
            };
            (split.train, Some(all.select(&split.held)?), scheme)
        };
        let fitting = all.select(&rest)?;
        let (models, rule) = if group_share == 0.0 {
            (fitting.clone(), fitting)
        } else {
            let split = holdout(&spread.select(&rest)?, group_share, seed ^ SECOND)?;
            (fitting.select(&split.held)?, fitting.select(&split.train)?)
        };
        Ok(Self { all, models, rule, held, scheme })
    }

    /// The rows that a rule was fitted on, found again.
    pub(crate) fn again(
        pipeline: &Pipeline,
        source: &Source,
        data: &Dataset,
        of: &RuleData,
    ) -> Result<Rows> {
        let columns = pipeline.post.iter().flat_map(|post| post.attributes().map(str::to_owned));
        let columns: Vec<String> = columns.collect();
        Ok(Self::of(source, data, &columns, (of.holdout, of.group_share), of.seed)?.rule)
    }
}
