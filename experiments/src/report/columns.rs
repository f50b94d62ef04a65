//! The cells of an aligned text table.

/// Blanks between two columns, in every line.
const GUTTER: usize = 2;

/// The rows of `text`, its header first; none if it has no header above rows in columns.
///
/// Columns are told by the gutters between them, which are blank in all lines: so cells may be
/// empty, hold single blanks, and stand to the left or to the right.
pub(super) fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let width = lines.iter().map(Vec::len).max()?;
    let blank = |at: usize| {
        lines
            .iter()
            .all(|line| line.get(at).is_none_or(|c| *c == ' '))
    };
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for at in (0..width).filter(|at| !blank(*at)) {
        match columns.last_mut() {
            Some((_, end)) if at < *end + GUTTER => *end = at + 1,
            _ => columns.push((at, at + 1)),
        }
    }
    let whole = lines.iter().all(|line| line.iter().any(|c| *c != ' '));
    if lines.len() < 2 || columns.len() < 2 || !whole {
        return None;
    }
    let cell = |line: &[char], (start, end): (usize, usize)| {
        let end = end.min(line.len());
        let text: String = line[start.min(end)..end].iter().collect();
        text.trim().to_owned()
    };
    let row = |line: &Vec<char>| columns.iter().map(|column| cell(line, *column)).collect();
    Some(lines.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::align;

    #[test]
    fn an_aligned_table_is_read_back() {
        let rows = [
            ["a b", "", "1.5"],
            ["", "x", "-"],
            ["long name", "yy z", "12"],
        ];
        let rows = rows.map(|row| row.map(String::from));
        let text = align(&["name", "word", "number"], rows.clone());
        let read = super::rows(&text).unwrap();
        assert_eq!(read[0], ["name", "word", "number"]);
        assert_eq!(read[1..], rows.map(Vec::from));
    }

    #[test]
    fn columns_may_stand_to_the_right() {
        let text = "key    value\nfirst   98.5\nx          7\n";
        let expected = [["key", "value"], ["first", "98.5"], ["x", "7"]];
        assert_eq!(rows(text).unwrap(), expected);
    }

    #[test]
    fn prose_has_no_columns() {
        assert_eq!(rows("a table\n"), None);
        assert_eq!(rows("two lines\nof words\n"), None);
        assert_eq!(rows("a  b\n1  2\n\na  b\n3  4\n"), None);
        assert_eq!(rows(""), None);
    }
}
