//! What a fit makes of columns of free text, where the schema is inferred.

use linecall_data::infer::{Description, WarningKind};
use linecall_data::schema::{ColumnSchema, Kind, Role};
use linecall_data::{ErrorKind, TextSettings};

use crate::Result;
use crate::fit::setting;

/// What is made of columns of free text, where the schema is inferred.
#[derive(Clone, Debug, PartialEq)]
pub enum TextUse {
    /// Their n-grams become columns of the design.
    Learn {
        /// Columns that are taken as texts whatever they look like.
        columns: Vec<String>,
        /// How texts are cut; `None` goes by what they hold.
        settings: Option<TextSettings>,
        /// Whether texts in a script without spaces between words are cut into characters all the
        /// same, where settings say words; runs of one to three where settings have the usual length.
        by_script: bool,
    },
    /// Nothing: they are ignored, with a remark.
    Ignore,
}

impl Default for TextUse {
    fn default() -> Self {
        Self::Learn { columns: Vec::new(), settings: None, by_script: true }
    }
}

/// Settles what is made of the texts of an inferred schema.
pub(crate) fn use_texts(found: &mut Description, used: &TextUse) -> Result<()> {
    let is_text = |column: &ColumnSchema| column.kind == Kind::Text && column.role == Role::Feature;
    let TextUse::Learn { columns, settings, by_script } = used else {
        let texts = found.schema.columns.iter_mut().filter(|column| is_text(column));
        for column in texts {
            column.role = Role::Ignored;
            column.text = None;
            let own = found.warnings.iter_mut().find(|warning| {
                warning.kind == WarningKind::Text && warning.column.as_ref() == Some(&column.name)
            });
            if let Some(warning) = own {
                let name = &column.name;
                warning.text = format!("`{name}` holds free text, which is ignored here.");
            }
        }
        return Ok(());
    };
    for name in columns {
        let target = found.schema.target.column == *name;
        let own = found.schema.columns.iter_mut().find(|own| own.name == *name && !target);
        let Some(own) = own else {
            let problem = if target { "is the target" } else { "is no column of the table" };
            return Err(linecall_data::Error::new(ErrorKind::Column, problem)
                .at(linecall_data::Place::default().column(name))
                .mend("name a column of texts")
                .into());
        };
        found.warnings.retain(|warning| warning.column.as_ref() != Some(name));
        let plain = ColumnSchema::new(name.clone(), Role::Feature, Kind::Text);
        *own = ColumnSchema { text: own.text.take(), ..plain };
    }
    if let Some(settings) = settings {
        let texts = found.schema.columns.iter_mut().filter(|column| is_text(column));
        let mut none = true;
        for column in texts {
            let mut own = settings.clone();
            // Inference settles how a text is cut only where its script has no spaces.
            if let (true, Some(found)) = (by_script, &column.text) {
                own.analyzer = found.analyzer;
                if own.ngram_range == TextSettings::default().ngram_range {
                    own.ngram_range = found.ngram_range;
                }
            }
            column.text = Some(own);
            none = false;
        }
        if none {
            return setting(
                "text",
                "settings of texts",
                "a column of free text: name it by --text",
            );
        }
    }
    Ok(found.schema.check()?)
}
