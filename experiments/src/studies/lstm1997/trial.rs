//! One network from one seed: trained until it succeeds or its budget is spent.

use anyhow::Result;
use wengert_rnn::cells::MemoryBlocks;
use wengert_rnn::{Activation, Cell, Elman};

use super::Config;
use super::examples::Example;
use super::network::{Form, Network};
use super::rows::{Row, Setting, Success};
use crate::random::{Purpose, stream};
use crate::trials::{Outcome, Watch};

/// A network that is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Memory blocks, as published.
    Lstm,
    /// Elman's network of as many hidden units as the blocks have gates and cells.
    Elman,
}

impl Kind {
    /// What it is called in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lstm => "memory blocks",
            Self::Elman => "elman",
        }
    }
}

/// Which network is tried, on what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    pub row: Row,
    pub kind: Kind,
    pub seed: u64,
}

/// The memory of the cells in the state of memory blocks.
const MEMORY: usize = 1;

impl Trial {
    /// Sequences after which the trial is given up.
    fn budget(self, config: &Config) -> u64 {
        let factor = match self.kind {
            Kind::Lstm => config.budget,
            Kind::Elman => config.elman,
        };
        (factor * self.row.setting().published as f64) as u64
    }

    /// The sequences to success, infinitely many if the budget did not suffice, and the number of
    /// weights.
    pub fn run(self, config: &Config, watch: Watch) -> Result<Outcome> {
        let setting = self.row.setting();
        let inputs = setting.task.inputs();
        let form = Form {
            hidden: setting.units(),
            outputs: setting.task.outputs(),
            direct: setting.direct,
            biased: setting.biased,
            scale: setting.scale,
            online: setting.online,
            carrier: None,
        };
        match self.kind {
            Kind::Lstm => {
                let [blocks, size] = setting.blocks;
                let mut cell = MemoryBlocks::new(inputs, blocks, size)
                    .with_recurrent_gates()
                    .with_scale(setting.scale);
                if !setting.biased {
                    cell = cell.without_cell_biases();
                }
                if let Some(biases) = setting.input_biases {
                    cell = cell.with_input_biases(biases);
                }
                if let Some(biases) = setting.output_biases {
                    cell = cell.with_output_biases(biases);
                }
                let form = Form {
                    hidden: cell.cells(),
                    carrier: config.truncated.then_some(MEMORY),
                    ..form
                };
                self.train(config, &setting, cell, form, watch)
            }
            Kind::Elman => {
                let cell = Elman::new(inputs, setting.units(), Activation::Tanh);
                self.train(config, &setting, cell, form, watch)
            }
        }
    }

    fn train<C: Cell<f32>>(
        self,
        config: &Config,
        setting: &Setting,
        cell: C,
        form: Form,
        watch: Watch,
    ) -> Result<Outcome> {
        let task = setting.task;
        let draw = |count: usize, purpose: Purpose| -> Vec<Example> {
            let mut rng = stream(self.seed, purpose);
            (0..count).map(|_| task.draw(&mut rng)).collect()
        };
        let (every, tests) = match setting.success {
            Success::Tested { every, tests } => (every, tests),
            Success::Recent(_) => (0, 0),
        };
        let repeated = draw(if task.repeats() { tests } else { 0 }, Purpose::Examples);
        let tests = draw(tests, Purpose::Test);
        let mut examples = stream(self.seed, Purpose::Examples);
        let mut weights = stream(self.seed, Purpose::Weights);
        let mut network = Network::new(cell, form, config.rate * setting.rate, &mut weights);
        let weights = network.len() as f64;
        // Right ones in a row.
        let mut recent = 0;
        for taken in 1..=self.budget(config) {
            watch.check()?;
            let right = match repeated.len() {
                0 => network.learn(&task.draw(&mut examples)),
                count => network.learn(&repeated[(taken - 1) as usize % count]),
            };
            recent = if right { recent + 1 } else { 0 };
            let succeeded = match setting.success {
                Success::Recent(wanted) => recent >= wanted,
                Success::Tested { .. } if !taken.is_multiple_of(every) => false,
                Success::Tested { .. } => {
                    let mut all = tests.iter().chain(&repeated);
                    all.all(|example| network.is_right(example))
                }
            };
            if succeeded {
                return Ok(vec![taken as f64, weights]);
            }
        }
        Ok(vec![f64::INFINITY, weights])
    }
}
