//! How far back the gradient of a prediction reaches, before training and after.

use wengert_rnn::instruments::{Rollout, StepLoss, gradient_by_lag};
use wengert_rnn::{Params, norm};
use wengert_tape::{Real, Tape, Var};

use super::Learned;
use crate::corpus::Corpus;
use crate::language::{Language, Layer};

/// Windows that are looked at.
const WINDOWS: usize = 16;
/// Lags that are looked at.
const LAGS: usize = 128;
/// The last steps of a window, whose predictions count: at every lag the same ones.
const COUNTED: usize = 32;
/// Steps of a window.
pub(super) const STEPS: usize = LAGS + COUNTED;

/// Norms of the part of the gradient that comes through k steps, for k = 0, 1, ...
pub(super) struct Lags {
    pub before: Vec<f64>,
    pub after: Vec<f64>,
}

/// Of windows spread evenly over the validation text.
pub(super) fn measure<C: Layer>(network: &Learned<C>, corpus: &Corpus) -> Lags {
    let text = &corpus.symbols[corpus.parts.validation.clone()];
    let room = text.len() - STEPS - 1;
    let start = |i: usize| i * room / (WINDOWS - 1);
    let windows: Vec<&[usize]> = (0..WINDOWS)
        .map(|i| &text[start(i)..=start(i) + STEPS])
        .collect();
    let norms = |params| norms(&network.language, params, &windows);
    Lags {
        before: norms(&network.before),
        after: norms(&network.after),
    }
}

fn norms<C: Layer>(language: &Language<C>, params: &Params<f32>, windows: &[&[usize]]) -> Vec<f64> {
    let column = |t: usize| windows.iter().map(move |window| window[t]);
    let inputs: Vec<usize> = (0..STEPS).flat_map(column).collect();
    let tape = Tape::new();
    let table = params.bind(&tape).vars()[0];
    let x = language.embed(&table, &inputs).to_vec();
    let loss = NextSymbol {
        weight: params.get("readout.weight"),
        bias: params.get("readout.bias"),
        next: (1..=STEPS).map(|t| column(t).collect()).collect(),
    };
    let cell = cell_of(params);
    let rollout = Rollout::new(language.layers(), &cell, &x, windows.len());
    gradient_by_lag(&rollout, &loss)
        .take(LAGS)
        .map(|part| norm(part.values()))
        .collect()
}

/// The parameters of the cells alone.
fn cell_of(params: &Params<f32>) -> Params<f32> {
    params.iter().fold(Params::new(), |cell, p| {
        match p.name.strip_prefix("cell.") {
            Some(name) => cell.with(name, p.shape, |w| w.copy_from_slice(p.values)),
            None => cell,
        }
    })
}

/// The mean cross entropy of the next symbol over windows and the steps that count.
struct NextSymbol<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    /// By step.
    next: Vec<Vec<usize>>,
}

impl StepLoss for NextSymbol<'_> {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        if t < LAGS {
            return None;
        }
        let constant = |values: &[f32], shape: [usize; 2]| {
            let values: Vec<T> = values.iter().map(|&x| T::from_f64(x.into())).collect();
            h.tape().constant(shape, &values)
        };
        let symbols = self.bias.len();
        let weight = constant(self.weight, [symbols, self.weight.len() / symbols]);
        let logits = h.matmul(weight.t()) + constant(self.bias, [1, symbols]);
        Some(logits.cross_entropy(&self.next[t]) * (1.0 / COUNTED as f64))
    }
}
