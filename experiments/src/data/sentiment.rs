//! Sentences and whether they are good or bad news about a product, a film or a restaurant.
//!
//! The 3000 that come with the binary: 500 of each label from each of `amazon`, `imdb` and `yelp`,
//! of up to 71 words. 18 repeat another word for word, 28 but for case and punctuation, always with
//! the same label: [`Sentence::key`] tells them. Two sentences hold the control characters U+0096 and
//! U+0097, once dashes of another encoding.

use std::path::Path;

use anyhow::Result;

use super::source::{Source, shipped};
use super::split::normalised;
use super::tsv;

/// A labelled sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Whether it is good news.
    pub positive: bool,
    /// Where it was published; scores are comparable within a source.
    pub source: String,
    /// What it says.
    pub text: String,
}

impl Sentence {
    /// What equal sentences share: they belong on one side of a split.
    pub fn key(&self) -> String {
        normalised(&self.text)
    }
}

/// The sentences in the file at `path`, rows of label (0 or 1), source and text between tabs; or
/// those that come with the binary (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names line, what came and what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Sentence>> {
    let source = Source::open(path, shipped!("sentiment_sentences.tsv.gz"))?;
    let rows = tsv::rows(&source, ["label", "source", "text"])?;
    rows.iter().map(sentence).collect()
}

fn sentence(row: &tsv::Row<3>) -> Result<Sentence> {
    let [label, source, text] = row.fields;
    let positive = match label {
        "0" => false,
        "1" => true,
        _ => return Err(row.line.error(format!("label {label:?}; expected 0 or 1"))),
    };
    Ok(Sentence {
        positive,
        source: source.into(),
        text: text.into(),
    })
}
