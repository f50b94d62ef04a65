//! Against PyTorch: values and all gradients of its recurrent modules, on the cases that
//! `tests/data/torch_cases.py` made.

use std::path::Path;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::tensors::TensorFile;
use wengert_rnn::torch::{Architecture, Cotangents, Inputs, Kind, Module};
use wengert_tape::{Tape, Tensor};

/// One case: its name says all options.
struct Case {
    architecture: Architecture,
    batch_first: bool,
    steps: usize,
    batch: usize,
    lengths: Option<Vec<usize>>,
    initial: bool,
    scale: f64,
    at: usize,
}

impl Case {
    fn parse(name: &str) -> Self {
        let words: Vec<_> = name.split(' ').collect();
        let find = |key: &str| {
            let mut values = words.iter().filter_map(|word| word.strip_prefix(key));
            values.find_map(|rest| rest.strip_prefix('='))
        };
        let size = |key: &str| find(key).map(|n| n.parse::<usize>().unwrap());
        let lengths = |list: &str| list.split(',').map(|n| n.parse().unwrap()).collect();
        let flag = |word: &str| words.contains(&word);
        Self {
            architecture: Architecture {
                kind: words[0].parse().unwrap(),
                inputs: size("I").unwrap(),
                hidden: size("H").unwrap(),
                layers: size("layers").unwrap(),
                bidirectional: flag("bidirectional"),
                bias: !flag("no_bias"),
                projection: size("proj"),
            },
            batch_first: flag("batch_first"),
            steps: size("T").unwrap(),
            batch: size("B").unwrap(),
            lengths: find("lengths").map(lengths),
            initial: flag("initial"),
            scale: size("scale").unwrap_or(1) as f64,
            at: size("at").unwrap(),
        }
    }

    /// A term that is in all sums of the gradients, where their own elements may be far smaller:
    /// PyTorch takes the slope of tanh as 1 - y^2 and of sigmoid as y (1 - y). In saturation this
    /// is off by 1e-16 of the cotangents, which are as large as 1: of the GRU's largest gradient,
    /// 0.007, PyTorch is off by 7e-13 (against differences of 60 digits, 2026-11-22).
    fn largest_term(&self) -> f64 {
        if self.scale > 1.0 { 1.0 } else { 0.0 }
    }

    /// Runs it on what `take` gives, and returns the results and gradients by name.
    fn run(&self, mut take: impl FnMut(&[usize], f64) -> Tensor) -> Vec<(String, Tensor)> {
        let Architecture { kind, inputs, .. } = self.architecture;
        let mut module = Module::new(self.architecture, &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
        let weights = take(&[module.params().len()], 1.0);
        module
            .params_mut()
            .values_mut()
            .copy_from_slice(&weights.values);
        if self.batch_first {
            module = module.batch_first();
        }

        let rows = self.architecture.layers * self.architecture.directions();
        let hidden = self.architecture.hidden;
        let features = self.architecture.projection.unwrap_or(hidden);
        let memory = kind == Kind::Lstm;
        let axes = |width: usize| {
            if self.batch_first {
                [self.batch, self.steps, width]
            } else {
                [self.steps, self.batch, width]
            }
        };
        let [h, c] = [features, hidden].map(|width| [rows, self.batch, width]);
        let inputs = Inputs {
            x: take(&axes(inputs), self.scale),
            lengths: self.lengths.clone(),
            h_0: self.initial.then(|| take(&h, 1.0)),
            c_0: (self.initial && memory).then(|| take(&c, 1.0)),
        };
        let cotangents = Cotangents {
            output: Some(take(&axes(features * self.architecture.directions()), 1.0)),
            h_n: Some(take(&h, 1.0)),
            c_n: memory.then(|| take(&c, 1.0)),
        };
        let tape = Tape::new();
        let run = module.run(&tape, &inputs).unwrap();
        run.backward(&cotangents).unwrap();
        let mut found: Vec<_> = [("output", run.output), ("h_n", run.h_n)]
            .into_iter()
            .chain(run.c_n.map(|c_n| ("c_n", c_n)))
            .map(|(name, y)| (name.to_owned(), Tensor::new(y.shape(), y.to_vec())))
            .collect();
        found.extend(run.gradients());
        found
    }
}

#[test]
fn all_cases_agree() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/torch_cases.safetensors"
    );
    let file = TensorFile::read(Path::new(path)).unwrap();
    let random: Vec<f64> = file.values("random", &[4096]).unwrap().collect();
    let (mut cases, mut worst) = (0, (0.0, String::new()));
    for (name, _, shape) in file.tensors().filter(|(name, ..)| *name != "random") {
        let case = Case::parse(name);
        let mut at = case.at;
        let found = case.run(|shape, scale| {
            let places = at..at + shape.iter().product::<usize>();
            at = places.end;
            let values = places.map(|i| scale * random[i % random.len()]);
            Tensor::new(shape, values.collect::<Vec<_>>())
        });
        let expected: Vec<f64> = file.values(name, shape).unwrap().collect();
        let mut rest = &expected[..];
        for (what, tensor) in found {
            let (own, others) = rest.split_at(tensor.values.len());
            rest = others;
            let deviation = deviation(&tensor.values, own, case.largest_term());
            if deviation > worst.0 {
                worst = (deviation, format!("{what} of {name}"));
            }
        }
        assert!(rest.is_empty(), "{name}: {} numbers too many", rest.len());
        cases += 1;
    }
    println!(
        "{cases} cases, the worst deviation {:e} at {}",
        worst.0, worst.1
    );
    assert_eq!(cases, 630);
    assert!(worst.0 <= 1e-13, "{:e} at {}", worst.0, worst.1);
}

/// The largest difference, relative to the largest element or term of a sum.
fn deviation(found: &[f64], expected: &[f64], largest_term: f64) -> f64 {
    let largest = expected.iter().fold(largest_term, |m, x| m.max(x.abs()));
    let differences = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
    let largest_difference = differences.fold(0.0, |m, d| if d > m || d.is_nan() { d } else { m });
    match largest_difference {
        0.0 => 0.0, // also where all elements are 0
        d => d / largest,
    }
}
