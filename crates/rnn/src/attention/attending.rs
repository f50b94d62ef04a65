//! A cell that attends to a source: attention as a cell around a cell.
//!
//! ```text
//! s' = cell([x; c], s)                        h' is the first variable of s'
//! e_j = score(h', k_j),   a = softmax(e)      over the positions j of the sample's own source
//! c' = sum_j a_j v_j
//! y' = [h'; c']                               the output
//! ```
//!
//! The context c of one step is fed to the next beside its input (Luong, Pham & Manning 2015,
//! section 3.3), so that a step knows what was attended to before.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Tensor, Var, concat};

use super::score::Score;
use crate::cell::Cell;
use crate::params::Params;
use crate::sequence::Lengths;
use crate::vars::{FromVars, Vars};

/// A cell with attention to a source: a [`Cell`] like any other, over x of as many features as the
/// inner cell's input has more than a source vector.
///
/// Its state consists of the output [h; c], the state of the inner cell, and what belongs to the
/// source of each sample and never changes: keys [B, S, K], vectors [B, S, V] and a mask [B, S, 1],
/// -inf beyond the sample's length; last come the weights of the last step, [B, S, 1].
/// [`Attending::start`] makes the first.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::attention::{Attending, Dot};
/// use wengert_rnn::{Cell, Gru, Lengths, unroll};
/// use wengert_tape::Tape;
///
/// // Over inputs of 3 features and a source of 4: the inner cell takes 7.
/// let cell = Attending::new(Gru::new(3 + 4, 4), Dot::new(4));
/// let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// let tape = Tape::<f64>::new();
/// let w = params.bind(&tape).take();
///
/// // Sources of two vectors and of one, padded with anything; two steps of each sample.
/// let source = tape.constant([4, 4], &[vec![0.5; 12], vec![f64::NAN; 4]].concat());
/// let sources = Lengths::ragged(2, 2, &[2, 1]);
/// let start = cell.start(&w, &tape.zeros([2, 4]), source, &sources);
/// let x = tape.constant([4, 3], &[0.1; 12]);
/// let run = unroll(&cell, &w, x, &Lengths::equal(2, 2), Some(&start));
///
/// assert_eq!(run.output().shape().dims(), [4, 4 + 4]);
/// let weights = cell.alignment(&run.states[1]).to_vec();
/// assert_eq!(weights, [0.5, 0.5, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attending<C, S> {
    cell: C,
    score: S,
}

/// The weights of an [`Attending`] cell: those of the score, then those of the inner cell.
pub struct AttendingWeights<'t, T: Real, C: Cell<T>, S: Score<T>> {
    /// Of the score.
    pub score: S::Weights<'t>,
    /// Of the inner cell.
    pub cell: C::Weights<'t>,
}

impl<'t, T: Real, C: Cell<T>, S: Score<T>> FromVars<'t, T> for AttendingWeights<'t, T, C, S> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let (score, cell) = vars.split_at_checked(S::TENSORS)?;
        Some(Self {
            score: S::Weights::from_vars(score)?,
            cell: C::Weights::from_vars(cell)?,
        })
    }
}

impl<C, S> Attending<C, S> {
    /// `cell`, attending by `score`.
    pub fn new(cell: C, score: S) -> Self {
        Self { cell, score }
    }

    /// The inner cell.
    pub fn cell(&self) -> &C {
        &self.cell
    }

    /// The state before the first step: from the inner cell's state `initial` (rows in the samples'
    /// own order) and the source, one sequence of vectors for each sample, which lies as the
    /// inputs of [`unroll`](crate::unroll()) do, padded or packed. Rows of padding are never read.
    ///
    /// # Panics
    /// If the sizes of cell, score, initial state and source do not fit.
    #[track_caller]
    pub fn start<'t, T: Real>(
        &self,
        w: &AttendingWeights<'t, T, C, S>,
        initial: &C::State<'t>,
        source: Var<'t, T>,
        lengths: &Lengths,
    ) -> Vec<Var<'t, T>>
    where
        C: Cell<T>,
        S: Score<T>,
    {
        self.check::<T>();
        let (tape, batch, height) = (source.tape(), lengths.batch(), lengths.height());
        let (size, hidden) = (self.score.source(), initial.as_slice()[0]);
        assert!(
            source.shape().dims() == [height, size],
            "attending: source {}, but the score and the lengths need [{height},{size}]",
            source.shape(),
        );
        assert!(
            hidden.shape().dims() == [batch, self.score.query()],
            "attending: initial state {}, but the score and the lengths need [{batch},{}]",
            hidden.shape(),
            self.score.query(),
        );
        let (places, longest) = by_sample(lengths);
        let values = tape
            .zeros([batch * longest, size])
            .index_add(&places, lengths.forwards().gather(source));
        let mut mask = vec![-T::INFINITY; batch * longest];
        for &place in &places {
            mask[place] = T::ZERO;
        }
        let keys = self.score.keys(&w.score, values);
        let output = concat(&[hidden, tape.zeros([batch, size])], 1);
        let mut state = vec![output];
        state.extend_from_slice(initial.as_slice());
        state.extend([
            keys.reshape([batch, longest, self.score.key()]),
            values.reshape([batch, longest, size]),
            tape.constant([batch, longest, 1], &mask),
            tape.zeros([batch, longest, 1]),
        ]);
        state
    }

    /// The weights of the last step before `state`, [n, S]: how much each sample attended to each
    /// position of its source. They add up to 1, and are exactly 0 beyond its length.
    #[track_caller]
    pub fn alignment<'t, T: Real>(&self, state: &[Var<'t, T>]) -> Var<'t, T> {
        state[state.len() - 1].squeeze(2)
    }

    /// The alignments of an unrolling over `lengths` by sample, in the samples' own order, each a
    /// map of one row for each of its steps and one column for each position.
    #[track_caller]
    pub fn maps<T: Real>(&self, states: &[Vec<Var<'_, T>>], lengths: &Lengths) -> Vec<Tensor<T>> {
        let mut maps = vec![Vec::new(); lengths.batch()];
        let mut width = 0;
        for state in states {
            let step = self.alignment(state);
            width = step.shape().dims()[1];
            step.with(|rows| {
                for (row, &b) in rows.chunks(width).zip(lengths.order()) {
                    maps[b].extend_from_slice(row);
                }
            });
        }
        let tensor = |map: Vec<T>| Tensor::new([map.len() / width, width], map);
        maps.into_iter().map(tensor).collect()
    }

    /// # Panics
    /// If the cell and the score are of different sizes.
    #[track_caller]
    fn check<T: Real>(&self)
    where
        C: Cell<T>,
        S: Score<T>,
    {
        let tape = Tape::new();
        let hidden = self.cell.zero_state(&tape, 1).as_slice()[0].len();
        assert!(
            hidden == self.score.query(),
            "attending: the score takes queries of {} features, but the cell's hidden state has {hidden}",
            self.score.query(),
        );
        assert!(
            self.cell.inputs() > self.score.source(),
            "attending: the cell takes {} inputs, but the fed context alone has {} features",
            self.cell.inputs(),
            self.score.source(),
        );
    }
}

impl<T: Real, C: Cell<T>, S: Score<T>> Cell<T> for Attending<C, S> {
    type Weights<'t> = AttendingWeights<'t, T, C, S>;
    type State<'t> = Vec<Var<'t, T>>;

    fn inputs(&self) -> usize {
        self.cell.inputs() - self.score.source()
    }

    /// The names of the inner cell's parameters, and those of the score with `attention_` before
    /// them.
    ///
    /// # Panics
    /// If the cell and the score are of different sizes.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.check::<T>();
        Params::new()
            .with_tensors("attention_", &self.score.init(rng))
            .with_tensors("", &self.cell.init(rng))
    }

    /// Without a source: it is one vector of zeros.
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Vec<Var<'t, T>> {
        let cell = self.cell.zero_state(tape, batch);
        let (key, size) = (self.score.key(), self.score.source());
        let mut state = vec![tape.zeros([batch, self.score.query() + size])];
        state.extend_from_slice(cell.as_slice());
        state.extend([key, size, 1, 1].map(|width| tape.zeros([batch, 1, width])));
        state
    }

    fn step<'t>(
        &self,
        w: &Self::Weights<'t>,
        x: Var<'t, T>,
        state: &Vec<Var<'t, T>>,
    ) -> Vec<Var<'t, T>> {
        let [output, cell @ .., keys, values, mask, _] = &state[..] else {
            panic!("attending: a state of {} variables", state.len())
        };
        let before = C::State::from_vars(cell).expect("the cell's own state");
        let (size, width) = (self.score.source(), output.shape().dims()[1]);
        let context = output.slice(1, width - size..width);
        let fed = concat(&[x, context], 1);
        let after = self
            .cell
            .step(&w.cell, self.cell.project(&w.cell, fed), &before);

        let hidden = after.as_slice()[0];
        let e = self.score.scores(&w.score, hidden, *keys) + *mask;
        let [n, positions] = [e.shape().dims()[0], e.shape().dims()[1]];
        let a = e.reshape([n, 1, positions]).softmax(2);
        let context = a.matmul(*values).reshape([n, size]);

        let mut state = vec![concat(&[hidden, context], 1)];
        state.extend_from_slice(after.as_slice());
        state.extend([*keys, *values, *mask, a.reshape([n, positions, 1])]);
        state
    }
}

/// Where the rows of a batch lie in [B S, ..], each sample's steps one below the other: in the order
/// in which they run forwards. And S, the longest sample's steps.
fn by_sample(lengths: &Lengths) -> (Vec<usize>, usize) {
    let longest = lengths.running().len();
    let mut places = Vec::with_capacity(lengths.total());
    for (t, &running) in lengths.running().iter().enumerate() {
        for &b in &lengths.order()[..running] {
            places.push(b * longest + t);
        }
    }
    (places, longest)
}
