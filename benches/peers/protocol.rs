//! What every peer in Rust does alike: its configuration, its data, and the lines it answers.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::time::Instant;

/// The learning rate of all peers.
pub const RATE: f64 = 0.1;

/// One configuration.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in tables.
    pub name: &'static str,
    /// "elman", "lstm" or "gru".
    pub cell: &'static str,
    /// Samples B.
    pub batch: usize,
    /// Steps T.
    pub steps: usize,
    /// Features of an input I.
    pub inputs: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// What the loss is of: "last", "all" or "classes".
    pub over: &'static str,
}

/// The values of the file of data, one behind the other.
#[derive(Clone, Debug)]
pub struct Data {
    /// `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, then weight and bias of a readout if any.
    pub params: Vec<Vec<f32>>,
    /// Inputs, [T, B, I].
    pub x: Vec<f32>,
    /// The classes to predict, [T, B], if there are any.
    pub targets: Vec<f32>,
}

impl Setting {
    /// All configurations.
    pub fn all() -> impl Iterator<Item = Self> {
        let lines = include_str!("settings.txt").lines();
        lines.filter(|line| !line.starts_with('#')).map(|line| {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            let [name, cell, batch, steps, inputs, hidden, over] = words[..] else {
                panic!("settings.txt: {line}");
            };
            let size = |word: &str| word.parse().expect("a size");
            Self {
                name,
                cell,
                batch: size(batch),
                steps: size(steps),
                inputs: size(inputs),
                hidden: size(hidden),
                over,
            }
        })
    }

    /// The configuration of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|setting| setting.name == name)
    }

    /// Rows of `weight_ih` for each hidden unit.
    pub fn gates(&self) -> usize {
        match self.cell {
            "lstm" => 4,
            "gru" => 3,
            _ => 1,
        }
    }

    /// Reads the file without a second copy, which would count as base memory.
    fn read(&self, file: &str) -> Data {
        let mut file = BufReader::new(File::open(file).expect("the file of data"));
        let mut take = |count: usize| -> Vec<f32> {
            let value = |_| {
                let mut bytes = [0; 4];
                file.read_exact(&mut bytes).expect("data enough");
                f32::from_le_bytes(bytes)
            };
            (0..count).map(value).collect()
        };
        let rows = self.gates() * self.hidden;
        let classes = self.over == "classes";
        let mut sizes = vec![rows * self.inputs, rows * self.hidden, rows, rows];
        if classes {
            sizes.extend([self.inputs * self.hidden, self.inputs]);
        }
        Data {
            params: sizes.into_iter().map(&mut take).collect(),
            x: take(self.steps * self.batch * self.inputs),
            targets: take(if classes { self.steps * self.batch } else { 0 }),
        }
    }
}

/// Answers the lines of `compare.py` until they end. `build` returns the function that takes one
/// step of training and returns the loss before it.
///
/// # Panics
/// If the command line, the file of data or a line is not what `compare.py` gives.
pub fn serve<F: FnMut() -> f32>(build: impl FnOnce(Setting, Data) -> F) {
    let mut args = std::env::args().skip(1);
    let (Some(name), Some(file)) = (args.next(), args.next()) else {
        panic!("a configuration and a file of data are needed");
    };
    let setting = Setting::find(&name).expect("a configuration of `settings.txt`");
    let data = setting.read(&file);
    let base = peak_kb();
    let mut step = build(setting, data);
    println!("ready {}", setting.name);
    for line in stdin().lines() {
        let line = line.expect("lines of text");
        match line.split_once(' ') {
            Some(("losses", n)) => {
                let losses: Vec<String> = (0..count(n)).map(|_| step().to_string()).collect();
                println!("{}", losses.join(" "));
            }
            Some(("run", n)) => {
                let start = Instant::now();
                for _ in 0..count(n) {
                    step();
                }
                println!("{}", start.elapsed().as_secs_f64() / count(n) as f64);
            }
            _ => println!("{}", peak_kb() - base),
        }
    }
}

fn count(n: &str) -> usize {
    n.parse().expect("a number of steps")
}

/// The most memory that this process has had, in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().split(' ').next());
    kb.and_then(|kb| kb.parse().ok()).expect("VmHWM in kB")
}
