//! Who wrote the disputed Federalist papers, Hamilton or Madison?
//!
//! A recurrent network reads chunks of a paper of which only function words, punctuation and the
//! endings of other words are left, so that it cannot go by the topic; its verdict on a paper is the
//! sum of its log odds over the chunks, calibrated. Known papers are dealt to folds, and each is
//! judged by a network that has not seen it; the disputed ones by all networks. Beside it: a Markov
//! chain over all characters for each author with Bayes' rule, and the author of most papers.

mod bayes;
pub mod calibration;
mod model;
mod papers;
mod plot;
mod tables;
pub mod tokens;

use std::path::Path;

use anyhow::Result;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::metrics::accuracy;
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Adam, Params};

use self::calibration::scale;
use self::model::{Chunk, Reader};
use self::papers::{Origin, Papers, Sample, chunks};
use crate::baselines::majority::majority;
use crate::config::{Usage, positive, within};
use crate::data::federalist;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::training::{Drawn, History, Training};
use crate::verdict::{Accept, Check, Verdict};

/// Measurements in a training.
const MEASUREMENTS: u64 = 10;

/// The study.
pub struct Authorship;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell of the network: elman, gru or lstm.
    pub cell: Kind,
    /// Units in each direction.
    pub hidden: usize,
    /// Tokens of a chunk, about.
    pub chunk: usize,
    /// Parts of the known papers, each judged by a network that has seen the others.
    pub folds: usize,
    /// Steps of the training of each network.
    pub steps: u64,
    /// Chunks of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam, falling along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Rate of dropout.
    pub dropout: f64,
    /// Rate at which tokens are made unknown in training.
    pub hide: f64,
    /// Characters that the next one depends on in the Markov chains.
    pub order: usize,
    /// Seed of folds, weights, chunks and noise.
    pub seed: u64,
    /// A file of papers in place of those that come with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 24,
            chunk: 200,
            folds: 7,
            steps: 500,
            batch: 64,
            rate: 0.005,
            clip: 1.0,
            dropout: 0.3,
            hide: 0.1,
            order: 4,
            seed: 0,
            data: None,
        }
    }
}

/// What a method says of the papers.
struct Judged {
    name: &'static str,
    /// Calibrated log odds of author 1, of each paper.
    log_odds: Vec<f64>,
}

/// Shares of held-out known papers that are given to their authors.
struct Rights {
    all: f64,
    each: [f64; 2],
}

impl Study for Authorship {
    const NAME: &'static str = "authorship";
    const QUESTION: &'static str =
        "Who wrote the disputed Federalist papers, Hamilton or Madison, by function words alone?";
    const SECONDS: u32 = 65;
    const SMOKE: &'static [&'static str] = &[
        "hidden=4", "folds=2", "steps=2", "batch=8", "chunk=60", "order=1",
    ];
    const FULL: &'static [&'static str] = &["folds=14", "hidden=32"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("chunk", config.chunk, 10..=100_000)?;
        within("folds", config.folds, 2..=1000)?;
        within("steps", config.steps, 1..=1_000_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("hide", config.hide, 0.0..=0.9)?;
        within("order", config.order, 0..=12)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let papers = federalist::load(config.data.as_deref().map(Path::new))?;
        let papers = Papers::new(&papers, config.folds, config.seed)?;
        let network = Reader::new(config.cell, config.hidden, config.dropout, config.hide);
        let mut learnt = Vec::new();
        let mut histories: Vec<History> = Vec::new();
        for fold in 0..config.folds {
            let (params, history) = learn(&network, &papers, fold, config, run)?;
            learnt.push(params);
            histories.push(history);
        }
        let by_fold = |params: &Params<f32>| -> Vec<f64> {
            let judge = |sample: &Sample| -> f64 {
                let chunks = chunks(&sample.tokens, config.chunk);
                network.log_odds(params, &chunks).iter().sum()
            };
            papers.samples.iter().map(judge).collect()
        };
        let by_network: Vec<Vec<f64>> = learnt.iter().map(by_fold).collect();
        let by_chains = bayes::log_odds(&papers, config.folds, config.order);
        let judges = [
            Judged::new("recurrent network", &papers, &by_network),
            Judged::new("character Markov chains", &papers, &by_chains),
        ];
        let (_, labels): (Vec<_>, Vec<usize>) = papers.known(|_| true).into_iter().unzip();
        let most = vec![majority(&labels); labels.len()];
        let baseline = accuracy(&most, &labels);

        run.figure("papers", &plot::papers(&papers, &judges.each_ref()))?;
        let contrasts = contrasts(&network, &learnt, &papers, config.chunk);
        run.figure("words", &plot::words(&contrasts, &papers.authors))?;
        run.figure("training", &plot::training(&histories))?;
        run.sketch(
            "held-out chunks given to their author, by step",
            &histories[0].steps(),
            &plot::mean(&histories, "held_out_chunks"),
        );
        run.table("methods", &tables::methods(&papers, &judges, baseline))?;
        run.table("disputed", &tables::disputed(&papers, &judges))?;
        run.sample("papers", &tables::every_paper(&papers, &judges))?;
        Ok(verdict(&papers, &judges[0], baseline))
    }
}

impl Judged {
    /// From the sums of log odds of each paper in each fold: known papers by the fold that they are
    /// held out in, others by the mean of all.
    fn new(name: &'static str, papers: &Papers, by_fold: &[Vec<f64>]) -> Self {
        let sums: Vec<f64> = papers
            .samples
            .iter()
            .enumerate()
            .map(|(i, sample)| match sample.origin {
                Origin::Known { fold, .. } => by_fold[fold][i],
                _ => by_fold.iter().map(|sums| sums[i]).sum::<f64>() / by_fold.len() as f64,
            })
            .collect();
        let known = papers.samples.iter().zip(&sums);
        let (held_out, authors): (Vec<f64>, Vec<usize>) = known
            .filter_map(|(sample, sum)| match sample.origin {
                Origin::Known { author, .. } => Some((*sum, author)),
                _ => None,
            })
            .unzip();
        let scale = scale(&held_out, &authors);
        Self {
            name,
            log_odds: sums.iter().map(|sum| scale * sum).collect(),
        }
    }

    fn rights(&self, papers: &Papers) -> Rights {
        let share = |of: &dyn Fn(usize) -> bool| {
            let known = papers.samples.iter().zip(&self.log_odds);
            let (found, labels): (Vec<usize>, Vec<usize>) = known
                .filter_map(|(sample, odds)| match sample.origin {
                    Origin::Known { author, .. } if of(author) => {
                        Some((usize::from(*odds > 0.0), author))
                    }
                    _ => None,
                })
                .unzip();
            accuracy(&found, &labels)
        };
        Rights {
            all: share(&|_| true),
            each: [share(&|author| author == 0), share(&|author| author == 1)],
        }
    }
}

/// Trains the network of a fold, on chunks from anywhere in the known papers outside it; both
/// authors as often.
fn learn(
    network: &Reader,
    papers: &Papers,
    fold: usize,
    config: &Config,
    run: &mut Run,
) -> Result<(Params<f32>, History)> {
    let seed = config.seed.wrapping_mul(1000).wrapping_add(fold as u64);
    let seen = papers.known(|own| own != fold);
    let by = |author| -> Vec<&Sample> {
        let own = seen.iter().filter(|(_, by)| *by == author);
        own.map(|(sample, _)| *sample).collect()
    };
    let own = [by(0), by(1)];
    let draw = |rng: &mut ChaCha8Rng| {
        let author = rng.random_range(0..2);
        let tokens = &own[author][rng.random_range(0..own[author].len())].tokens;
        let length = config.chunk.min(tokens.len());
        let start = rng.random_range(0..=tokens.len() - length);
        Chunk {
            tokens: tokens[start..start + length].to_vec(),
            author,
        }
    };
    let held_out = papers.known(|own| own == fold);
    let held_out: Vec<(Vec<&[usize]>, usize)> = held_out
        .iter()
        .map(|(sample, author)| (chunks(&sample.tokens, config.chunk), *author))
        .collect();
    let mut supply = Drawn::new(config.batch, seed, draw);
    let params = network.init(&mut stream(seed, Purpose::Weights));
    let adam = Adam::new(config.rate, params.len());
    let decay = 1.0 - 1.0 / (0.1 * config.steps as f64).max(1.0);
    let mut trainer = Trainer::new(network.clone(), params.clone(), adam, seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(config.steps, 0.05))
        .with_average(Average::corrected(decay, params.len()))
        .with_shard(32);
    let name = format!("fold {}", fold + 1);
    let every = config.steps.div_ceil(MEASUREMENTS);
    let trained = Training::new(&name, config.steps, every).run(
        run,
        &mut trainer,
        &mut supply,
        |network, params| {
            let (mut right, mut count) = ([0.0; 2], [0.0; 2]);
            for (chunks, author) in &held_out {
                for odds in network.log_odds(params, chunks) {
                    right[*author] += f64::from(u8::from(usize::from(odds > 0.0) == *author));
                    count[*author] += 1.0;
                }
            }
            let balanced = 0.5 * (right[0] / count[0] + right[1] / count[1]);
            Ok(vec![("held_out_chunks", balanced)])
        },
    )?;
    Ok((trained.params, trained.history))
}

/// What each kind of token adds to the log odds in a thousand tokens of author 1's held-out papers,
/// less what it adds in author 0's.
fn contrasts(network: &Reader, learnt: &[Params<f32>], papers: &Papers, chunk: usize) -> Vec<f64> {
    let mut sums = [vec![0.0; tokens::TOKENS], vec![0.0; tokens::TOKENS]];
    let mut counts = [0; 2];
    for (fold, params) in learnt.iter().enumerate() {
        for (sample, author) in papers.known(|own| own == fold) {
            let chunks = chunks(&sample.tokens, chunk);
            let own = network.contributions(params, &chunks);
            sums[author]
                .iter_mut()
                .zip(own)
                .for_each(|(sum, own)| *sum += own);
            counts[author] += sample.tokens.len();
        }
    }
    let each = |author: usize, token: usize| 1000.0 * sums[author][token] / counts[author] as f64;
    (0..tokens::TOKENS)
        .map(|token| each(1, token) - each(0, token))
        .collect()
}

/// How many disputed papers are given to whom they are held to be by, and how many there are.
fn agreement(papers: &Papers, judged: &Judged) -> (usize, usize) {
    let disputed = papers.samples.iter().zip(&judged.log_odds);
    let agrees: Vec<bool> = disputed
        .filter_map(|(sample, odds)| match sample.origin {
            Origin::Disputed { author } => Some(usize::from(*odds > 0.0) == author),
            _ => None,
        })
        .collect();
    (
        agrees.iter().filter(|agrees| **agrees).count(),
        agrees.len(),
    )
}

fn verdict(papers: &Papers, network: &Judged, baseline: f64) -> Verdict {
    let right = network.rights(papers).all;
    let (agreed, count) = agreement(papers, network);
    Verdict::new(vec![
        Check::new(
            "held-out known papers right",
            "the aim of this study; each by a network that has not seen it",
            Accept::AtLeast(0.9),
            right,
        ),
        Check::new(
            "the same above the author of most papers",
            "the same papers",
            Accept::AtLeast(0.0),
            right - baseline,
        ),
        Check::new(
            "disputed papers given to whom they are held to be by",
            "all of them (Mosteller & Wallace 1964)",
            Accept::Exactly(count as f64),
            agreed as f64,
        ),
    ])
}
