//! The rows of the paper that are reproduced: task, network, learning rate, and what it reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::examples::Task;
use crate::tasks::adding::{self, Adding};
use crate::tasks::long_lag::LongLag;
use crate::tasks::temporal_order::{self, TemporalOrder};
use crate::tasks::two_sequence::TwoSequence;

/// A row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// Table 1: the embedded Reber grammar.
    Reber,
    /// Table 2: task 2a of a lag of 100.
    Lag100,
    /// Table 3: task 2c, p = q = 50.
    Distractors50,
    /// Table 3: task 2c, p = q = 100.
    Distractors100,
    /// Table 3: task 2c, p = q = 200.
    Distractors200,
    /// Table 3: task 2c, p = q = 500.
    Distractors500,
    /// Table 3: task 2c, p = q = 1000.
    Distractors1000,
    /// Table 4: the two-sequence problem 3a, T = 100, N = 3.
    TwoSequence,
    /// Table 7: adding, T = 100.
    Adding,
    /// Table 9: temporal order with two relevant symbols, 6a.
    OrderTwo,
    /// Table 9: temporal order with three relevant symbols, 6b.
    OrderThree,
}

/// When a network counts as successful.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Success {
    /// After this many sequences, and every so many, all of so many test sequences are right (and, if
    /// training sequences are of a fixed set, all of them).
    Tested { every: u64, tests: usize },
    /// The most recent sequences, so many, were right when they came.
    Recent(u64),
}

/// What a row is made of.
pub(super) struct Setting {
    pub task: Task,
    /// Blocks of cells, and cells of each.
    pub blocks: [usize; 2],
    /// Whether inputs have connections to the outputs of their own.
    pub direct: bool,
    /// Initial biases of the gates, one for each block; none: drawn like the weights.
    pub input_biases: Option<&'static [f64]>,
    pub output_biases: Option<&'static [f64]>,
    /// Initial weights are uniform between plus and minus this.
    pub scale: f64,
    /// Whether cells and outputs have biases, as gates have.
    pub biased: bool,
    pub rate: f64,
    /// Whether weights change after every symbol, or once after a sequence.
    pub online: bool,
    pub success: Success,
    /// Sequences to success.
    pub published: u64,
    /// The table of the paper.
    pub table: u32,
}

impl Row {
    /// How many there are.
    pub(super) const COUNT: usize = 11;

    /// What it is called in tables and figures.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reber => "embedded Reber",
            Self::Lag100 => "2a p=100",
            Self::Distractors50 => "2c p=q=50",
            Self::Distractors100 => "2c p=q=100",
            Self::Distractors200 => "2c p=q=200",
            Self::Distractors500 => "2c p=q=500",
            Self::Distractors1000 => "2c p=q=1000",
            Self::TwoSequence => "two-sequence 3a",
            Self::Adding => "adding T=100",
            Self::OrderTwo => "order 6a",
            Self::OrderThree => "order 6b",
        }
    }

    pub(super) fn setting(self) -> Setting {
        match self {
            Self::Reber => Setting {
                task: Task::Reber,
                blocks: [3, 2],
                output_biases: Some(&[-1.0, -2.0, -3.0]),
                scale: 0.2,
                online: true,
                success: Success::Tested {
                    every: 16,
                    tests: 256,
                },
                ..Setting::base(Task::Reber, 1, 8_440)
            },
            Self::Lag100 => Setting {
                blocks: [1, 1],
                biased: false,
                rate: 1.0,
                direct: true,
                scale: 0.2,
                success: Success::Tested {
                    every: 20,
                    tests: 20,
                },
                ..Setting::base(Task::LongLag(LongLag::Regular(100)), 2, 5_040)
            },
            Self::Distractors50 => Setting::distracted(50, 30_000),
            Self::Distractors100 => Setting::distracted(100, 31_000),
            Self::Distractors200 => Setting::distracted(200, 33_000),
            Self::Distractors500 => Setting::distracted(500, 38_000),
            Self::Distractors1000 => Setting::distracted(1000, 49_000),
            Self::TwoSequence => Setting {
                blocks: [3, 1],
                biased: false,
                rate: 1.0,
                input_biases: Some(&[-1.0, -3.0, -5.0]),
                output_biases: Some(&[-2.0, -4.0, -6.0]),
                success: Success::Tested {
                    every: 100,
                    tests: 256,
                },
                ..Setting::base(Task::TwoSequence(TwoSequence::new(100, 3)), 4, 27_380)
            },
            Self::Adding => Setting {
                input_biases: Some(&[-3.0, -6.0]),
                ..Setting::base(
                    Task::Adding(Adding::new(adding::Variant::Signed, 100)),
                    7,
                    74_000,
                )
            },
            Self::OrderTwo => Setting {
                input_biases: Some(&[-2.0, -4.0]),
                ..Setting::base(order(temporal_order::Variant::Two), 9, 31_390)
            },
            Self::OrderThree => Setting {
                blocks: [3, 2],
                rate: 0.1,
                input_biases: Some(&[-2.0, -4.0, -6.0]),
                ..Setting::base(order(temporal_order::Variant::Three), 9, 571_100)
            },
        }
    }
}

fn order(variant: temporal_order::Variant) -> Task {
    Task::Order(TemporalOrder::new(variant, 100))
}

impl Setting {
    /// What most rows have.
    fn base(task: Task, table: u32, published: u64) -> Self {
        Self {
            task,
            blocks: [2, 2],
            direct: false,
            input_biases: None,
            output_biases: None,
            scale: 0.1,
            online: false,
            biased: true,
            rate: 0.5,
            success: Success::Recent(2000),
            published,
            table,
        }
    }

    fn distracted(q: usize, published: u64) -> Self {
        let task = LongLag::Distracted {
            different: q,
            least: q,
        };
        Self {
            blocks: [2, 1],
            scale: 0.2,
            ..Self::base(Task::LongLag(task), 3, published)
        }
    }

    /// Whether the time lag is long: not that of a string of a grammar.
    pub fn is_long(&self) -> bool {
        !matches!(self.task, Task::Reber)
    }

    /// Gates and cells: units of the hidden layer.
    pub fn units(&self) -> usize {
        let [blocks, size] = self.blocks;
        blocks * (2 + size)
    }
}
