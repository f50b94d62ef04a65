//! The studies of this binary. A new one is its file, a `mod` line and a row of [`ALL`].

use crate::study::Entry;

pub mod adding;
pub mod authorship;
pub mod captions;
pub mod cliff;
pub mod continual;
pub mod copy;
pub mod curse;
pub mod digits;
pub mod gradients;
pub mod grammar;
pub mod lstm1997;
pub mod lyapunov;
pub mod memory;
pub mod mnist;
pub mod music;
pub mod order;
pub mod prices;
pub mod revolve;
pub mod rtrl;
pub mod sensors;
pub mod sentiment;
pub mod speech;
pub mod text;
pub mod translation;
pub mod vanishing;

/// Every study, in the order of the tour and of `experiment list`.
pub const ALL: &[Entry] = &[
    Entry::of::<gradients::Gradients>(),
    Entry::of::<vanishing::Vanishing>(),
    Entry::of::<lyapunov::Lyapunov>(),
    Entry::of::<cliff::Cliff>(),
    Entry::of::<curse::Curse>(),
    Entry::of::<revolve::Revolve>(),
    Entry::of::<rtrl::Rtrl>(),
    Entry::of::<adding::Adding>(),
    Entry::of::<copy::Copy>(),
    Entry::of::<lstm1997::Lstm1997>(),
    Entry::of::<continual::Continual>(),
    Entry::of::<memory::Memory>(),
    Entry::of::<grammar::Grammar>(),
    Entry::of::<digits::Digits>(),
    Entry::of::<mnist::Mnist>(),
    Entry::of::<speech::Speech>(),
    Entry::of::<sentiment::Sentiment>(),
    Entry::of::<authorship::Authorship>(),
    Entry::of::<text::Text>(),
    Entry::of::<order::Order>(),
    Entry::of::<captions::Captions>(),
    Entry::of::<translation::Translation>(),
    Entry::of::<music::Music>(),
    Entry::of::<sensors::Sensors>(),
    Entry::of::<prices::Prices>(),
];
