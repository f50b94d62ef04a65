//! Temporal order: which of two symbols came first is asked for many steps later.
//!
//! ```text
//!          symbols                     steps          relevant ones at                           classes
//! Two      E, 4 others, X, Y, B        T ... 1.1 T    [.1 T, .2 T], [.5 T, .6 T]                 4
//! Three    the same                    T ... 1.1 T    [.1 T, .2 T], [.33 T, .43 T], [.66 T, .76 T]   8
//! Short    4 others, X, Y              T              [.1 T, .2 T), [.5 T, .6 T)                 4
//! ```
//!
//! `Two` and `Three` are tasks 6a and 6b of Hochreiter & Schmidhuber 1997, whose T is 100: a sequence
//! starts with E and ends with B; a relevant symbol is X or Y; the rest is drawn from the others. `Short`
//! is the task of Pascanu et al. 2013. The class is the relevant symbols in their order, X as 0 and Y
//! as 1, read as a binary number.
//!
//! Without memory the classes are guessed: [`TemporalOrder::guessing`], [`TemporalOrder::plateau`].

use std::ops::Range;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// Symbols that say nothing: 0 to 3.
pub const OTHERS: usize = 4;
/// The relevant symbols X and Y.
pub const RELEVANT: [usize; 2] = [4, 5];
/// What `Two` and `Three` start with: E.
pub const START: usize = 6;
/// What `Two` and `Three` end with: B.
pub const END: usize = 7;

/// Whose definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Two relevant symbols: Hochreiter & Schmidhuber 1997, 6a.
    Two,
    /// Three relevant symbols: Hochreiter & Schmidhuber 1997, 6b.
    Three,
    /// Two relevant symbols, without start and end: Pascanu et al. 2013.
    Short,
}

/// The task at one length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TemporalOrder {
    variant: Variant,
    length: usize,
}

/// A sequence and its class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sequence {
    /// What is read.
    pub symbols: Vec<usize>,
    /// What is asked for after the last step.
    pub class: usize,
    /// The steps of the relevant symbols.
    pub relevant: Vec<usize>,
}

impl TemporalOrder {
    /// The task of a nominal `length` T.
    ///
    /// # Panics
    /// If the length is less than 10, where there is no room for the symbols.
    #[track_caller]
    pub fn new(variant: Variant, length: usize) -> Self {
        assert!(
            length >= 10,
            "temporal order: length {length}, but at least 10 is needed"
        );
        Self { variant, length }
    }

    /// Different symbols of the inputs, counted from 0.
    pub fn symbols(self) -> usize {
        match self.variant {
            Variant::Two | Variant::Three => END + 1,
            Variant::Short => OTHERS + RELEVANT.len(),
        }
    }

    /// Classes, counted from 0.
    pub fn classes(self) -> usize {
        1 << self.places().len()
    }

    /// The fraction that is right by guessing.
    pub fn guessing(self) -> f64 {
        1.0 / self.classes() as f64
    }

    /// The least cross entropy without memory, in nats: ln of the number of classes.
    pub fn plateau(self) -> f64 {
        (self.classes() as f64).ln()
    }

    /// The lengths that are drawn, each with the same probability.
    pub fn lengths(self) -> Range<usize> {
        let most = match self.variant {
            Variant::Two | Variant::Three => self.length + self.length / 10,
            Variant::Short => self.length,
        };
        self.length..most + 1
    }

    /// Where each relevant symbol may be, counted from 0.
    pub fn places(self) -> Vec<Range<usize>> {
        let part = |percent: usize| self.length * percent / 100;
        let starts: &[usize] = match self.variant {
            Variant::Two | Variant::Short => &[10, 50],
            Variant::Three => &[10, 33, 66],
        };
        // Both ends are counted in 1997.
        let end = usize::from(self.variant != Variant::Short);
        let places = starts.iter();
        places
            .map(|&start| part(start)..part(start + 10) + end)
            .collect()
    }

    /// A sequence.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Sequence {
        let steps = rng.random_range(self.lengths());
        let mut symbols: Vec<usize> = (0..steps).map(|_| rng.random_range(0..OTHERS)).collect();
        if self.variant != Variant::Short {
            (symbols[0], symbols[steps - 1]) = (START, END);
        }
        let (mut class, mut relevant) = (0, Vec::new());
        for places in self.places() {
            let (place, which) = (rng.random_range(places), rng.random_range(0..2));
            symbols[place] = RELEVANT[which];
            class = 2 * class + which;
            relevant.push(place);
        }
        Sequence {
            symbols,
            class,
            relevant,
        }
    }
}
