//! Rows of a fixed number of fields between tabs, without quoting: what a field says is all in it.

use anyhow::Result;

use super::lines::{Line, lines};
use super::source::Source;

/// A row, and the line it stands on.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a, const N: usize> {
    /// The line, for errors.
    pub line: Line<'a>,
    /// The fields, none of them empty.
    pub fields: [&'a str; N],
}

/// The rows of `source`, whose fields are called `names`; a first row that consists of just these
/// names is a header and left out.
///
/// # Errors
/// What is no text, a row with more or fewer fields, an empty field, and no rows at all: names
/// line, what came and the fields expected.
pub fn rows<'a, const N: usize>(source: &'a Source, names: [&str; N]) -> Result<Vec<Row<'a, N>>> {
    let expected = format!("{} between tabs", names.join(", "));
    let lines = lines(source, &expected)?;
    let rows = lines.iter().map(|line| row(*line, names, &expected));
    let mut rows: Vec<_> = rows.collect::<Result<_>>()?;
    if rows[0].fields == names {
        let header = rows.remove(0);
        if rows.is_empty() {
            return Err(header
                .line
                .error(format!("a header and no row below it; expected {expected}")));
        }
    }
    Ok(rows)
}

fn row<'a, const N: usize>(line: Line<'a>, names: [&str; N], expected: &str) -> Result<Row<'a, N>> {
    let fields: Vec<&str> = line.text.split('\t').collect();
    let Ok(fields) = <[&str; N]>::try_from(fields.as_slice()) else {
        let count = fields.len();
        return Err(line.error(format!("{count} fields; expected {N}: {expected}")));
    };
    let empty = fields.iter().position(|field| field.trim().is_empty());
    if let Some(index) = empty {
        let name = names[index];
        return Err(line.error(format!("field {} is empty; expected {name}", index + 1)));
    }
    Ok(Row { line, fields })
}
