//! Japanese vowels: nine men say /ae/; who speaks?
//!
//! Each utterance is a series of 12 LPC cepstrum coefficients, ready made from the recordings. Of
//! the sets that come with the binary, training has 30 utterances of each speaker, 7 to 26 steps
//! long, in the order of the speakers; the test has 370, from 24 to 88 of a speaker, 7 to 29 steps
//! long. No utterance is in both.

use std::path::Path;

use anyhow::{Result, ensure};

use super::source::{Source, shipped};
use super::ts::{self, Collection};

/// A data set with the split it was published with.
#[derive(Clone, Debug, PartialEq)]
pub struct Vowels {
    /// Series to learn from, and to choose settings by.
    pub train: Collection,
    /// Series held out, of the same channels and classes.
    pub test: Collection,
}

/// The series in two `.ts` files, which may be of any labelled data set; or those that come with
/// the binary (`experiments/data/README.md`).
///
/// # Errors
/// One path without the other ([`crate::config::Usage`]); files that cannot be read, are not of the format, or
/// differ in channels or classes: names line, what came and what is expected.
pub fn load(train: Option<&Path>, test: Option<&Path>) -> Result<Vowels> {
    let shipped = [
        shipped!("JapaneseVowels_TRAIN.ts.gz"),
        shipped!("JapaneseVowels_TEST.ts.gz"),
    ];
    let [train, test] =
        Source::open_both([train, test], ["training series", "test series"], shipped)?;
    let vowels = Vowels {
        train: ts::parse(&train)?,
        test: ts::parse(&test)?,
    };
    let [channels, others] = [&vowels.train, &vowels.test].map(|part| part.channels);
    ensure!(
        channels == others,
        "{}: {others} channels; expected {channels} as in {}",
        test.name(),
        train.name()
    );
    let [classes, others] = [&vowels.train, &vowels.test].map(|part| part.classes.join(" "));
    ensure!(
        classes == others,
        "{}: @classLabel {others}; expected {classes} as in {}",
        test.name(),
        train.name()
    );
    Ok(vowels)
}
