//! Random streams: one per purpose, so that a change in one never shifts another.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// What a stream of random numbers is used for. The discriminant is the stream's number: part
/// of every recorded result, never reused and never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which examples are held out for the test.
    Split = 1,
    /// Initial values of parameters.
    Weights = 2,
    /// Inputs of a network, where they are drawn.
    Inputs = 3,
    /// Directions along which something is measured.
    Direction = 4,
    /// The order in which training sees the examples.
    Order = 5,
    /// Changes made to the examples in training.
    Augmentation = 6,
    /// Examples that a task draws for training.
    Examples = 7,
    /// Examples that a task draws for the test.
    Test = 8,
    /// What a trained network writes.
    Generation = 9,
}

/// The generator for `purpose` under `seed`; `ChaCha8`, the same on every machine and in every
/// release of `rand`.
pub fn stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(purpose as u64);
    generator
}
