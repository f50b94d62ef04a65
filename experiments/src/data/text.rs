//! Text, for studies of its characters.
//!
//! What comes with the binary is from the plays of Shakespeare: 40,000 lines of up to 63
//! characters, 66 different characters, speeches after the speaker's name in capitals and a colon.

use std::path::Path;

use anyhow::Result;

use super::source::{Source, shipped};

/// The text in the file at `path`, any UTF-8, with LF at the ends of lines; or Shakespeare's
/// (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, is empty or is no text: names line and byte offset.
pub fn load(path: Option<&Path>) -> Result<String> {
    let source = Source::open(path, shipped!("shakespeare.txt.gz"))?;
    Ok(source.text("text")?.replace("\r\n", "\n"))
}
