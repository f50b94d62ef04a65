//! The copy memory task: ten symbols are to be recalled after a delay (Hochreiter & Schmidhuber
//! 1997; in this form Arjovsky et al. 2016).
//!
//! ```text
//! step     1 ... 10     11 ... T + 9   T + 10   T + 11 ... T + 20
//! input    10 symbols   blank          cue      blank
//! target   blank        blank          blank    the 10 symbols, in their order
//! ```
//!
//! A network without memory knows all targets but the symbols, and of these nothing: its mean loss is
//! at least that of [`CopyMemory::plateau`].

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// Symbols to be recalled.
pub const SYMBOLS: usize = 10;
/// Different symbols: tokens 0 to 7.
pub const ALPHABET: usize = 8;
/// The token of steps at which nothing is said.
pub const BLANK: usize = ALPHABET;
/// The token that asks for the symbols.
pub const CUE: usize = ALPHABET + 1;
/// Different tokens of the inputs, counted from 0.
pub const INPUTS: usize = ALPHABET + 2;
/// Different tokens of the targets, counted from 0: the symbols and the blank.
pub const TARGETS: usize = ALPHABET + 1;

/// The task at one delay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CopyMemory {
    delay: usize,
}

/// What is to be recalled in one sequence.
pub type Symbols = [usize; SYMBOLS];

impl CopyMemory {
    /// The task of a `delay` T: each symbol is to be recalled T + 10 steps after it was shown.
    ///
    /// # Panics
    /// If the delay is 0: there must be a step for the cue.
    #[track_caller]
    pub fn new(delay: usize) -> Self {
        assert!(delay > 0, "copy memory: delay 0, but the cue needs a step");
        Self { delay }
    }

    /// The delay T.
    pub fn delay(self) -> usize {
        self.delay
    }

    /// Steps of a sequence: T + 20.
    pub fn steps(self) -> usize {
        self.delay + 2 * SYMBOLS
    }

    /// Steps between a symbol and its recall: T + 10.
    pub fn lag(self) -> usize {
        self.delay + SYMBOLS
    }

    /// Symbols, each drawn evenly.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Symbols {
        [(); SYMBOLS].map(|()| rng.random_range(0..ALPHABET))
    }

    /// The token that goes in at each step, below [`INPUTS`].
    pub fn inputs(self, symbols: &Symbols) -> Vec<usize> {
        let mut inputs = vec![BLANK; self.steps()];
        inputs[..SYMBOLS].copy_from_slice(symbols);
        inputs[self.lag() - 1] = CUE;
        inputs
    }

    /// The token that should come out of each step, below [`TARGETS`].
    pub fn targets(self, symbols: &Symbols) -> Vec<usize> {
        let mut targets = vec![BLANK; self.steps()];
        targets[self.lag()..].copy_from_slice(symbols);
        targets
    }

    /// The least mean loss without memory, in nats a step: 10 ln 8 / (T + 20).
    pub fn plateau(self) -> f64 {
        SYMBOLS as f64 * (ALPHABET as f64).ln() / self.steps() as f64
    }
}
