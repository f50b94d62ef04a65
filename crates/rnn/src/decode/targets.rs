//! Token sequences to learn: at each step the token that goes in, and the one that should come out.

use crate::pack::pack;
use crate::sequence::Lengths;

/// Sequences of tokens, of any lengths, as a decoder is taught them: each token predicts the next.
/// Only real steps are kept, packed in the order in which they run (see [`Lengths`]).
///
/// ```
/// use wengert_rnn::Targets;
///
/// // With 8 as the start token and 9 as the stop token; longer sequences run first.
/// let targets = Targets::delimited(8, &[vec![1], vec![2, 3]], 9);
/// assert_eq!(targets.inputs(), [8, 8, 2, 1, 3]);
/// assert_eq!(targets.outputs(), [2, 1, 3, 9, 9]);
/// assert_eq!(targets.lengths().lengths(), [2, 3]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Targets {
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    lengths: Lengths,
}

impl Targets {
    /// Each token of a sequence predicts the next: n tokens are n - 1 steps.
    ///
    /// # Panics
    /// If there are no sequences, or one has fewer than two tokens.
    #[track_caller]
    pub fn next(sequences: &[impl AsRef<[usize]>]) -> Self {
        assert!(!sequences.is_empty(), "targets: of no sequences");
        for (b, sequence) in sequences.iter().enumerate() {
            let count = sequence.as_ref().len();
            assert!(
                count >= 2,
                "targets: sequence {b} has {count} tokens, but a token and the next are needed"
            );
        }
        let part = |range: fn(&[usize]) -> &[usize]| {
            let part = sequences.iter().map(|s| range(s.as_ref()));
            pack(&part.collect::<Vec<_>>(), 1)
        };
        let (inputs, lengths) = part(|s| &s[..s.len() - 1]);
        let (outputs, _) = part(|s| &s[1..]);
        Self {
            inputs,
            outputs,
            lengths,
        }
    }

    /// [`Targets::next`] of each sequence between a start and a stop token: the start token
    /// predicts the first of the sequence, and the last predicts the stop token. A sequence may be
    /// empty.
    ///
    /// # Panics
    /// If there are no sequences.
    #[track_caller]
    pub fn delimited(start: usize, sequences: &[impl AsRef<[usize]>], stop: usize) -> Self {
        let between = |s: &_| [&[start], AsRef::<[usize]>::as_ref(s), &[stop]].concat();
        Self::next(&sequences.iter().map(between).collect::<Vec<_>>())
    }

    /// The token that goes in at each step, packed.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The token that should come out of each step, packed: the targets of the logits.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The steps of each sequence; packed.
    pub fn lengths(&self) -> &Lengths {
        &self.lengths
    }
}
