//! Can an encoder-decoder with attention learn to translate from five thousand short verses?
//!
//! An encoder reads the English pieces of words in both directions, a decoder writes Spanish ones
//! and attends to what was read. Verses that share a side are on one side of the split. Beside it:
//! the most frequent verse for all, and each word by a table (IBM model 1) learnt from the same
//! verses. Scores are those of whole test verses, written without seeing them.

mod corpus;
mod lexical;
mod model;
mod scores;
mod search;

use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Adam, Cell, Gru};
fn todo_lstm() -> Result<Verdict> { panic!() }

use self::corpus::{Corpus, Languages, Pair, text};
use self::lexical::Lexical;
use self::model::{Sizes, Translator};
use self::scores::{Scores, Translations, most_frequent, scores};
use crate::baselines::lexicon::Lexicon;
use crate::config::{Usage, positive, within};
use crate::data::verses;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::training::{Best, Fixed, Trained, Training};
use crate::verdict::{Accept, Check, Verdict};

/// Iterations in which tables of words and of pieces are learnt.
const ITERATIONS: usize = 8;

/// The study.
pub struct Translation;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell of encoder and decoder: gru or lstm.
    pub cell: CellKind,
    /// Units of the decoder, and of both directions of the encoder together.
    pub hidden: usize,
    /// Features of a piece of a word.
    pub embedding: usize,
    /// Pairs of pieces that become one, in each language.
    pub merges: usize,
    /// Times that training sees each verse.
    pub epochs: usize,
    /// Verses of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam, falling along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Rate of dropout.
    pub dropout: f64,
    /// Probability that a piece is hidden from the network in training.
    pub hide: f64,
    /// Probability that a merge of pieces is left out in training.
    pub piece_dropout: f64,
    /// Share of the target that is spread over all pieces.
    pub smoothing: f64,
    /// Whether the decoder is told what a table of pieces proposes where it looks.
    pub lexicon: bool,
    /// Translations that the search follows at once.
    pub beam: usize,
    /// Exponent of the length penalty of the search.
    pub length_penalty: f64,
    /// Seed of split, weights, order and noise.
    pub seed: u64,
    /// Verses used, evenly spread over the file; none uses all.
    pub verses: Option<usize>,
    /// A file of verses in place of those that come with the program.
    pub data: Option<String>,
}

/// A recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// Gated recurrent unit.
    Gru,
    /// Long short-term memory.
    Lstm,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: CellKind::Gru,
            hidden: 192,
            embedding: 96,
            merges: 1500,
            epochs: 20,
            batch: 64,
            rate: 0.003,
            clip: 1.0,
            dropout: 0.3,
            hide: 0.1,
            piece_dropout: 0.0,
            smoothing: 0.1,
            lexicon: true,
            beam: 4,
            length_penalty: 0.8,
            seed: 0,
            verses: None,
            data: None,
        }
    }
}

impl Study for Translation {
    const NAME: &'static str = "translation";
    const QUESTION: &'static str =
        "Can an encoder-decoder with attention learn to translate from five thousand short verses?";
    const SECONDS: u32 = 110;
    const SMOKE: &'static [&'static str] = &["verses=200", "epochs=1", "hidden=16", "merges=100"];
    const FULL: &'static [&'static str] = &["hidden=256", "embedding=128", "epochs=60"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 2..=4096)?;
        within("embedding", config.embedding, 1..=4096)?;
        within("merges", config.merges, 0..=50_000)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("hide", config.hide, 0.0..=0.9)?;
        within("piece_dropout", config.piece_dropout, 0.0..=0.9)?;
        within("smoothing", config.smoothing, 0.0..=0.9)?;
        within("beam", config.beam, 1..=100)?;
        within("length_penalty", config.length_penalty, 0.0..=10.0)?;
        within("verses", config.verses.unwrap_or(20), 20..=usize::MAX)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        match config.cell {
            CellKind::Gru => answer(config, run, Gru::new),
            CellKind::Lstm => todo_lstm(),
        }
    }
}

fn answer<C: Cell<f32> + Cell<f64> + Clone + Sync>(
    config: &Config,
    run: &mut Run,
    cell: fn(usize, usize) -> C,
) -> Result<Verdict> {
    let verses = verses::load(config.data.as_deref().map(Path::new))?;
    let corpus = Corpus::new(&verses, config.verses, config.seed);
    ensure!(
        ![&corpus.train, &corpus.validation, &corpus.test]
            .iter()
            .any(|part| part.is_empty()),
        "{} verses are too few to hold some of them out",
        verses.len()
    );
    let words = |pair: &Pair| (pair.english.clone(), pair.spanish.clone());
    let train: Vec<_> = corpus.train.iter().map(words).collect();
    let lexicon = Lexicon::learn(&train, ITERATIONS);
    let by_word = |pairs: &[Pair]| -> Vec<_> {
        pairs
            .iter()
            .map(|pair| lexicon.word_by_word(&pair.english))
            .collect()
    };
    eprintln!("word {:?}", scores(&by_word(&corpus.validation), &corpus.validation));
    let constant = most_frequent(&corpus.train);
    eprintln!("{}: {:?}", text(&constant), scores(&vec![constant.clone(); corpus.validation.len()], &corpus.validation));

    let languages = Languages::learn(&corpus.train, config.merges, config.piece_dropout);
    let sizes = Sizes {
        embedding: config.embedding,
        hidden: config.hidden,
        dropout: config.dropout,
        hide: config.hide,
        smoothing: config.smoothing,
    };
    let lexical = config.lexicon.then(|| {
        let encoded: Vec<_> = corpus.train.iter().map(|pair| languages.encoded(pair)).collect();
        Lexical::learn(&encoded, languages.english.len(), languages.tokens(), ITERATIONS)
    });
    let network = Translator::new(languages, lexical, sizes, cell);
    let trained = learn(&network, &corpus, config, run)?;
    let mut progress = run.progress("translating", corpus.validation.len().div_ceil(64) as u64);
    let found = search::search(
        &network,
        &trained.params,
        &corpus.validation,
        (config.beam, config.length_penalty),
        &mut progress,
    )?;
    eprintln!("beam {:?}", scores(&found, &corpus.validation));
    for i in (0..found.len()).step_by(30) {
        let pair = &corpus.validation[i];
        eprintln!("{}\n  {}\n  {}\n  {}\n  {}", pair.reference, text(&pair.english), text(&pair.spanish), text(&found[i]), text(&by_word(&corpus.validation)[i]));
    }
    let all = Translations::new("network", 0, found, &corpus.validation);
    Ok(Verdict::new(vec![Check::new("chrf", "", Accept::AtLeast(0.0), all.scores.chrf)]))
}

/// Trains the network, and keeps the parameters of the best validation score.
fn learn<C: Cell<f32> + Cell<f64> + Clone + Sync>(
    network: &Translator<C>,
    corpus: &Corpus,
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>> {
    let mut supply = Fixed::new(&corpus.train, config.batch, config.seed)
        .by_length(|pair: &Pair| pair.spanish.len(), 10);
    let batches = supply.per_epoch();
    let steps = config.epochs as u64 * batches;
    let params = network.init(&mut stream(config.seed, Purpose::Weights));
    let adam = Adam::new(config.rate, params.len());
    let decay = 1.0 - 1.0 / (0.05 * steps as f64).max(1.0);
    let mut trainer = Trainer::new(network.clone(), params.clone(), adam, config.seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(steps, 0.02))
        .with_average(Average::corrected(decay, params.len()))
        .with_shard(32);
    let training = Training::new("network", steps, 2 * batches).keep("chrf", Best::Highest);
    let trained = training.run(run, &mut trainer, &mut supply, |network, params| {
        let found = search::greedy(network, params, &corpus.validation);
        let Scores { chrf, bleu } = scores(&found, &corpus.validation);
        eprintln!("chrf {chrf} bleu {bleu}");
        Ok(vec![("chrf", chrf), ("bleu", bleu)])
    })?;
    run.sketch(
        "validation chrF by step",
        &trained.history.steps(),
        trained.history.of("chrf"),
    );
    Ok(trained)
}
