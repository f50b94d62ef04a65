//! Cells and initialisations: how fast each loses the gradient, and when single precision does.
//!
//! The rate is that of the sweep, backwards through some steps; the largest Lyapunov exponent of the
//! same steps, forwards, is the same number in the limit of many: both are the growth of one product
//! of Jacobians, whose largest singular value has the same logarithm from either side.

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::cells::{CayleyRnn, ExpRnn};
use wengert_rnn::instruments::{
    Fate, Frame, Lyapunov, Replay, Rollout, StepLoss, lyapunov_spectrum, replay,
};
use wengert_rnn::{Activation, Cell, Elman, Gru, Lstm, Params, init, norm};
use wengert_tape::{Dual, Real, Var};

use super::Config;
use super::measure::normal;
use crate::fit::mean;
use crate::random::{Purpose, stream};
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark};

/// Steps at either end of the sequence that do not count for a rate: the state forgets its start,
/// and tangents turn to their directions.
const MARGIN: usize = 50;

/// A recurrent matrix of H units, H x H, drawn.
type Initialise = fn(&mut [f32], usize, &mut ChaCha8Rng);

/// Initialisations of the recurrent matrix of each gate.
const MATRICES: [(&str, Initialise); 6] = [
    ("uniform ±1/√n", |w, n, rng| {
        init::uniform(w, 1.0 / (n as f64).sqrt(), rng);
    }),
    ("Glorot uniform", |w, n, rng| {
        init::glorot_uniform(w, [n, n], rng);
    }),
    ("Gaussian 1/√n", |w, n, rng| {
        init::gaussian(w, 1.0, n, rng);
    }),
    ("orthogonal", |w, n, rng| init::orthogonal(w, [n, n], rng)),
    ("identity", |w, _, _| init::identity(w, 1.0)),
    ("sparse, radius .95", |w, n, rng| {
        init::sparse(w, 15.min(n), 0.95, rng);
    }),
];

/// How many names of initialisations [`measure`] goes through.
pub(super) const INITIALISATIONS: u64 = MATRICES.len() as u64 + 1;

/// A cell with one initialisation.
pub(super) struct Curve {
    pub cell: &'static str,
    pub initialisation: &'static str,
    pub networks: Vec<Network>,
}

/// One network: its gradients in both precisions, and its rates.
pub(super) struct Network {
    replay: Replay,
    /// Growth of the gradient for each step back.
    backward: f64,
    /// The largest Lyapunov exponent.
    forward: f64,
}

impl Curve {
    /// The largest distance of the two rates among its networks' means, as a part of the rate, or
    /// of .2 where that is smaller.
    fn disagreement(&self) -> f64 {
        let (backward, forward) = self.rates();
        (backward - forward).abs() / forward.abs().max(0.2)
    }

    /// Mean rates over networks: backward, forward.
    fn rates(&self) -> (f64, f64) {
        let count = self.networks.len() as f64;
        let sum = |f: fn(&Network) -> f64| self.networks.iter().map(f).sum::<f64>() / count;
        (sum(|n| n.backward), sum(|n| n.forward))
    }
}

impl Network {
    /// |dL/ds_{T-k}| of each lag k, s the whole state, in double precision.
    pub fn norms(&self) -> Vec<f64> {
        self.replay.states.iter().rev().map(|s| s.double).collect()
    }

    /// The same in single precision.
    pub fn single(&self) -> Vec<f64> {
        self.replay.states.iter().rev().map(|s| s.single).collect()
    }

    /// States whose gradient has met this fate.
    fn count(&self, fate: Fate) -> usize {
        let states = self.replay.states.iter();
        states.filter(|state| state.fate() == fate).count()
    }

    /// The lag of the first zero in single precision over that at which a gradient of this rate
    /// falls below the smallest number.
    fn earliness(&self) -> Option<f64> {
        let norms = self.norms();
        let margin = norms.len() / 10;
        let fallen = f64::from(f32::from_bits(1)).ln() - norms[margin].ln();
        let expected = margin as f64 + fallen / self.backward;
        Some(self.replay.first(Fate::Underflowed)? as f64 / expected)
    }
}

/// <v, h_T>.
struct Projection {
    steps: usize,
    direction: Vec<f64>,
}

impl StepLoss for Projection {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        let direction = || -> Vec<T> { self.direction.iter().map(|v| T::from_f64(*v)).collect() };
        (t + 1 == self.steps)
            .then(|| (h * h.tape().constant([1, self.direction.len()], &direction())).sum())
    }
}

/// Every cell with each of its initialisations; `each` is called before one is measured.
pub(super) fn measure<E>(
    config: &Config,
    mut each: impl FnMut(&str) -> Result<(), E>,
) -> Result<Vec<Curve>, E> {
    let n = config.hidden;
    let mut curves = Vec::new();
    for (name, matrix) in MATRICES {
        each(name)?;
        let elman = Elman::new(1, n, Activation::Tanh);
        let gates = |params: &mut Params<f32>, rng: &mut ChaCha8Rng| {
            let w = params.get_mut("weight_hh_l0");
            w.chunks_mut(n * n).for_each(|gate| matrix(gate, n, rng));
        };
        curves.push(curve(config, "tanh", name, &elman, gates));
        curves.push(curve(config, "GRU", name, &Gru::new(1, n), gates));
        curves.push(curve(config, "LSTM", name, &Lstm::new(1, n), gates));
    }
    let name = "rotations to ±π";
    each(name)?;
    let exponential = ExpRnn::new(1, n);
    curves.push(curve(config, "orthogonal", name, &exponential, |_, _| ()));
    let cayley = CayleyRnn::new(1, n);
    let name = "rotations to π/2";
    curves.push(curve(config, "orthogonal", name, &cayley, |_, _| ()));
    curves.push(curve(
        config,
        "orthogonal",
        "identity",
        &exponential,
        |params, _| {
            params.get_mut("generator_hh_l0").fill(0.0);
        },
    ));
    Ok(curves)
}

/// The cells, in the order of the panels.
pub(super) const CELLS: [&str; 4] = ["tanh", "GRU", "LSTM", "orthogonal"];

fn curve<C>(
    config: &Config,
    cell: &'static str,
    initialisation: &'static str,
    of: &C,
    initialise: impl Fn(&mut Params<f32>, &mut ChaCha8Rng) + Sync,
) -> Curve
where
    C: Cell<f32> + Cell<f64> + Cell<Dual<f64>> + Sync,
{
    let networks = (0..config.networks).into_par_iter().map(|i| {
        let seed = config.seed.wrapping_add(i as u64);
        let mut rng = stream(seed, Purpose::Weights);
        let mut params: Params<f32> = of.init(&mut rng);
        initialise(&mut params, &mut rng);
        network(config, seed, of, &params)
    });
    Curve {
        cell,
        initialisation,
        networks: networks.collect(),
    }
}

fn network<C>(config: &Config, seed: u64, cell: &C, params: &Params<f32>) -> Network
where
    C: Cell<f32> + Cell<f64> + Cell<Dual<f64>>,
{
    let steps = config.steps;
    let mut inputs = vec![0.0; steps];
    normal(&mut inputs, &mut stream(seed, Purpose::Inputs));
    let inputs: Vec<f32> = inputs.iter().map(|x| (config.scale * x) as f32).collect();
    let mut direction = vec![0.0; config.hidden];
    let mut rng = stream(seed, Purpose::Direction);
    normal(&mut direction, &mut rng);
    let length = norm(&direction);
    for d in &mut direction {
        *d /= length;
    }
    let replay = replay(
        &Rollout::new(cell, params, &inputs, 1),
        &Projection { steps, direction },
    );

    // Steps `margin` to `steps - margin`, backwards and forwards.
    let margin = MARGIN.min(steps / 4);
    let before: Vec<f64> = inputs[..steps - margin].iter().map(|&x| x.into()).collect();
    let rollout = Rollout::new(cell, &params.cast::<f64>(), &before, 1);
    let mut frame = Frame::random(1, rollout.state_len(), &mut rng);
    let settings = Lyapunov {
        interval: 5,
        warmup: margin,
    };
    let forward = lyapunov_spectrum(&rollout, &mut frame, settings)[0];
    let log = |state: usize| replay.states[state].double.ln();
    let backward = (log(margin) - log(steps - margin)) / (steps - 2 * margin) as f64;
    Network {
        replay,
        backward,
        forward,
    }
}

/// A row for each cell and initialisation.
pub(super) fn table(curves: &[Curve]) -> String {
    let rows = curves.iter().map(|curve| {
        let (backward, forward) = curve.rates();
        let first = |fate: Fate| {
            let lags = curve.networks.iter().filter_map(|n| n.replay.first(fate));
            lags.min().map_or("-".into(), |lag| lag.to_string())
        };
        [
            curve.cell.into(),
            curve.initialisation.into(),
            significant(backward, 4),
            significant(forward, 4),
            first(Fate::Degraded),
            first(Fate::Underflowed),
            first(Fate::Vanished),
        ]
    });
    table::align(
        &[
            "cell",
            "initialisation",
            "rate",
            "Lyapunov",
            "f32 subnormal at lag",
            "f32 zero at lag",
            "f64 zero at lag",
        ],
        rows,
    )
}

/// Rates against Lyapunov exponents, and what became of gradients that are zero.
pub(super) fn checks(curves: &[Curve]) -> Vec<Check> {
    let mut checks = Vec::new();
    for cell in CELLS {
        let of_cell = curves.iter().filter(|curve| curve.cell == cell);
        let apart: Vec<f64> = of_cell.map(Curve::disagreement).collect();
        let worst = apart.iter().copied().fold(0.0, f64::max);
        let quantity = format!("{cell}: rate against exponent, the worst initialisation");
        checks.push(
            Check::new(
                &quantity,
                "largest Lyapunov exponent by QR; at least .2 counts",
                Accept::AtMost(0.05),
                worst,
            )
            .marked(Mark::Derived),
        );
    }
    let networks = || curves.iter().flat_map(|curve| &curve.networks);
    let count = |fate| networks().map(|n| n.count(fate)).sum::<usize>() as f64;
    let (lost, vanished) = (count(Fate::Underflowed), count(Fate::Vanished));
    let anchor = "the same run in f64: a product of Jacobians is 0 only where it underflows";
    let quantity = "zeros of f32 that f64 shows to be none, as a part";
    let whole = Accept::Exactly(1.0);
    checks.push(if lost + vanished > 0.0 {
        Check::new(quantity, anchor, whole, lost / (lost + vanished))
    } else {
        Check::out_of_budget(quantity, anchor, whole)
    });
    let early: Vec<f64> = networks().filter_map(Network::earliness).collect();
    let quantity = "lag of the first zero in f32 over ln 2^-149 / rate";
    let anchor = "the smallest number of IEEE 754";
    let accept = Accept::Relative {
        value: 1.0,
        fraction: 0.1,
    };
    let check = if early.is_empty() {
        Check::out_of_budget(quantity, anchor, accept)
    } else {
        Check::new(quantity, anchor, accept, mean(&early)).over(&early)
    };
    checks.push(check.marked(Mark::Derived));
    checks
}
