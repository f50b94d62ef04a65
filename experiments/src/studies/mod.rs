//! The studies of this binary. A new one is its file, a `mod` line and a row of [`ALL`].

use crate::study::Entry;

pub mod authorship;
pub mod digits;
pub mod gradients;
pub mod speech;
pub mod translation;
pub mod vanishing;

/// Every study, in the order of the tour and of `experiment list`.
pub const ALL: &[Entry] = &[
    Entry::of::<gradients::Gradients>(),
    Entry::of::<vanishing::Vanishing>(),
    Entry::of::<digits::Digits>(),
    Entry::of::<translation::Translation>(),
    Entry::of::<authorship::Authorship>(),
    Entry::of::<speech::Speech>(),
];
