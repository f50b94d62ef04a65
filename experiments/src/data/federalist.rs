//! The Federalist papers, whose authors signed with one name: who wrote which?
//!
//! Of the 85 that come with the binary 51 are known to be Hamilton's, 14 Madison's and 5 Jay's; 3
//! are by Hamilton and Madison together, and 12 are disputed between the two. For these the author
//! column of the file says Madison, as Mosteller and Wallace (1964) found. Papers have 5,700 to
//! 34,000 characters on one line; names and signatures are removed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use super::source::{Source, shipped};
use super::tsv;

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its number, from 1.
    pub number: u32,
    /// Who wrote it; of a disputed paper, who is held to have written it.
    pub author: String,
    /// Whether the author is disputed.
    pub disputed: bool,
    /// All of it, on one line.
    pub text: String,
}

/// The papers in the file at `path`, rows of number, author, status (`known`, or `unknown` for
/// disputed) and text between tabs; or those that come with the binary
/// (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names line, what came and what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Paper>> {
    let source = Source::open(path, shipped!("federalist.tsv.gz"))?;
    let rows = tsv::rows(&source, ["paper", "author", "status", "text"])?;
    let mut numbers = BTreeSet::new();
    let papers = rows.iter().map(|row| {
        let paper = paper(row)?;
        let number = paper.number;
        ensure!(
            numbers.insert(number),
            row.line.error(format!(
                "paper {number} for the second time; expected each once"
            ))
        );
        Ok(paper)
    });
    papers.collect()
}

fn paper(row: &tsv::Row<4>) -> Result<Paper> {
    let [number, author, status, text] = row.fields;
    let whole = number.parse().ok().filter(|number| *number > 0);
    let number = whole.ok_or_else(|| {
        let what = format!("paper {number:?}; expected its number, 1 or more");
        row.line.error(what)
    })?;
    let disputed = match status {
        "known" => false,
        "unknown" | "disputed" => true,
        _ => {
            let what = format!("status {status:?}; expected known, unknown or disputed");
            return Err(row.line.error(what));
        }
    };
    Ok(Paper {
        number,
        author: author.into(),
        disputed,
        text: text.into(),
    })
}
