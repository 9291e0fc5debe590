//! A page of panels: what a verb found, question by question.

use linecall::challenge::ModelPart;
use serde::Serialize;

use super::section::{Section, Tile};
use crate::number::whole;
use crate::text::shorten;

/// The whole page.
#[derive(Debug, Serialize)]
pub(crate) struct PanelsPage {
    version: String,
    kicker: &'static str,
    title: String,
    heading: String,
    data: String,
    summary: Vec<String>,
    tiles: Vec<Tile>,
    remarks: Vec<String>,
    sections: Vec<Section>,
    provenance: Vec<[String; 2]>,
}

/// What a page is about.
pub(super) struct About<'a> {
    pub(super) kicker: &'static str,
    pub(super) title: &'static str,
    pub(super) heading: String,
    pub(super) version: &'a str,
    pub(super) model: &'a ModelPart,
    pub(super) data: &'a str,
    pub(super) rows: u64,
    pub(super) remarks: &'a [String],
}

impl About<'_> {
    /// The page.
    pub(super) fn page(
        &self,
        summary: Vec<String>,
        tiles: Vec<Tile>,
        sections: Vec<Section>,
    ) -> PanelsPage {
        let item = |name: &str, value: String| [name.to_owned(), value];
        PanelsPage {
            version: self.version.to_owned(),
            kicker: self.kicker,
            title: format!("{} of {}", self.title, shorten(&self.model.file, 80)),
            heading: self.heading.clone(),
            data: format!(
                "{}, {} rows, by {}",
                shorten(self.data, 200),
                whole(self.rows),
                shorten(&self.model.file, 200)
            ),
            summary,
            tiles,
            remarks: self.remarks.to_vec(),
            sections,
            provenance: vec![
                item("Model", self.model.file.clone()),
                item("SHA-256", self.model.sha256.clone()),
                item("Trained on", format!("{} rows", whole(self.model.trained_rows))),
                item("Data", self.data.to_owned()),
                item("Made by", format!("linecall {}", self.version)),
            ],
        }
    }
}

/// A figure in large type.
pub(super) fn tile(name: &str, value: String, note: &str) -> Tile {
    let (name, note) = (name.to_owned(), note.to_owned());
    Tile { name, value, interval: String::new(), note }
}
