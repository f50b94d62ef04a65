//! A recurrent network over chords, whose voices are predicted one after the other.
//!
//! ```text
//! x_t   = sum_v E_v s_v(t-1) + P(place of t in the bar)      the chord before, and where it is
//! h_t   = cell(x_t, h_{t-1})
//! u_v   = tanh(A_v [h_t, x_t] + sum_{w above v} C_vw s_w(t))     the voices above, of the same step
//! p(s_v(t) | all before, the voices above) = softmax(B_v u_v)
//! ```
//!
//! The product over voices and steps is the probability of the piece: a proper likelihood of all four
//! voices together.

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Cell, Held, Leaves, Lengths, Linear, Params, Sampler, Vars, init, pack, unroll};
use wengert_tape::{Real, Tape, Var, concat};

use super::keyboard::Chord;
use crate::data::chorales::VOICES;

/// Periods of the places that a step has: in the quarter, and of the quarter in bars of four and of
/// three.
const PERIODS: [(usize, usize); 3] = [(1, 4), (4, 4), (4, 3)];
/// Rows of the input table that make one x.
const TOKENS: usize = VOICES + PERIODS.len();
/// Pieces on one tape where nothing is swept.
const BLOCK: usize = 4;

/// A part of a piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// The step of the piece that it starts at.
    pub start: usize,
    /// The chord before it; none at the start of a piece.
    pub before: Option<Chord>,
    /// Its chords, at least one.
    pub chords: Vec<Chord>,
}

/// Sizes of a network.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Features of x.
    pub features: usize,
    /// Units of the cell.
    pub hidden: usize,
    /// Units of u, for each voice.
    pub readout: usize,
    /// Dropout of h and of u.
    pub dropout: f64,
}

/// The network around a cell.
#[derive(Clone, Debug)]
pub struct Network<C> {
    symbols: [usize; VOICES],
    sizes: Sizes,
    cell: C,
}

/// The weights of a network on a tape.
struct Weights<'t, T: Real, C: Cell<T>> {
    table: Var<'t, T>,
    cell: C::Weights<'t>,
    mix: [Var<'t, T>; 2],
    above: Vec<Var<'t, T>>,
    out: Vec<[Var<'t, T>; 2]>,
}

impl<C> Network<C> {
    /// Over voices of so many symbols; `cell` takes `sizes.features` features and has `sizes.hidden`
    /// units.
    pub fn new(symbols: [usize; VOICES], sizes: Sizes, cell: C) -> Self {
        Self {
            symbols,
            sizes,
            cell,
        }
    }

    /// Fresh parameters.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T>
    where
        C: Cell<T>,
    {
        // Sums of embeddings start with about the variance of one feature.
        let table = embedding(self.rows(), self.sizes.features, TOKENS, rng);
        let cell = self.cell.init(rng);
        let mix = self.mix().init(rng);
        let mut params = Params::new()
            .with_part("input.", table)
            .with_part("cell.", cell)
            .with_part("mix.", mix);
        for voice in 1..VOICES {
            let above = embedding(self.rows_above(voice), self.sizes.readout, VOICES, rng);
            params = params.with_part(&format!("above.{voice}."), above);
        }
        for voice in 0..VOICES {
            params = params.with_part(&format!("out.{voice}."), self.out(voice).init(rng));
        }
        params
    }

    /// -ln p of each voice in each step of each piece, from its first step on.
    pub fn losses(&self, params: &Params<f32>, pieces: &[Window]) -> Vec<Vec<[f64; VOICES]>>
    where
        C: Cell<f32> + Sync,
    {
        let blocks: Vec<_> = pieces
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let w = self.weights(&mut params.bind(&tape));
                let block: Vec<&Window> = block.iter().collect();
                let (each, lengths) = self.each(&w, &block, &mut Mode::Evaluate);
                let each = each.map(Var::to_vec);
                let mut losses = vec![Vec::new(); block.len()];
                let mut row = 0;
                for &running in lengths.running() {
                    for &piece in &lengths.order()[..running] {
                        losses[piece].push([0, 1, 2, 3].map(|v: usize| f64::from(each[v][row])));
                        row += 1;
                    }
                }
                losses
            })
            .collect();
        blocks.concat()
    }

    /// Goes on with `prompt`, the beginning of a piece, which may be empty, until there are `steps`
    /// chords.
    pub fn improvise(
        &self,
        params: &Params<f32>,
        prompt: &[Chord],
        steps: usize,
        sampler: &Sampler,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Chord>
    where
        C: Cell<f32>,
    {
        let mut chords: Vec<Chord> = Vec::with_capacity(steps);
        let mut tape = Tape::new();
        let mut held = Held::of(&self.cell.zero_state(&tape, 1));
        for t in 0..steps {
            tape.reset();
            let w = self.weights(&mut params.bind(&tape));
            let tokens = self.tokens(t, chords.last().copied());
            let x = self.features(&w, &[tokens]);
            let state = self
                .cell
                .step(&w.cell, self.cell.project(&w.cell, x), &held.on(&tape));
            let mixed = self
                .mix()
                .apply(&w.mix, concat(&[state.as_slice()[0], x], 1));
            let mut chord = prompt.get(t).copied().unwrap_or_default();
            if t >= prompt.len() {
                for voice in 0..VOICES {
                    let u = self.reading(&w, mixed, voice, &[chord]);
                    let logits = self.out(voice).apply(&w.out[voice], u);
                    chord[voice] = logits.with(|logits| sampler.choose(logits, rng));
                }
            }
            chords.push(chord);
            held = Held::of(&state);
        }
        chords
    }

    /// -ln p of each voice, packed as the lengths say: [N].
    fn each<'t, T: Real>(
        &self,
        w: &Weights<'t, T, C>,
        windows: &[&Window],
        mode: &mut Mode<'_>,
    ) -> ([Var<'t, T>; VOICES], Lengths)
    where
        C: Cell<T>,
    {
        let (mut chords, mut tokens) = (Vec::new(), Vec::new());
        for window in windows {
            let before = [window.before]
                .into_iter()
                .chain(window.chords.iter().copied().map(Some));
            let inputs = before.zip(window.start..).take(window.chords.len());
            tokens.push(
                inputs
                    .map(|(chord, t)| self.tokens(t, chord))
                    .collect::<Vec<_>>(),
            );
            chords.push(&window.chords);
        }
        let (chords, lengths) = pack(&chords, 1);
        let (tokens, _) = pack(&tokens, 1);
        let x = self.features(w, &tokens);
        let run = unroll(&self.cell, &w.cell, x, &lengths, None);
        let h = dropout(run.output(), &lengths, self.sizes.dropout, mode);
        let mixed = self.mix().apply(&w.mix, concat(&[h, x], 1));
        let each = [0, 1, 2, 3].map(|voice| {
            let u = self.reading(w, mixed, voice, &chords);
            let u = dropout(u, &lengths, self.sizes.dropout, mode);
            let targets: Vec<usize> = chords.iter().map(|chord| chord[voice]).collect();
            let logits = self.out(voice).apply(&w.out[voice], u);
            logits.cross_entropy_each(&targets)
        });
        (each, lengths)
    }

    /// The rows of the input table that are added up: of each voice of the chord before, and of the
    /// places of step t.
    fn tokens(&self, t: usize, before: Option<Chord>) -> [usize; TOKENS] {
        let mut tokens = [0; TOKENS];
        let mut first = 0;
        for voice in 0..VOICES {
            // One more than there are symbols stands for the start.
            let symbol = before.map_or(self.symbols[voice], |chord| chord[voice]);
            tokens[voice] = first + symbol;
            first += self.symbols[voice] + 1;
        }
        for (token, (unit, period)) in tokens[VOICES..].iter_mut().zip(PERIODS) {
            *token = first + t / unit % period;
            first += period;
        }
        tokens
    }

    /// x, a row for each step.
    fn features<'t, T: Real>(&self, w: &Weights<'t, T, C>, tokens: &[[usize; TOKENS]]) -> Var<'t, T>
    where
        C: Cell<T>,
    {
        let rows = |place: usize| {
            let tokens: Vec<usize> = tokens.iter().map(|tokens| tokens[place]).collect();
            w.table.embedding(&tokens)
        };
        (1..TOKENS).fold(rows(0), |sum, place| sum + rows(place))
    }

    /// u of a voice, from A [h, x] of all voices and the chords, of which it sees the voices above.
    fn reading<'t, T: Real>(
        &self,
        w: &Weights<'t, T, C>,
        mixed: Var<'t, T>,
        voice: usize,
        chords: &[Chord],
    ) -> Var<'t, T>
    where
        C: Cell<T>,
    {
        let size = self.sizes.readout;
        let mut sum = mixed.slice(1, voice * size..(voice + 1) * size);
        let mut first = 0;
        for above in 0..voice {
            let rows: Vec<usize> = chords.iter().map(|chord| first + chord[above]).collect();
            sum = sum + w.above[voice - 1].embedding(&rows);
            first += self.symbols[above];
        }
        sum.tanh()
    }

    fn weights<'t, T: Real>(&self, leaves: &mut Leaves<'t, T>) -> Weights<'t, T, C>
    where
        C: Cell<T>,
    {
        Weights {
            table: leaves.take(),
            cell: leaves.take(),
            mix: leaves.take(),
            above: (1..VOICES).map(|_| leaves.take()).collect(),
            out: (0..VOICES).map(|_| leaves.take()).collect(),
        }
    }

    /// Rows of the input table.
    fn rows(&self) -> usize {
        let symbols: usize = self.symbols.iter().map(|symbols| symbols + 1).sum();
        symbols + PERIODS.iter().map(|(_, period)| period).sum::<usize>()
    }

    /// Rows of the table of what is above a voice.
    fn rows_above(&self, voice: usize) -> usize {
        self.symbols[..voice].iter().sum()
    }

    fn mix(&self) -> Linear {
        let Sizes {
            features,
            hidden,
            readout,
            ..
        } = self.sizes;
        Linear::new(hidden + features, VOICES * readout)
    }

    fn out(&self, voice: usize) -> Linear {
        Linear::new(self.sizes.readout, self.symbols[voice])
    }
}

/// A table of which `added` rows are added up.
fn embedding<T: Real>(rows: usize, size: usize, added: usize, rng: &mut ChaCha8Rng) -> Params<T> {
    Params::new().with("weight", [rows, size], |w| {
        init::gaussian(w, 1.0, added, rng)
    })
}

impl<T: Real, C: Cell<T> + Sync> Model<T> for Network<C> {
    type Example = Window;

    fn loss<'t>(
        &self,
        _: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Window],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        let w = self.weights(leaves);
        let (each, lengths) = self.each(&w, shard, &mut Mode::Train(rng));
        let [soprano, alto, tenor, bass] = each;
        Loss::of_sum((soprano + alto + tenor + bass).sum(), lengths.total())
    }
}
