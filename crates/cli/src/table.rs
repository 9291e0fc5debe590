//! Plain tables for terminals: no boxes, numbers to the right.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

/// A table with a header. Columns named in `right` are aligned to the right.
pub(crate) struct Grid {
    table: Table,
    right: Vec<bool>,
}

impl Grid {
    /// A table with the given header; a name that starts with `>` is aligned to the right.
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        let right: Vec<bool> = header.iter().map(|h| h.starts_with('>')).collect();
        let cells = header.iter().zip(&right).map(|(h, &right)| {
            let cell = Cell::new(h.trim_start_matches('>')).add_attribute(Attribute::Bold);
            if right { cell.set_alignment(CellAlignment::Right) } else { cell }
        });
        table.set_header(cells);
        Self { table, right }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        let cells = cells.into_iter().zip(&self.right).map(|(text, &right)| {
            let cell = Cell::new(text);
            if right { cell.set_alignment(CellAlignment::Right) } else { cell }
        });
        self.table.add_row(cells);
    }

    /// The table as text, each line ended and indented by two spaces.
    pub(crate) fn text(&self) -> String {
        self.table.to_string().lines().map(|line| format!(" {}\n", line.trim_end())).collect()
    }
}
