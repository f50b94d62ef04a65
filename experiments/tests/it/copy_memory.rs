//! The copy memory task: its layout, its draws, and the loss of who has no memory.

use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::tasks::copy::{
    ALPHABET, BLANK, CUE, CopyMemory, INPUTS, SYMBOLS, TARGETS,
};

#[test]
fn a_sequence_is_that_of_the_publication() {
    let symbols = [3, 1, 4, 1, 5, 2, 6, 5, 3, 5];
    let task = CopyMemory::new(3);
    let mut inputs = symbols.to_vec();
    inputs.extend([BLANK, BLANK, CUE]);
    inputs.extend([BLANK; SYMBOLS]);
    assert_eq!(task.inputs(&symbols), inputs);
    let mut targets = vec![BLANK; SYMBOLS + 3];
    targets.extend(symbols);
    assert_eq!(task.targets(&symbols), targets);
}

#[test]
fn every_symbol_comes_back_after_the_lag_and_after_the_cue() {
    for delay in 1..60 {
        let task = CopyMemory::new(delay);
        let symbols = task.draw(&mut stream(delay as u64, Purpose::Examples));
        let (inputs, targets) = (task.inputs(&symbols), task.targets(&symbols));
        assert_eq!([inputs.len(), targets.len()], [delay + 20; 2]);
        assert!(inputs.iter().all(|token| *token < INPUTS));
        assert!(targets.iter().all(|token| *token < TARGETS));
        let cue = inputs.iter().position(|token| *token == CUE);
        assert_eq!(cue, Some(task.lag() - 1));
        for place in 0..SYMBOLS {
            assert_eq!(inputs[place], symbols[place]);
            assert_eq!(targets[place + task.lag()], symbols[place]);
        }
    }
}

#[test]
fn symbols_are_drawn_evenly() {
    let mut rng = stream(0, Purpose::Examples);
    let mut counts = [0; ALPHABET];
    for _ in 0..800 {
        for symbol in CopyMemory::new(1).draw(&mut rng) {
            counts[symbol] += 1;
        }
    }
    // 1000 of each expected, with a standard deviation of 30.
    assert!(
        counts.iter().all(|count| (880..=1120).contains(count)),
        "{counts:?}"
    );
}

/// Who has no memory of the symbols knows at each step only whether the cue has come.
#[test]
fn the_plateau_is_the_loss_without_memory() {
    for delay in [1, 2, 7, 100] {
        let task = CopyMemory::new(delay);
        let symbols = task.draw(&mut stream(7, Purpose::Examples));
        let losses = task.targets(&symbols).into_iter().map(|target| {
            let p: f64 = if target == BLANK {
                1.0
            } else {
                1.0 / ALPHABET as f64
            };
            -p.ln()
        });
        let mean = losses.sum::<f64>() / task.steps() as f64;
        assert!(
            (mean - task.plateau()).abs() < 1e-12,
            "{mean} {}",
            task.plateau()
        );
    }
}

#[test]
#[should_panic(expected = "copy memory: delay 0, but the cue needs a step")]
fn there_is_a_step_for_the_cue() {
    CopyMemory::new(0);
}
