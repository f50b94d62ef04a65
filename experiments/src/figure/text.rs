//! Text without a font: measured widths, raised and lowered parts, wrapping.

use super::style::Face;

/// Advance widths of ASCII 32 to 126 in Helvetica, in thousandths of the size (Adobe's font
/// metrics, 1989).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Where Helvetica is missing, the next font may be wider by as much as this (`DejaVu` Sans).
const RESERVE: f64 = 1.12;
/// Size of a raised or lowered part.
pub(super) const SCRIPT: f64 = 0.72;

/// A stretch of text on one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Base,
    Raised,
    Lowered,
}

/// Splits `x^{up}` and `x_{down}` into pieces; unmatched marks are plain text.
pub(super) fn pieces(markup: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut push = |text: &str, level| {
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.into(),
                level,
            });
        }
    };
    let mut rest = markup;
    while let Some((before, level, inner, after)) = next_script(rest) {
        push(before, Level::Base);
        push(inner, level);
        rest = after;
    }
    push(rest, Level::Base);
    pieces
}

fn next_script(text: &str) -> Option<(&str, Level, &str, &str)> {
    let (up, down) = (text.find("^{"), text.find("_{"));
    let start = up.into_iter().chain(down).min()?;
    let level = if up == Some(start) {
        Level::Raised
    } else {
        Level::Lowered
    };
    let (inner, after) = text[start + 2..].split_once('}')?;
    Some((&text[..start], level, inner, after))
}

/// `markup` on one level, as `10^-3` and `h_t`.
pub(super) fn plain(markup: &str) -> String {
    let mark = |level| match level {
        Level::Base => "",
        Level::Raised => "^",
        Level::Lowered => "_",
    };
    pieces(markup)
        .into_iter()
        .map(|piece| mark(piece.level).to_owned() + &piece.text)
        .collect()
}

/// Width of `markup` in `face`, in pixels; an upper estimate over the usual sans-serif fonts.
pub(super) fn width(markup: &str, face: Face) -> f64 {
    let scale = |level| {
        if level == Level::Base {
            face.size
        } else {
            SCRIPT * face.size
        }
    };
    pieces(markup)
        .iter()
        .map(|piece| scale(piece.level) * ems(&piece.text))
        .sum::<f64>()
        * RESERVE
}

fn ems(text: &str) -> f64 {
    let thousandths = text.chars().map(|c| match c {
        ' '..='~' => WIDTHS[c as usize - ' ' as usize],
        '\u{2009}' => 200,
        // Ideographs and emoji are square.
        '\u{2e80}'.. => 1000,
        _ => 600,
    });
    thousandths.map(f64::from).sum::<f64>() / 1000.0
}

/// `markup` in lines of at most `limit` pixels, broken at spaces; a longer word stays whole.
pub(super) fn wrap(markup: &str, face: Face, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in markup.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), face) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// `number` with a minus sign in place of the hyphen.
pub(super) fn signed(number: &str) -> String {
    number.replace('-', "\u{2212}")
}

/// `number` with a minus sign, and thin spaces between groups of three digits from 10 000 on.
pub(super) fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.trim_start_matches('-');
    let mut text = String::new();
    if whole.starts_with('-') && number.contains(|c: char| ('1'..='9').contains(&c)) {
        text.push('\u{2212}');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::style::LABEL;
    use super::*;

    #[test]
    fn markup_splits_into_levels() {
        let levels: Vec<_> = pieces("h_{t} 10^{−3}")
            .into_iter()
            .map(|piece| (piece.text, piece.level))
            .collect();
        let expected = [
            ("h", Level::Base),
            ("t", Level::Lowered),
            (" 10", Level::Base),
            ("−3", Level::Raised),
        ];
        assert_eq!(
            levels,
            expected.map(|(text, level)| (text.to_owned(), level))
        );
        assert_eq!(plain("h_{t} 10^{−3}"), "h_t 10^−3");
        assert_eq!(plain("an open ^{ brace"), "an open ^{ brace");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "The quick brown fox jumps over the lazy dog, extraordinarily";
        let lines = wrap(text, LABEL, 90.0);
        assert_eq!(lines.join(" "), text);
        let fitting = |line: &&String| line.contains(' ');
        assert!(
            lines
                .iter()
                .filter(fitting)
                .all(|line| width(line, LABEL) <= 90.0)
        );
    }

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!(grouped("1234567.25"), "1\u{2009}234\u{2009}567.25");
        assert_eq!(grouped("-1234"), "\u{2212}1234");
        assert_eq!(grouped("-0.0"), "0.0");
    }
}
