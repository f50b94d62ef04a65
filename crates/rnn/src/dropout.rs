//! Noise in training: dropout with a mask for each step or for each sequence, and zoneout.
//!
//! ```text
//! dropout:  y = x m / (1 - p),   m = 0 with probability p, else 1
//! zoneout:  s' = m s + (1 - m) s~,   m = 1 with probability p, else 0;   E s' = p s + (1 - p) s~
//! ```

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use crate::sequence::Lengths;
use crate::unroll::Step;
use crate::vars::Vars;

/// Whether a network is run to train it or to use it.
#[derive(Debug)]
pub enum Mode<'a> {
    /// Without randomness: dropout does nothing, zoneout takes its expected value.
    Evaluate,
    /// With masks from this generator.
    Train(&'a mut ChaCha8Rng),
}

/// Rates of dropout whose masks stay the same over all steps of a sequence (Gal & Ghahramani 2016).
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Variational {
    /// Of the inputs of the first layer.
    pub inputs: f64,
    /// Of the inputs of the other layers.
    pub layers: f64,
    /// Of the hidden state on its way to the next step. For cells that pass it on through products
    /// only, as Elman's and the LSTM do: where it is also the memory, as in the GRU, what is kept
    /// grows by 1 / (1 - rate) with every step; zoneout suits those.
    pub state: f64,
}

/// Rates at which elements of the state keep their old value (Krueger et al. 2017).
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Zoneout {
    /// Of the hidden state.
    pub hidden: f64,
    /// Of the other variables of the state, such as the memory c of the LSTM.
    pub memory: f64,
}

/// Dropout (Srivastava et al. 2014) of the rows of a batch (see [`Lengths`]), with a new mask for
/// each step. The masks are drawn in the order in which the steps run, so that a packed batch gets
/// those of the padded one.
///
/// # Panics
/// If `rate` is not in [0, 1], or `x` is not a batch of these lengths.
#[track_caller]
pub fn dropout<'t, T: Real>(
    x: Var<'t, T>,
    lengths: &Lengths,
    rate: f64,
    mode: &mut Mode<'_>,
) -> Var<'t, T> {
    check_rate("dropout", rate);
    let Mode::Train(rng) = mode else { return x };
    if rate == 0.0 {
        return x;
    }
    let width = width(x, lengths);
    let mut mask = vec![T::ZERO; x.len()];
    for row in lengths.rows() {
        draw(&mut mask[row * width..(row + 1) * width], rate, rng);
    }
    x * x.tape().constant(x.shape(), &mask)
}

/// Dropout of the rows of a batch, with one mask for all steps of a sequence (Gal & Ghahramani
/// 2016).
///
/// # Panics
/// As [`dropout()`].
#[track_caller]
pub fn variational_dropout<'t, T: Real>(
    x: Var<'t, T>,
    lengths: &Lengths,
    rate: f64,
    mode: &mut Mode<'_>,
) -> Var<'t, T> {
    check_rate("variational dropout", rate);
    let Mode::Train(rng) = mode else { return x };
    if rate == 0.0 {
        return x;
    }
    let width = width(x, lengths);
    let mut masks = vec![T::ZERO; lengths.batch() * width];
    draw(&mut masks, rate, rng);
    let mut mask = vec![T::ZERO; x.len()];
    let samples = lengths.running().iter();
    let samples = samples.flat_map(|&running| &lengths.order()[..running]);
    for (row, b) in lengths.rows().into_iter().zip(samples) {
        let own = &masks[b * width..(b + 1) * width];
        mask[row * width..(row + 1) * width].copy_from_slice(own);
    }
    x * x.tape().constant(x.shape(), &mask)
}

/// Elements 0 with probability `rate`, else 1 / (1 - rate), so that the mean is 1.
pub(crate) fn draw<T: Real>(mask: &mut [T], rate: f64, rng: &mut ChaCha8Rng) {
    let kept = T::from_f64(1.0 / (1.0 - rate));
    for m in mask {
        *m = if rng.random::<f64>() < rate {
            T::ZERO
        } else {
            kept
        };
    }
}

/// The state after a step, some of it held back: give it to
/// [`unroll_with`](crate::unroll_with).
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::dropout::{Mode, Zoneout, zoneout};
/// use wengert_rnn::{Cell, Gru, Lengths, unroll_with};
/// use wengert_tape::Tape;
///
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let cell = Gru::new(1, 4);
/// let tape = Tape::<f64>::new();
/// let w = cell.init(&mut rng).bind(&tape).take();
/// let x = tape.constant([3, 1], &[1.0, 0.0, -1.0]);
/// let rates = Zoneout { hidden: 0.1, memory: 0.0 };
/// let mut mode = Mode::Train(&mut rng);
/// let run = unroll_with(&cell, &w, x, &Lengths::equal(3, 1), None, |step| {
///     zoneout(step, rates, &mut mode)
/// });
/// assert_eq!(run.last.shape().dims(), [1, 4]);
/// ```
///
/// # Panics
/// If a rate is not in [0, 1].
#[track_caller]
pub fn zoneout<'t, T: Real, S: Vars<'t, T>>(
    step: Step<'_, S>,
    rates: Zoneout,
    mode: &mut Mode<'_>,
) -> S {
    rates.check();
    let mut before = step.before.as_slice().iter();
    let mut rate = rates.hidden;
    step.after.map(|after| {
        let before = *before.next().expect("a step keeps the number of variables");
        let rate = std::mem::replace(&mut rate, rates.memory);
        hold(before, after, rate, mode)
    })
}

fn hold<'t, T: Real>(
    before: Var<'t, T>,
    after: Var<'t, T>,
    rate: f64,
    mode: &mut Mode<'_>,
) -> Var<'t, T> {
    if rate == 0.0 {
        return after;
    }
    match mode {
        Mode::Evaluate => before * rate + after * (1.0 - rate),
        Mode::Train(rng) => {
            let held = |_| T::from_f64(f64::from(u8::from(rng.random::<f64>() < rate)));
            let mask: Vec<T> = (0..after.len()).map(held).collect();
            let mask = after.tape().constant(after.shape(), &mask);
            mask.select(before, after)
        }
    }
}

impl Variational {
    #[track_caller]
    pub(crate) fn check(self) {
        check_rate("variational dropout of the inputs", self.inputs);
        check_rate("variational dropout between layers", self.layers);
        check_rate("variational dropout of the state", self.state);
    }
}

impl Zoneout {
    #[track_caller]
    pub(crate) fn check(self) {
        check_rate("zoneout of the hidden state", self.hidden);
        check_rate("zoneout of the memory", self.memory);
    }
}

#[track_caller]
pub(crate) fn check_rate(what: &str, rate: f64) {
    assert!(
        (0.0..=1.0).contains(&rate),
        "{what}: rate {rate}, but it must be between 0 and 1"
    );
}

#[track_caller]
fn width<T: Real>(x: Var<'_, T>, lengths: &Lengths) -> usize {
    match *x.shape().dims() {
        [height, width] if height == lengths.height() => width,
        _ => panic!(
            "dropout: {} is not a batch of {} rows",
            x.shape(),
            lengths.height()
        ),
    }
}
