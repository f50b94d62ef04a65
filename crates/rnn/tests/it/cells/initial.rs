//! How cells start: what their papers promise of the initial parameters.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::cells::MemoryBlocks;
use wengert_rnn::{Cell, ExpRnn, Gru, GruResetBefore, Irnn, Janet, Lru, Lstm, Params, Stack};

const H: usize = 300;

fn start(cell: &impl Cell<f64>) -> Params<f64> {
    cell.init(&mut ChaCha8Rng::seed_from_u64(1))
}

/// The sum of both biases of one gate.
fn bias(params: &Params<f64>, gate: usize) -> Vec<f64> {
    let rows = gate * H..(gate + 1) * H;
    let (ih, hh) = (params.get("bias_ih_l0"), params.get("bias_hh_l0"));
    rows.map(|j| ih[j] + hh[j]).collect()
}

#[test]
fn a_forget_bias_is_that_of_the_forget_gate_only() {
    let (plain, biased) = (
        start(&Lstm::new(2, H)),
        start(&Lstm::new(2, H).with_forget_bias(1.5)),
    );
    assert_eq!(bias(&biased, 1), [1.5; H]);
    for gate in [0, 2, 3] {
        assert_eq!(bias(&biased, gate), bias(&plain, gate));
    }
    assert_eq!(biased.get("weight_hh_l0"), plain.get("weight_hh_l0"));
}

/// ln of a uniform number in [1, T - 1].
fn assert_chrono(biases: &[f64], longest: f64) {
    let times: Vec<f64> = biases.iter().map(|b| b.exp()).collect();
    assert!(
        times
            .iter()
            .all(|&u| (1.0..=longest - 1.0 + 1e-9).contains(&u))
    );
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    assert!(
        (mean / (longest / 2.0) - 1.0).abs() < 0.1,
        "mean time {mean}"
    );
    let early = times.iter().filter(|&&u| u < longest / 4.0).count() as f64;
    assert!(
        (early / times.len() as f64 - 0.25).abs() < 0.08,
        "{early} below a quarter"
    );
}

#[test]
fn chrono_biases_spread_over_the_times_asked_for() {
    let lstm = start(&Lstm::new(2, H).with_chrono(100));
    assert_chrono(&bias(&lstm, 1), 100.0);
    let negative: Vec<f64> = bias(&lstm, 1).iter().map(|b| -b).collect();
    assert_eq!(bias(&lstm, 0), negative);
    assert_chrono(&bias(&start(&Gru::new(2, H).with_chrono(784)), 1), 784.0);
    assert_chrono(
        &bias(&start(&GruResetBefore::new(2, H).with_chrono(50)), 1),
        50.0,
    );
    assert_chrono(&bias(&start(&Janet::new(2, H).with_chrono(50)), 0), 50.0);
    assert_eq!(bias(&start(&Lstm::new(2, H).with_chrono(2)), 1), [0.0; H]);
}

#[test]
fn memory_blocks_start_with_the_biases_of_their_gates() {
    let plain = MemoryBlocks::new(7, 2, 3)
        .with_input_biases(&[-1.0, -2.0])
        .with_output_biases(&[-3.0, -4.0])
        .with_forget_biases(&[1.0, 2.0]);
    assert_eq!(start(&plain).get("bias_l0")[..4], [-1.0, -2.0, -3.0, -4.0]);
    let forgetting = start(&plain.with_forget_gates().with_scale(0.01));
    let biases = forgetting.get("bias_l0");
    assert_eq!(biases[..6], [-1.0, -2.0, 1.0, 2.0, -3.0, -4.0]);
    let drawn = biases[6..].iter().chain(forgetting.get("weight_hh_l0"));
    assert!(drawn.into_iter().all(|w| w.abs() < 0.01 && *w != 0.0));
}

/// The weights of the networks of the paper's table of experiments, less those of its readouts.
#[test]
fn memory_blocks_are_as_large_as_published() {
    let size = |inputs, blocks, size| {
        let cell = MemoryBlocks::new(inputs, blocks, size).with_recurrent_gates();
        start(&cell).len()
    };
    // Temporal order, 156 and 308: readouts of 4 cells for 4 classes, of 6 cells for 8.
    assert_eq!(size(8, 2, 2), 156 - 4 * 5);
    assert_eq!(size(8, 3, 2), 308 - 8 * 7);
    // Adding, 93; and two sequences, 102, whose readout has no bias.
    assert_eq!(size(2, 2, 2), 93 - 5);
    assert_eq!(size(1, 3, 1), 102 - 3);
    // The Reber grammar, 264 and 276, where only gates are biased.
    let gates_biased = |blocks, size| {
        let cell = MemoryBlocks::new(7, blocks, size).with_recurrent_gates();
        start(&cell.without_cell_biases()).len()
    };
    assert_eq!(
        [gates_biased(4, 1), gates_biased(3, 2)],
        [264 - 28, 276 - 42]
    );
}

#[test]
fn an_irnn_starts_as_an_accumulator() {
    let params = start(&Irnn::new(2, 3).with_scale(0.9));
    assert_eq!(
        params.get("weight_hh_l0"),
        [0.9, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.9]
    );
    assert_eq!(params.get("bias_ih_l0"), [0.0; 3]);
    assert!(
        params
            .get("weight_ih_l0")
            .iter()
            .all(|w| w.abs() < 0.005 && *w != 0.0)
    );
}

#[test]
fn an_lru_starts_uniform_over_its_ring() {
    let cell = Lru::new(1, 2)
        .with_units(2000)
        .with_ring(0.6, 0.9)
        .with_phase(0.5);
    let params = start(&cell);
    let radii: Vec<f64> = params
        .get("nu_log_l0")
        .iter()
        .map(|nu| (-nu.exp()).exp())
        .collect();
    assert!(radii.iter().all(|r| (0.6..=0.9).contains(r)));
    // Uniform by area: half of it lies beyond the radius whose square is in the middle.
    let half = f64::midpoint(0.36, 0.81).sqrt();
    let beyond = radii.iter().filter(|&&r| r > half).count();
    assert!((900..1100).contains(&beyond), "{beyond} of 2000");
    for (r, gamma) in radii.iter().zip(params.get("gamma_log_l0")) {
        assert!((gamma.exp() - (1.0 - r * r).sqrt()).abs() < 1e-12);
    }
    assert!(
        params
            .get("theta_log_l0")
            .iter()
            .all(|theta| theta.exp() <= 0.5)
    );
    assert!(
        start(&Lru::new(1, 2).with_units(2000))
            .values()
            .iter()
            .all(|w| w.is_finite())
    );
}

#[test]
fn in_a_stack_names_end_with_the_layer() {
    let params: Params<f64> =
        Stack::new(3, 2, |inputs| ExpRnn::new(inputs, 4)).init(&mut ChaCha8Rng::seed_from_u64(1));
    let names: Vec<_> = params.iter().map(|p| p.name).collect();
    let cell = ["weight_ih", "generator_hh", "signs", "bias"];
    let expected: Vec<_> = (0..2)
        .flat_map(|l| cell.map(|name| format!("{name}_l{l}")))
        .collect();
    assert_eq!(names, expected);
}
