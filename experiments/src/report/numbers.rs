//! The numbers of a figure as a table, from its CSV.

use csv::{ReaderBuilder, StringRecord};

use crate::table::significant;

/// Rows of a long file that are shown.
const SHOWN: usize = 100;
/// Significant digits that are shown.
const DIGITS: u8 = 6;

/// The start of a CSV file.
pub(super) struct Numbers {
    /// The header and the first rows, without columns that are empty in all of these.
    pub(super) rows: Vec<Vec<String>>,
    /// Rows of the whole file, without its header.
    pub(super) total: usize,
}

impl Numbers {
    /// Reads `csv`; what cannot be read ends it.
    pub(super) fn read(csv: &str) -> Self {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(csv.as_bytes());
        let mut records = reader.records().map_while(Result::ok);
        let shown: Vec<StringRecord> = records.by_ref().take(SHOWN + 1).collect();
        let columns = shown.first().map_or(0, StringRecord::len);
        let used = |column: &usize| {
            shown
                .iter()
                .skip(1)
                .any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()))
        };
        let used: Vec<usize> = (0..columns).filter(used).collect();
        let row = |row: &StringRecord| {
            used.iter()
                .map(|column| short(row.get(*column).unwrap_or_default()))
                .collect()
        };
        Self {
            rows: shown.iter().map(row).collect(),
            total: (shown.len() + records.count()).saturating_sub(1),
        }
    }

    /// Whether there are more rows than are shown.
    pub(super) fn is_cut(&self) -> bool {
        self.total > SHOWN
    }
}

/// A number with few digits, and any other cell as it is.
fn short(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => significant(value, DIGITS),
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_columns_and_digits_are_left_out() {
        let numbers = Numbers::read("a,b,c\n\"x, y\",,0.30000000000000004\nz,,NaN\n");
        assert_eq!(numbers.rows, [["a", "c"], ["x, y", "0.3"], ["z", "NaN"]]);
        assert_eq!((numbers.total, numbers.is_cut()), (2, false));
    }

    #[test]
    fn a_long_file_is_cut_and_counted() {
        let csv: String = (0..1000).map(|i| format!("{i}\n")).collect();
        let numbers = Numbers::read(&format!("x\n{csv}"));
        assert_eq!(
            (numbers.rows.len(), numbers.total, numbers.is_cut()),
            (SHOWN + 1, 1000, true)
        );
        assert_eq!(Numbers::read("").total, 0);
    }
}
