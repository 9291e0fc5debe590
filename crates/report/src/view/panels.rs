//! A page of panels: what a verb found, question by question.

use linecall::challenge::ModelPart;
use serde::Serialize;

use super::section::{Section, Tile};
use crate::number::whole;
use crate::text::shorten;

/// The whole page.
#[derive(Debug, Serialize)]
pub(crate) struct PanelsPage {
    pub(super) version: String,
    pub(super) kicker: &'static str,
    /// What the tiles are called to a reader that does not see them.
    pub(super) in_short: &'static str,
    pub(super) title: String,
    pub(super) heading: String,
    pub(super) data: String,
    pub(super) summary: Vec<String>,
    pub(super) tiles: Vec<Tile>,
    pub(super) remarks: Vec<String>,
    pub(super) sections: Vec<Section>,
    pub(super) provenance: Vec<[String; 2]>,
}

impl PanelsPage {
    /// A page that has nothing but its head.
    pub(super) fn headed(kicker: &'static str, heading: &str, data: String) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kicker,
            in_short: IN_SHORT,
            title: heading.to_owned(),
            heading: heading.to_owned(),
            data,
            summary: Vec::new(),
            tiles: Vec::new(),
            remarks: Vec::new(),
            sections: Vec::new(),
            provenance: Vec::new(),
        }
    }

    /// Adds a figure in large type.
    pub(super) fn tile(&mut self, name: &str, value: String, note: String) {
        let interval = String::new();
        self.tiles.push(Tile { name: name.to_owned(), value, interval, note });
    }

    /// Says which command makes the page again.
    pub(super) fn command(&mut self, command: String) {
        self.provenance.push(["command".to_owned(), command]);
    }
}

/// What the tiles of most pages are called.
const IN_SHORT: &str = "In short";

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
            in_short: IN_SHORT,
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
