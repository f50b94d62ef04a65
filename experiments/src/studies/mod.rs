//! The studies of this binary. A new one is its file, a `mod` line and a row of [`ALL`].

use crate::study::Entry;

pub mod digits;
pub mod gradients;
pub mod memory;
pub mod mnist;
pub mod sensors;
pub mod speech;
pub mod vanishing;

/// Every study, in the order of the tour and of `experiment list`.
pub const ALL: &[Entry] = &[
    Entry::of::<gradients::Gradients>(),
    Entry::of::<vanishing::Vanishing>(),
    Entry::of::<digits::Digits>(),
    Entry::of::<sensors::Sensors>(),
    Entry::of::<mnist::Mnist>(),
    Entry::of::<speech::Speech>(),
    Entry::of::<memory::Memory>(),
];
