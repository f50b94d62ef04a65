//! A network that reads a string and accepts or rejects it.

use std::collections::BTreeSet;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::Mode;
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::vars::Vars;
use wengert_rnn::{Cell, Embedding, Leaves, Linear, Params, pack, unroll};
use wengert_tape::{Tape, Var};

use crate::baselines::ngram::{Chain, Ngrams};
use crate::classify::Classifier;
use crate::tasks::automaton::{Automaton, all_strings};

/// Strings drawn of each length and class to learn from.
const PER_LENGTH: usize = 80;
/// Strings drawn of each length and class to be tested on, where they are longer.
const PER_LONGER: usize = 25;

/// A string, and whether it is accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Labelled {
    pub string: Vec<usize>,
    pub accepted: bool,
}

/// What a language is learnt from and tested on.
pub(super) struct Strings {
    /// As many accepted as rejected ones of each length, where there are both.
    pub train: Vec<Labelled>,
    /// All strings up to the longest length of training that are not among them.
    pub unseen: Vec<Labelled>,
    /// Longer strings, up to twice the length.
    pub longer: Vec<Labelled>,
}

impl Strings {
    /// Of lengths up to `longest` to learn from.
    pub fn draw(language: &Automaton, longest: usize, rng: &mut ChaCha8Rng) -> Self {
        let drawn = |lengths, count, rng: &mut ChaCha8Rng| balanced(language, lengths, count, rng);
        let train = drawn(0..=longest, PER_LENGTH, rng);
        let longer = drawn(longest + 1..=2 * longest, PER_LONGER, rng);
        let seen: BTreeSet<&Vec<usize>> = train.iter().map(|example| &example.string).collect();
        let all = (0..=longest).flat_map(|length| all_strings(language.symbols(), length));
        let unseen = all
            .filter(|string| !seen.contains(string))
            .map(|string| Labelled {
                accepted: language.accepts(&string),
                string,
            });
        let unseen = unseen.collect();
        Self {
            train,
            unseen,
            longer,
        }
    }
}

fn balanced(
    language: &Automaton,
    lengths: std::ops::RangeInclusive<usize>,
    count: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Labelled> {
    let mut strings = Vec::new();
    for length in lengths {
        for accepted in [true, false] {
            for _ in 0..count {
                let drawn = language.draw(length, accepted, rng);
                strings.extend(drawn.map(|string| Labelled { string, accepted }));
            }
        }
    }
    strings
}

/// A cell over the symbols after a start symbol, and a readout of its last state.
#[derive(Clone)]
pub(super) struct Recogniser<C> {
    embedding: Embedding,
    cell: C,
    readout: Linear,
    start: usize,
}

impl<C: Cell<f32> + Sync> Recogniser<C> {
    /// For strings of so many symbols, by a cell of `hidden` units.
    pub fn new(symbols: usize, cell: C, hidden: usize) -> Self {
        Self {
            embedding: Embedding::new(symbols + 1, cell.inputs()),
            cell,
            readout: Linear::new(hidden, 2),
            start: symbols,
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        Params::new()
            .with_part("embedding.", self.embedding.init(rng))
            .with_part("cell.", self.cell.init(rng))
            .with_part("readout.", self.readout.init(rng))
    }
}

impl<C: Cell<f32> + Sync> Classifier for Recogniser<C> {
    type Example = Labelled;

    fn classes(&self) -> usize {
        2
    }

    fn class(example: &Labelled) -> usize {
        usize::from(example.accepted)
    }

    fn logits<'t>(
        &self,
        _: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        examples: &[&Labelled],
        _: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let strings = examples
            .iter()
            .map(|example| [&[self.start], &example.string[..]].concat());
        let (tokens, lengths) = pack(&strings.collect::<Vec<_>>(), 1);
        let x = self.embedding.apply(&leaves.take(), &tokens);
        let last = unroll(&self.cell, &leaves.take(), x, &lengths, None).last;
        self.readout.apply(&leaves.take(), last.as_slice()[0])
    }
}

impl<C: Cell<f32> + Sync> Model<f32> for Recogniser<C> {
    type Example = Labelled;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Labelled],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let logits = self.logits(tape, leaves, shard, &mut Mode::Train(rng));
        let classes: Vec<usize> = shard.iter().map(|example| Self::class(example)).collect();
        Loss::of_sum(CrossEntropy::new().of(logits, &classes).sum(), shard.len())
    }
}

/// Two chains, of the accepted and of the rejected strings: a string is of the one under which it is
/// more probable.
pub(super) struct Bayes {
    accepted: Ngrams,
    rejected: Ngrams,
}

impl Bayes {
    /// Of strings over `symbols`, with contexts of up to `order` symbols.
    pub fn count(symbols: usize, order: usize, train: &[Labelled]) -> Self {
        let of = |accepted: bool| {
            let own = train.iter().filter(|example| example.accepted == accepted);
            let own: Vec<Vec<usize>> = own.map(|example| ended(example, symbols)).collect();
            Ngrams::count(symbols + 1, order, &own)
        };
        Self {
            accepted: of(true),
            rejected: of(false),
        }
    }

    /// The fraction of `examples` that chains of this order take for what they are.
    pub fn accuracy(&self, order: usize, examples: &[Labelled]) -> f64 {
        let boundary = self.accepted.symbols() - 1;
        let log = |chain: Chain<'_>, string: &[usize]| -> f64 {
            chain.log_probabilities(string).iter().sum()
        };
        let right = |example: &&Labelled| {
            let string = ended(example, boundary);
            let [accepted, rejected] =
                [&self.accepted, &self.rejected].map(|ngrams| log(ngrams.chain(order), &string));
            (accepted > rejected) == example.accepted
        };
        examples.iter().filter(right).count() as f64 / examples.len() as f64
    }
}

/// The string with the boundary at its end.
fn ended(example: &Labelled, boundary: usize) -> Vec<usize> {
    [&example.string[..], &[boundary]].concat()
}
