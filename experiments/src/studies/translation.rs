//! Can an encoder-decoder with attention learn to translate from five thousand short verses?
//!
//! An encoder reads the English pieces of words in both directions, a decoder writes Spanish ones
//! and attends to what was read. Verses that share a side are on one side of the split. Beside it:
//! the most frequent verse for all, and each word by a table (IBM model 1) learnt from the same
//! verses. Scores are those of whole test verses, written without seeing them.

mod corpus;
mod lexical;
mod model;
mod plot;
mod scores;
mod search;

use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Activation, Adam, Cell, Elman, Gru, Lstm, Params};

use self::corpus::{Corpus, Languages, Pair, text};
use self::lexical::Lexical;
use self::model::{Sizes, Translator};
use self::scores::{Scores, Translations, most_frequent, scores};
use crate::baselines::lexicon::Lexicon;
use crate::config::{Usage, positive, within};
use crate::data::verses;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::training::{Best, Fixed, Trained, Training};
use crate::verdict::{Accept, Check, Verdict};

/// Iterations in which tables of words and of pieces are learnt.
const ITERATIONS: usize = 8;

/// Maps of attention shown.
const MAPS: usize = 4;
/// Words of a verse whose map is shown, at most.
const SHORT: usize = 10;
/// Verses shown in all translations.
const SAMPLES: usize = 24;

/// The study.
pub struct Translation;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell of encoder and decoder: elman, gru or lstm.
    pub cell: Kind,
    /// Units of the decoder, and of both directions of the encoder together.
    pub hidden: usize,
    /// Features of a piece of a word.
    pub embedding: usize,
    /// Pairs of pieces that become one, in both languages together.
    pub merges: usize,
    /// Times that a piece must come for the network to have features of it.
    pub least: usize,
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
    /// Share of the target that is spread over all pieces.
    pub smoothing: f64,
    /// Whether the decoder is told what a table of pieces proposes where it looks.
    pub lexicon: bool,
    /// Translations that the search follows at once.
    pub beam: usize,
    /// Exponents of the length penalty of the search; the best on validation verses is used.
    pub length_penalties: Vec<f64>,
    /// Seed of split, weights, order and noise.
    pub seed: u64,
    /// Verses used, evenly spread over the file; none uses all.
    pub verses: Option<usize>,
    /// A file of verses in place of those that come with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 192,
            embedding: 96,
            merges: 4000,
            least: 2,
            epochs: 14,
            batch: 64,
            rate: 0.003,
            clip: 1.0,
            dropout: 0.2,
            hide: 0.1,
            smoothing: 0.0,
            lexicon: true,
            beam: 4,
            length_penalties: vec![1.0, 1.5, 2.0],
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
    const SECONDS: u32 = 80;
    const SMOKE: &'static [&'static str] = &[
        "verses=200",
        "epochs=1",
        "hidden=16",
        "merges=100",
        "length_penalties=1",
    ];
    const FULL: &'static [&'static str] = &["hidden=256", "embedding=128", "epochs=50"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 2..=4096)?;
        within("embedding", config.embedding, 1..=4096)?;
        within("merges", config.merges, 0..=50_000)?;
        within("least", config.least, 1..=1000)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("hide", config.hide, 0.0..=0.9)?;
        within("smoothing", config.smoothing, 0.0..=0.9)?;
        within("beam", config.beam, 1..=100)?;
        within("length_penalties", config.length_penalties.len(), 1..=20)?;
        for &penalty in &config.length_penalties {
            within("length_penalties", penalty, 0.0..=10.0)?;
        }
        within("verses", config.verses.unwrap_or(20), 20..=usize::MAX)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        match config.cell {
            Kind::Elman => answer(config, run, |inputs, hidden| {
                Elman::new(inputs, hidden, Activation::Tanh)
            }),
            Kind::Gru => answer(config, run, Gru::new),
            Kind::Lstm => answer(config, run, |inputs, hidden| {
                Lstm::new(inputs, hidden).with_forget_bias(1.0)
            }),
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
    let parts = [&corpus.train, &corpus.validation, &corpus.test];
    ensure!(
        parts.iter().all(|part| !part.is_empty()),
        "{} verses are too few to hold some of them out",
        verses.len()
    );
    let table = Table::learn(&corpus.train);
    let network = network(&corpus, config, cell);
    let trained = learn(&network, &corpus, config, run)?;
    let penalty = best_penalty(&network, &trained.params, &corpus.validation, config, run)?;
    let beam = (config.beam, penalty);
    let found = search::search(&network, &trained.params, &corpus.test, beam, run)?;
    let [by_word, constant] = table.translations(&corpus.test);
    let all = [
        Translations::new("network", trained.params.len(), found, &corpus.test),
        by_word,
        constant,
    ];

    let validation = table.translations(&corpus.validation);
    let baselines = validation.map(|other| (other.name, other.scores));
    let batches = corpus.train.len().div_ceil(config.batch) as u64;
    run.figure(
        "training",
        &plot::training(&trained.history, batches, &baselines),
    )?;
    let maps = spread(&corpus.test, MAPS, |pair| pair.english.len() <= SHORT);
    let maps: Vec<_> = maps
        .into_iter()
        .map(|i| {
            let (pair, written) = (&corpus.test[i], &all[0].words[i]);
            let map = search::attention(&network, &trained.params, pair, written);
            (pair.reference.clone(), map)
        })
        .collect();
    run.figure("attention", &plot::attention(&maps))?;
    run.table("methods", &methods(&all))?;
    run.sample("translations", &samples(&corpus.test, &all))?;
    Ok(verdict(&all))
}

/// What needs no network: a table of words, and one verse for all.
struct Table {
    lexicon: Lexicon<String>,
    constant: Vec<String>,
}

impl Table {
    fn learn(pairs: &[Pair]) -> Self {
        let words = |pair: &Pair| (pair.english.clone(), pair.spanish.clone());
        let words: Vec<_> = pairs.iter().map(words).collect();
        Self {
            lexicon: Lexicon::learn(&words, ITERATIONS),
            constant: most_frequent(pairs),
        }
    }

    fn translations(&self, pairs: &[Pair]) -> [Translations; 2] {
        let word_by_word = |pair: &Pair| self.lexicon.word_by_word(&pair.english);
        let words = pairs.iter().map(word_by_word).collect();
        let constant = vec![self.constant.clone(); pairs.len()];
        [
            Translations::new("word by word", 0, words, pairs),
            Translations::new("most frequent verse", 0, constant, pairs),
        ]
    }
}

/// The network, not yet trained.
fn network<C: Cell<f32> + Cell<f64>>(
    corpus: &Corpus,
    config: &Config,
    cell: fn(usize, usize) -> C,
) -> Translator<C> {
    let languages = Languages::learn(&corpus.train, config.merges, config.least);
    let lexical = config.lexicon.then(|| {
        let pairs = corpus.train.iter().map(|pair| languages.encoded(pair));
        Lexical::learn(&pairs.collect::<Vec<_>>(), &languages.written, ITERATIONS)
    });
    let sizes = Sizes {
        embedding: config.embedding,
        hidden: config.hidden,
        dropout: config.dropout,
        hide: config.hide,
        smoothing: config.smoothing,
    };
    Translator::new(languages, lexical, sizes, cell)
}

/// Trains the network, and keeps the parameters of the best validation score.
fn learn<C: Cell<f32> + Cell<f64> + Clone + Sync>(
    network: &Translator<C>,
    corpus: &Corpus,
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>> {
    let pairs = corpus.train.iter();
    let pairs: Vec<_> = pairs.map(|pair| network.languages.encoded(pair)).collect();
    let mut supply = Fixed::new(&pairs, config.batch, config.seed)
        .by_length(|(_, spanish): &(Vec<usize>, Vec<usize>)| spanish.len(), 10);
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
        Ok(vec![("chrf", chrf), ("bleu", bleu)])
    })?;
    run.sketch(
        "validation chrF by step",
        &trained.history.steps(),
        trained.history.of("chrf"),
    );
    Ok(trained)
}

/// The length penalty with the best score on validation verses, of several the first.
fn best_penalty<C: Cell<f32> + Cell<f64> + Sync>(
    network: &Translator<C>,
    params: &Params<f32>,
    validation: &[Pair],
    config: &Config,
    run: &mut Run,
) -> Result<f64> {
    let mut best = (f64::NEG_INFINITY, config.length_penalties[0]);
    for (i, &penalty) in config.length_penalties.iter().enumerate() {
        let found = search::search(network, params, validation, (config.beam, penalty), run)?;
        let Scores { chrf, bleu } = scores(&found, validation);
        let values = [("length_penalty", penalty), ("chrf", chrf), ("bleu", bleu)];
        run.metrics_of(i as u64, &[("part", "search")], &values)?;
        if chrf > best.0 {
            best = (chrf, penalty);
        }
    }
    Ok(best.1)
}

/// Up to `count` of the verses that are `wanted`, evenly spread.
fn spread(pairs: &[Pair], count: usize, wanted: impl Fn(&Pair) -> bool) -> Vec<usize> {
    let wanted: Vec<usize> = (0..pairs.len()).filter(|&i| wanted(&pairs[i])).collect();
    let count = count.min(wanted.len());
    (0..count)
        .map(|i| wanted[i * wanted.len() / count])
        .collect()
}

fn methods(all: &[Translations]) -> String {
    let rows = all.iter().map(|translations| {
        let Scores { chrf, bleu } = translations.scores;
        [
            translations.name.into(),
            format!("{chrf:.2}"),
            format!("{bleu:.2}"),
            translations.parameters.to_string(),
        ]
    });
    table::align(&["method", "chrF", "BLEU", "parameters"], rows)
}

/// Some of the test verses, chosen by their place, in all translations.
fn samples(pairs: &[Pair], all: &[Translations]) -> String {
    let mut lines = Vec::new();
    for i in spread(pairs, SAMPLES, |_| true) {
        let pair = &pairs[i];
        lines.push(pair.reference.clone());
        lines.push(format!("  English       {}", text(&pair.english)));
        lines.push(format!("  Spanish       {}", text(&pair.spanish)));
        for translations in &all[..2] {
            let (name, words) = (translations.name, &translations.words[i]);
            lines.push(format!("  {name:12}  {}", text(words)));
        }
        lines.push(String::new());
    }
    lines.join("\n")
}

fn verdict([network, by_word, constant]: &[Translations; 3]) -> Verdict {
    let above = |quantity: &str, other: &Translations, score: fn(Scores) -> f64| {
        let (own, anchor) = (score(network.scores), score(other.scores));
        let anchor = format!("{}: {anchor:.2}, the network {own:.2}", other.name);
        let least = Accept::AtLeast(0.0);
        Check::new(quantity, &anchor, least, own - score(other.scores))
    };
    Verdict::new(vec![
        above("chrF above a table of words", by_word, |s| s.chrf),
        above("BLEU above a table of words", by_word, |s| s.bleu),
        above("chrF above the most frequent verse", constant, |s| s.chrf),
    ])
}
