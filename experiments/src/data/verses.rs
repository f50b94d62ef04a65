//! Verses in English and Spanish, to translate.
//!
//! The 6128 that come with the binary are all verses of the Bible with at most 15 words on either
//! side: the World English Bible and the Reina-Valera of 1909, whose Spanish is archaic ("fué á").
//! They are in the order of the books, and much repeats: 266 English and 210 Spanish sides equal
//! another but for case and punctuation ("Yahweh spoke to Moses, saying" 70 times), with several
//! translations; [`Verse::keys`] tells them. Markup was lost with some spaces ("Godcreated",
//! "allítambiénbdelio"), and first words of chapters are in capitals.

use std::path::Path;

use anyhow::Result;

use super::source::{Source, shipped};
use super::split::normalised;
use super::tsv;

/// A verse in two languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verse {
    /// Book, chapter and verse.
    pub reference: String,
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
}

impl Verse {
    /// What equal verses share, in either language: those that share a key belong on one side of
    /// a split ([`super::split::linked`]).
    pub fn keys(&self) -> Vec<String> {
        let sides = [("en ", &self.english), ("es ", &self.spanish)];
        let keys = sides.map(|(language, text)| format!("{language}{}", normalised(text)));
        keys.into()
    }
}

/// The verses in the file at `path`, rows of reference, English and Spanish between tabs (any two
/// languages will do); or those that come with the binary (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names line, what came and what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Verse>> {
    let source = Source::open(path, shipped!("verses_en_es.tsv.gz"))?;
    let rows = tsv::rows(&source, ["reference", "english", "spanish"])?;
    let verses = rows.iter().map(|row| {
        let [reference, english, spanish] = row.fields.map(String::from);
        Verse {
            reference,
            english,
            spanish,
        }
    });
    Ok(verses.collect())
}
