//! This project as one of the peers of `compare.py`: see there for what goes in and out.

use std::io::{BufRead, stdin};
use std::time::Instant;

use wengert_benches::peak;
use wengert_benches::step::{Data, Setting};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["peak"] => println!("{}", peak::flops(rayon::current_num_threads()) / 1e9),
        ["flops", name] => println!("{}", setting(name).flops()),
        [name, file] => run(
            &setting(name),
            &std::fs::read(file).expect("the file of data"),
        ),
        _ => panic!("wengert-peer: `peak`, `flops CONFIG`, or `CONFIG FILE` is needed"),
    }
}

fn setting(name: &str) -> Setting {
    Setting::find(name).expect("a configuration of `SETTINGS`")
}

fn run(setting: &Setting, data: &[u8]) {
    let data = read(setting, data);
    let base = peak_kb();
    let mut training = setting.training(&data, setting.batch.min(2));
    println!("ready {}", setting.name);
    for line in stdin().lock().lines() {
        let line = line.expect("lines of text");
        match line.split_once(' ') {
            Some(("losses", n)) => {
                let losses: Vec<String> = (0..number(n))
                    .map(|_| training.step().to_string())
                    .collect();
                println!("{}", losses.join(" "));
            }
            Some(("run", n)) => {
                let start = Instant::now();
                for _ in 0..number(n) {
                    training.step();
                }
                println!("{}", start.elapsed().as_secs_f64() / number(n) as f64);
            }
            _ => println!("{}", peak_kb() - base),
        }
    }
}

fn number(n: &str) -> usize {
    n.parse().expect("a number of steps")
}

/// Parameters, inputs and targets, all f32 and little-endian.
fn read(setting: &Setting, bytes: &[u8]) -> Data {
    let mut values = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let rows = setting.steps * setting.batch;
    let params = values.by_ref().take(setting.parameters()).collect();
    let x = values.by_ref().take(rows * setting.inputs).collect();
    let targets = values.map(|class| class as usize).collect();
    Data { params, x, targets }
}

/// The most memory that this process has had, in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().split(' ').next());
    kb.and_then(|kb| kb.parse().ok()).expect("VmHWM in kB")
}
