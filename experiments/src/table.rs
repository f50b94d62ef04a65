//! Aligned tables and short numbers for the terminal.

/// `rows` under `header`, columns padded to their widest cell and two spaces apart, one line
/// each, without trailing blanks.
pub fn align<const N: usize>(
    header: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let header = header.map(String::from);
    grid(std::iter::once(header).chain(rows).map(Vec::from))
}

/// [`align`] for a number of columns that only the program's run tells: the first row is the header,
/// and no other has more cells.
pub fn grid(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// `value` with at most `digits` (at least 1) significant digits and no trailing zeros, in
/// scientific notation where the plain one is long.
pub fn significant(value: f64, digits: u8) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", usize::from(digits) - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..i32::from(digits)).contains(&power) {
        let decimals = usize::try_from(i32::from(digits) - 1 - power).unwrap_or(0);
        without_trailing_zeros(&format!("{value:.decimals$}")).to_owned()
    } else {
        format!("{}e{power}", without_trailing_zeros(mantissa))
    }
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}
