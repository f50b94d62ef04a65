//! Truncated sweeps against the whole recording with a state cut off.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Activation, Bptt, Cell, Elman, Gradient, Gru, Lengths, Linear, Lstm, Objective, Params, Vars,
    Window, unroll_with, windows,
};
use wengert_tape::Tape;

use crate::recompute::{Loss, Setting, settings};
use crate::setup::{assert_sums_close, random};

/// A setting with a cell's parameters, inputs and initial state.
struct Data<'a, C> {
    cell: &'a C,
    setting: &'a Setting,
    params: Params<f64>,
    x: Vec<f64>,
    initial: Vec<Vec<f64>>,
}

impl<'a, C: Cell<f64>> Data<'a, C> {
    fn new(cell: &'a C, setting: &'a Setting) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(setting.seed);
        let mut params = cell.init(&mut rng);
        if let Some(readout) = setting.loss.readout {
            params = params.with_part("readout.", readout.init(&mut rng));
        }
        let lengths = &setting.lengths;
        let tape = Tape::new();
        let zeros = cell.zero_state(&tape, lengths.batch());
        let sizes = zeros.as_slice().iter().map(|s| s.len());
        Self {
            cell,
            setting,
            params,
            x: random(lengths.height() * cell.inputs(), &mut rng),
            initial: sizes.map(|size| random(size, &mut rng)).collect(),
        }
    }

    fn bptt(&self) -> Bptt<'_, f64, C, Loss> {
        let Setting { loss, lengths, .. } = self.setting;
        let bptt = Bptt::new(self.cell, loss, &self.x, lengths);
        bptt.from_state(&self.initial).with_input_gradient()
    }

    fn windows(&self, k1: usize, k2: usize) -> Vec<Gradient<f64>> {
        let (bptt, mut tape) = (self.bptt(), Tape::new());
        let mut truncated = bptt.truncated(k1, k2);
        std::iter::from_fn(|| truncated.sweep(&self.params, &mut tape)).collect()
    }

    /// The losses of some steps, from a recording of all steps where states are cut off as told.
    fn cut(&self, losses: Window, cut: impl Fn(usize) -> bool) -> Gradient<f64> {
        let Setting { loss, lengths, .. } = self.setting;
        let tape = Tape::new();
        let mut leaves = self.params.bind(&tape);
        let w = leaves.take();
        let x = tape.leaf([lengths.height(), self.cell.inputs()], &self.x);
        let zeros = self.cell.zero_state(&tape, lengths.batch());
        let mut initial = self.initial.iter();
        let start = zeros.map(|s| tape.leaf(s.shape(), initial.next().unwrap()));
        let mut states = Vec::new();
        let run = unroll_with(self.cell, &w, x, lengths, Some(&start), |step| {
            states.push(step.after.clone());
            if cut(step.t + 1) {
                step.after.map(|s| s.detach())
            } else {
                step.after.clone()
            }
        });
        let of_steps = (losses.loss_from..losses.to)
            .filter_map(|t| Objective::<_, C>::at(loss, t, &states[t], &mut leaves.clone()));
        let mut terms: Vec<_> = of_steps.collect();
        if losses.to == lengths.running().len() {
            terms.extend(Objective::<_, C>::last(
                loss,
                &run.last,
                &mut leaves.clone(),
            ));
        }
        let total = terms.into_iter().fold(tape.scalar(0.0), |a, b| a + b);
        if total.needs_grad() {
            total.backward();
        }
        let grad = |x: wengert_tape::Var<'_, f64>| x.grad().unwrap_or_else(|| vec![0.0; x.len()]);
        Gradient {
            loss: total.item(),
            params: leaves.gradient(),
            x: grad(x),
            initial: start.as_slice().iter().map(|&s| grad(s)).collect(),
        }
    }
}

#[track_caller]
fn assert_close(found: &Gradient<f64>, expected: &Gradient<f64>) {
    let largest = expected.params.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
    let close = |what, a: &[f64], b: &[f64]| assert_sums_close(what, a, b, largest);
    close("loss", &[found.loss], &[expected.loss]);
    close("params", &found.params, &expected.params);
    close("x", &found.x, &expected.x);
    close(
        "initial",
        &found.initial.concat(),
        &expected.initial.concat(),
    );
}

fn sum(gradients: &[Gradient<f64>]) -> Gradient<f64> {
    let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    let mut total = gradients[0].clone();
    for gradient in &gradients[1..] {
        total.loss += gradient.loss;
        add(&mut total.params, &gradient.params);
        add(&mut total.x, &gradient.x);
        for (a, b) in total.initial.iter_mut().zip(&gradient.initial) {
            add(a, b);
        }
    }
    total
}

fn check<C: Cell<f64>>(cell: &C, setting: &Setting, [a, b]: [usize; 2]) {
    let data = Data::new(cell, setting);
    let steps = setting.lengths.running().len();
    let k2 = 1 + a % steps;
    let k1 = 1 + b % k2;

    let found = data.windows(k1, k2);
    let expected = windows(steps, k1, k2);
    for (found, window) in found.iter().zip(expected) {
        assert_close(found, &data.cut(window, |t| t <= window.from));
    }

    let full = data.bptt().full(&data.params, &mut Tape::new());
    assert_close(&sum(&data.windows(k1, steps)), &full);

    // A loss of the last states would reach samples that ended before the last window.
    let loss = Loss {
        every: setting.loss.every.max(1),
        last: false,
        ..setting.loss
    };
    let setting = Setting {
        loss,
        ..setting.clone()
    };
    let data = Data::new(cell, &setting);
    let all = Window {
        from: 0,
        loss_from: 0,
        to: steps,
    };
    let k = (1..=k1)
        .rev()
        .find(|&k| steps.is_multiple_of(k))
        .expect("1 does");
    let detached = data.cut(all, |t| t % k == 0 && t < steps);
    assert_close(&sum(&data.windows(k, k)), &detached);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn windows_have_the_gradients_of_a_recording_cut_off(
        setting in settings(),
        cell in 0..3,
        k in any::<[usize; 2]>(),
    ) {
        let Setting { inputs, hidden, .. } = setting;
        match cell {
            0 => check(&Elman::new(inputs, hidden, Activation::Tanh), &setting, k),
            1 => check(&Gru::new(inputs, hidden), &setting, k),
            _ => check(&Lstm::new(inputs, hidden), &setting, k),
        }
    }

    #[test]
    fn windows_cover_each_loss_once(steps in 1..200_usize, a in 1..50_usize, b in 0..50_usize) {
        let (k1, k2) = (a, a + b);
        let mut next = 0;
        for Window { from, loss_from, to } in windows(steps, k1, k2) {
            prop_assert_eq!(loss_from, next);
            prop_assert_eq!(from, to.saturating_sub(k2));
            prop_assert!(from <= loss_from && loss_from < to && to - loss_from <= k1);
            next = to;
        }
        prop_assert_eq!(next, steps);
    }
}

#[test]
#[should_panic(expected = "windows: a sweep every 3 steps over 2, but 1 <= k1 <= k2 is needed")]
fn a_window_shorter_than_its_losses() {
    let _ = windows(5, 3, 2);
}

#[test]
#[should_panic(expected = "windows: a sweep every 0 steps over 2, but 1 <= k1 <= k2 is needed")]
fn no_steps_between_windows() {
    let _ = windows(5, 0, 2);
}

/// The last states' loss has no gradient for a sample that ended before the last window.
#[test]
fn a_sample_that_ended_before_the_last_window() {
    let (cell, lengths) = (
        Elman::new(1, 2, Activation::Tanh),
        Lengths::ragged(9, 2, &[3, 9]),
    );
    let setting = Setting {
        lengths,
        inputs: 1,
        hidden: 2,
        loss: Loss {
            every: 0,
            last: true,
            readout: None::<Linear>,
        },
        initial: true,
        input_gradient: true,
        seed: 1,
    };
    let data = Data::new(&cell, &setting);
    let found = data.windows(4, 4);
    assert_eq!(found.iter().filter(|g| g.loss != 0.0).count(), 1);
    let full = data.bptt().full(&data.params, &mut Tape::new());
    assert!((found[2].loss - full.loss).abs() < 1e-15);
    for (row, (found, full)) in found[2].x.iter().zip(&full.x).enumerate() {
        let (t, b) = (row / 2, row % 2);
        assert_eq!(*found != 0.0, b == 1 && t >= 5, "{t} {b}");
        assert_eq!(*full != 0.0, b == 1 || t < 3, "{t} {b}");
    }
}
