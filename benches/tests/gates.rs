//! What a training step may cost: allocations, bytes and instructions. They do not depend on the
//! load of the machine, so that a change that makes steps dearer fails here.

use std::fs;
use std::path::Path;
use std::process::Command;

use allocation_counter::{AllocationInfo, measure};
use wengert_benches::step::Setting;

/// Allocations of a step after the first ones, on one thread.
fn allocations(setting: &Setting) -> AllocationInfo {
    let mut training = setting.training(&setting.draw(0), 1);
    training.step();
    training.step();
    measure(|| {
        training.step();
    })
}

fn with_steps(name: &str, steps: usize) -> Setting {
    let setting = Setting::find(name).expect("a configuration");
    Setting {
        steps,
        batch: 4,
        ..setting
    }
}

/// From the second step on nothing is allocated but what the step hands out: handles of the
/// variables and of the states, losses and gradient. How many do not depend on the length.
#[test]
fn allocations_do_not_grow_with_the_length() {
    for (name, limit) in [("E1", 16), ("E3", 24), ("L1", 16), ("G1", 16)] {
        let [short, long] = [20, 200].map(|steps| allocations(&with_steps(name, steps)));
        assert_eq!(short.count_total, long.count_total, "{name}");
        assert!(
            short.count_total <= limit,
            "{name}: {} allocations",
            short.count_total
        );
        // The handles of a step's state are the only thing of which there is one a step.
        let grown = (long.bytes_max - short.bytes_max) / 180;
        assert!(
            grown <= 64,
            "{name}: {grown} bytes more a step of the sequence"
        );
    }
}

/// Instructions of a training step by `valgrind`, which knows AVX2 at best; nothing where it is not
/// installed.
fn instructions(name: &str) -> Option<f64> {
    let setting = Setting::find(name).expect("a configuration");
    let home = tempfile::tempdir().expect("a directory");
    let (data, log) = (home.path().join("data"), home.path().join("log"));
    let drawn = setting.draw(0);
    let targets = drawn.targets.iter().map(|&class| class as f32);
    let values = drawn.params.iter().chain(&drawn.x).copied().chain(targets);
    let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
    fs::write(&data, bytes).expect("a file");
    let count = |steps: usize| {
        let input = home.path().join("input");
        fs::write(&input, format!("losses {steps}\n")).expect("a file");
        let status = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(format!("--log-file={}", log.display()))
            .args([env!("CARGO_BIN_EXE_wengert-peer"), name])
            .arg(&data)
            .env("WENGERT_KERNELS", "avx2")
            .env("RAYON_NUM_THREADS", "1")
            .stdin(fs::File::open(&input).expect("a file"))
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.ok()?.success(), "{}", read(&log));
        let log = read(&log);
        let line = log
            .lines()
            .find_map(|line| line.split("Collected : ").nth(1));
        line.and_then(|count| count.trim().parse::<f64>().ok())
    };
    Some((count(3)? - count(1)?) / 2.0)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// Instructions of a step as measured on 2026-11-23 with rustc 1.95 and the test profile, and a
/// tenth more. The configuration is the smallest, where the tape's bookkeeping counts the most.
#[test]
fn instructions_of_a_step() {
    const MEASURED: f64 = 3.70e6;
    let Some(found) = instructions("E3") else {
        println!("valgrind is not installed: instructions are not counted");
        return;
    };
    println!("{found} instructions a step");
    assert!(
        found <= 1.1 * MEASURED,
        "{found} instructions a step, {MEASURED} when measured last"
    );
}
