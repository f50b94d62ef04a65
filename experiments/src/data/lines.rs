//! Text as numbered lines, for formats that have one record on each.

use anyhow::{Error, Result, anyhow};

use super::source::Source;

/// Bytes of the longest line: 16 MiB. The lines of the sets that come with the binary stay below
/// 64 KiB, those of public time series below 2 MiB.
pub const LONGEST: usize = 16 << 20;

/// A line of a file, which knows where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    file: &'a str,
    /// From 1.
    pub number: usize,
    /// Without its end, whether that is LF or CRLF.
    pub text: &'a str,
}

impl Line<'_> {
    /// An error at this line: `what` should say what came, and what was expected.
    pub fn error(&self, what: impl std::fmt::Display) -> Error {
        anyhow!("{}:{}: {what}", self.file, self.number)
    }
}

/// All lines of `source`. The error about an empty file says that `expected` was.
///
/// # Errors
/// What is no text ([`Source::text`]), and a line of more than [`LONGEST`] bytes.
pub fn lines<'a>(source: &'a Source, expected: &str) -> Result<Vec<Line<'a>>> {
    lines_up_to(LONGEST, source, expected)
}

/// [`lines`] with another bound on their length, in bytes.
///
/// # Errors
/// As [`lines`].
pub fn lines_up_to<'a>(
    longest: usize,
    source: &'a Source,
    expected: &str,
) -> Result<Vec<Line<'a>>> {
    let text = source.text(expected)?;
    let file = source.name();
    let numbered = text.lines().zip(1..);
    let all = numbered.map(|(text, number)| {
        let line = Line { file, number, text };
        if text.len() > longest {
            let length = text.len();
            return Err(line.error(format!(
                "{length} bytes in one line; expected at most {longest}"
            )));
        }
        Ok(line)
    });
    all.collect()
}
