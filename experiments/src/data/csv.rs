//! Columns of a CSV file by the names in its header; quoting as in RFC 4180.

use anyhow::{Result, bail, ensure};
use csv::{ReaderBuilder, StringRecord};

use super::source::{Source, line_of};
use crate::config::unknown;

const EXPECTED: &str = "a header of column names, and rows";

/// A file with a header and at least one row, all of the same columns.
pub struct Table<'a> {
    source: &'a Source,
    text: &'a str,
    header: Vec<String>,
    rows: Vec<StringRecord>,
}

/// One column of a table.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    table: &'a Table<'a>,
    index: usize,
}

impl<'a> Table<'a> {
    /// Reads all of `source`; empty lines are no rows.
    ///
    /// # Errors
    /// What is no text, column names that are empty or twice the same, a row with more or fewer
    /// fields than the header, and a file without rows: names line, what came and what is expected.
    pub fn read(source: &'a Source) -> Result<Self> {
        let text = source.text(EXPECTED)?;
        // Rows of another length come through, for an error in our words.
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let header = reader.headers()?;
        let header: Vec<String> = header.iter().map(|name| name.trim().into()).collect();
        let mut table = Self {
            source,
            text,
            header,
            rows: Vec::new(),
        };
        for (index, name) in table.header.iter().enumerate() {
            ensure!(
                !name.is_empty() && !table.header[..index].contains(name),
                "{}:1: column {} is called {name:?}; expected a name, and each once",
                source.name(),
                index + 1
            );
        }
        for row in reader.into_records() {
            table.rows.push(row?);
            let (columns, fields) = (table.header.len(), table.rows[table.rows.len() - 1].len());
            if fields != columns {
                let place = table.place(table.rows.len() - 1);
                let names = table.header.join(", ");
                bail!("{place}: {fields} fields; expected {columns}: {names}");
            }
        }
        ensure!(
            !table.rows.is_empty(),
            "{}: no rows below the header; expected {EXPECTED}",
            source.name()
        );
        Ok(table)
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// When there is none: names the columns there are, and the nearest.
    pub fn column(&self, name: &str) -> Result<Column<'_>> {
        let Some(index) = self.header.iter().position(|known| known == name) else {
            let known: Vec<&str> = self.header.iter().map(String::as_str).collect();
            let what = unknown("column", name, &known);
            bail!("{}:1: {what}", self.source.name());
        };
        Ok(Column { table: self, index })
    }

    /// File and line of a row, for errors.
    pub fn place(&self, row: usize) -> String {
        // A row's position is where the reader stood: before what is left of the line end.
        let position = self.rows[row].position();
        let start = position.map_or(0, |position| position.byte() as usize);
        let bytes = self.text.as_bytes();
        let ends = bytes[start..]
            .iter()
            .take_while(|byte| b"\r\n".contains(byte));
        let line = line_of(bytes, start + ends.count());
        format!("{}:{line}", self.source.name())
    }
}

impl<'a> Column<'a> {
    /// Its fields as they are.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        let index = self.index;
        self.table.rows.iter().map(move |row| &row[index])
    }

    /// Its fields as numbers.
    ///
    /// # Errors
    /// A field that is no finite number, or is empty: names line and column.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        let fields = self.texts().enumerate();
        fields.map(|(row, field)| self.number(row, field)).collect()
    }

    /// Its fields as numbers, `None` where one is empty.
    ///
    /// # Errors
    /// As [`Column::numbers`], but for empty fields.
    pub fn numbers_or_missing(&self) -> Result<Vec<Option<f64>>> {
        let fields = self.texts().enumerate();
        let number = |(row, field): (usize, &str)| match field.trim() {
            "" => Ok(None),
            text => self.number(row, text).map(Some),
        };
        fields.map(number).collect()
    }

    fn number(&self, row: usize, field: &str) -> Result<f64> {
        match field.trim().parse() {
            Ok(number) if f64::is_finite(number) => Ok(number),
            _ => bail!(
                "{}: column {}: {field:?}; expected a finite number",
                self.table.place(row),
                self.table.header[self.index]
            ),
        }
    }
}
