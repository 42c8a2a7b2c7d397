//! The notebook's file (nbformat 4.5), written so that equal cells give equal bytes.

use super::cells::{Cell, CellKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A notebook as it lies on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// The cells.
    pub cells: Vec<Stored>,
    metadata: Value,
    nbformat: u32,
    nbformat_minor: u32,
}

/// A cell as it lies on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// `markdown` or `code`.
    pub cell_type: String,
    /// The place in which the cell was executed; `null` before that.
    #[serde(default, skip_serializing_if = "Count::is_absent")]
    pub execution_count: Count,
    /// Its name. Notebooks older than format 4.5 have none.
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    metadata: Value,
    /// What it printed and drew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<Value>>,
    source: Source,
}

/// A code cell's count, which a Markdown cell lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// A Markdown cell.
    #[default]
    Absent,
    /// Not executed.
    Null,
    /// Executed in this place.
    At(u64),
}

impl Count {
    fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

impl Serialize for Count {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(count) => serializer.serialize_u64(*count),
            Self::Null | Self::Absent => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map_or(Self::Null, Self::At))
    }
}

/// A text: whole, or as a list of its lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Source {
    Whole(String),
    Lines(Vec<String>),
}

impl Stored {
    /// The cell's text.
    pub fn source(&self) -> String {
        match &self.source {
            Source::Whole(text) => text.clone(),
            Source::Lines(lines) => lines.concat(),
        }
    }

    /// Whether this is a code cell.
    pub fn is_code(&self) -> bool {
        self.cell_type == "code"
    }

    /// Whether this holds `cell`, outputs aside.
    pub fn holds(&self, cell: &Cell) -> bool {
        self.id == cell.id && self.is_code() == (cell.kind == CellKind::Code) && self.source() == cell.source
    }
}

impl File {
    /// A notebook of `cells`. A code cell that stood in `old` with the same text keeps its outputs.
    pub fn new(cells: &[Cell], old: Option<&File>) -> Self {
        let mut kept: HashMap<String, Vec<&Stored>> = HashMap::new();
        for cell in old.iter().flat_map(|old| old.cells.iter().rev()).filter(|cell| cell.is_code()) {
            kept.entry(cell.source()).or_default().push(cell);
        }
        let cells = cells.iter().map(|cell| {
            let code = cell.kind == CellKind::Code;
            let old = if code { kept.get_mut(&cell.source).and_then(Vec::pop) } else { None };
            Stored {
                cell_type: if code { "code" } else { "markdown" }.to_owned(),
                execution_count: match old {
                    Some(old) => old.execution_count,
                    None if code => Count::Null,
                    None => Count::Absent,
                },
                id: cell.id.clone(),
                metadata: json!({}),
                outputs: code.then(|| old.and_then(|old| old.outputs.clone()).unwrap_or_default()),
                source: Source::Lines(cell.source.split_inclusive('\n').map(str::to_owned).collect()),
            }
        });
        Self {
            cells: cells.collect(),
            metadata: json!({
                "kernelspec": {"display_name": "Rust", "language": "rust", "name": "rust"},
                "language_info": {
                    "codemirror_mode": "rust",
                    "file_extension": ".rs",
                    "mimetype": "text/rust",
                    "name": "rust",
                    "pygment_lexer": "rust"
                }
            }),
            nbformat: 4,
            nbformat_minor: 5,
        }
    }

    /// Reads a notebook.
    ///
    /// # Errors
    ///
    /// If the text is not a notebook's JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The notebook's text, indented by one space as Jupyter does it.
    ///
    /// # Errors
    ///
    /// If it cannot be written as JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut bytes = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
        self.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, format))?;
        bytes.push(b'\n');
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> Cell {
        Cell { id: format!("id-{}", source.len()), kind: CellKind::Code, source: source.into() }
    }

    #[test]
    fn outputs_stay_with_the_text_that_made_them() {
        let mut old = File::new(&[code("let a = 1;"), code("a + 1"), code("a + 1")], None);
        for (i, cell) in old.cells.iter_mut().enumerate() {
            cell.execution_count = Count::At(i as u64 + 1);
            cell.outputs = Some(vec![json!({"n": i})]);
        }
        let text = old.text().unwrap();
        let old = File::parse(&text).unwrap();
        assert_eq!(old.text().unwrap(), text);
        let title = Cell { id: "title".into(), kind: CellKind::Markdown, source: "# A\n\nB".into() };
        let new = File::new(&[title, code("let a = 2;"), code("a + 1"), code("a + 1")], Some(&old));
        let counts: Vec<Count> = new.cells.iter().map(|cell| cell.execution_count).collect();
        assert_eq!(counts, [Count::Absent, Count::Null, Count::At(2), Count::At(3)]);
        assert_eq!(new.cells[3].outputs, Some(vec![json!({"n": 2})]));
        assert_eq!(new.cells[0].source(), "# A\n\nB");
    }

    #[test]
    fn a_notebook_that_jupyter_saved_is_read() {
        let saved = r##"{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A"},
            {"cell_type": "code", "execution_count": null, "id": "b", "metadata": {"scrolled": true},
             "outputs": [], "source": ["1\n", "2"]}],
            "metadata": {"kernelspec": {}}, "nbformat": 4, "nbformat_minor": 5}"##;
        let file = File::parse(saved).unwrap();
        assert_eq!((file.cells[0].source(), file.cells[1].source()), ("# A".into(), "1\n2".into()));
        assert_eq!(file.cells[1].execution_count, Count::Null);
    }
}
