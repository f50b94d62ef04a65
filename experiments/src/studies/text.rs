//! Does a recurrent network know more of a text than the last few characters tell?
//!
//! A language model of characters: at each step the network reads one and says how probable each
//! is as the next. What it costs to say which it was, `-log_2 p`, is counted on the end of the text,
//! that training never saw. Beside it are Markov chains, which know the last n characters and count
//! what followed them (see [`ngram`](crate::baselines::ngram)); the network has no such n. How far
//! back its gradient does reach is measured by lag, before training and after. What it has learned
//! can be read: texts that it writes, and that the chains write.

mod lags;
mod plot;
mod samples;
mod words;

use std::path::Path;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::{Activation, Elman, Gru, Lstm, Params};

use crate::baselines::ngram::{Chain, Ngrams};
use crate::config::{Usage, positive, within};
use crate::corpus::Corpus;
use crate::encoder::Kind;
use crate::language::{Fit, Language, Layer, bits};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::training::History;
use crate::verdict::{Accept, Check, Verdict};

/// Weights of a mixture that are tried on the validation text.
const MIXTURES: usize = 20;

/// The study.
pub struct Text;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell: elman, gru or lstm.
    pub cell: Kind,
    /// Units of a layer.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Numbers that each character is to the network.
    pub features: usize,
    /// Part of the numbers that leave a layer, or enter the first, that training sets to 0.
    pub dropout: f64,
    /// Characters that a step of the optimiser predicts in a row.
    pub window: usize,
    /// Windows of a step.
    pub batch: usize,
    /// Steps of the optimiser.
    pub steps: u64,
    /// Learning rate of Adam, which falls to a twentieth of it along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Characters that the longest Markov chain looks back.
    pub order: usize,
    /// What the texts to be written begin with.
    pub prompt: String,
    /// Characters of each text to be written.
    pub length: usize,
    /// Characters of the text that are used, from its start; all if none.
    pub characters: Option<usize>,
    /// Seed of weights, windows, dropout and the texts written.
    pub seed: u64,
    /// A text in UTF-8 in place of that which comes with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 256,
            layers: 1,
            features: 64,
            dropout: 0.0,
            window: 64,
            batch: 32,
            steps: 3600,
            rate: 0.004,
            clip: 1.0,
            order: 6,
            prompt: "ROMEO:".into(),
            length: 400,
            characters: None,
            seed: 0,
            data: None,
        }
    }
}

impl Config {
    fn fit(&self) -> Fit {
        Fit {
            steps: self.steps,
            batch: self.batch,
            window: self.window,
            rate: self.rate,
            clip: self.clip,
            seed: self.seed,
        }
    }
}

/// What a model made of the texts that it was not fitted to.
struct Scored {
    name: String,
    /// Its parameters, or the contexts that it counted.
    size: Option<usize>,
    /// ln p of each character.
    validation: Vec<f64>,
    test: Vec<f64>,
}

impl Scored {
    fn bits(&self) -> f64 {
        bits(&self.test)
    }
}

/// A network after training, and before.
struct Learned<C> {
    language: Language<C>,
    before: Params<f32>,
    after: Params<f32>,
    history: History,
}

impl Study for Text {
    const NAME: &'static str = "text";
    const QUESTION: &'static str =
        "Does a recurrent network know more of a text than its last few characters tell?";
    const SECONDS: u32 = 110;
    const SMOKE: &'static [&'static str] = &[
        "characters=30000",
        "hidden=24",
        "features=12",
        "window=32",
        "batch=8",
        "steps=20",
        "order=3",
        "length=60",
    ];
    const FULL: &'static [&'static str] = &[
        "hidden=512",
        "dropout=0.25",
        "window=100",
        "steps=6000",
        "rate=0.003",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("layers", config.layers, 1..=8)?;
        within("features", config.features, 1..=4096)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("window", config.window, 2..=4096)?;
        within("batch", config.batch, 1..=4096)?;
        within("steps", config.steps, 1..=10_000_000)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        positive("clip", config.clip)?;
        within("order", config.order, 1..=7)?;
        within("prompt", config.prompt.chars().count(), 1..=10_000)?;
        within("length", config.length, 1..=100_000)?;
        if let Some(characters) = config.characters {
            positive("characters", characters)?;
        }
        Ok(())
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let path = config.data.as_deref().map(Path::new);
        let corpus = Corpus::load(path, config.characters, lags::STEPS.max(config.window) + 1)?;
        let prompt = corpus.alphabet.encode(&config.prompt);
        let prompt = prompt.map_err(|why| Usage(format!("prompt={}: {why}", config.prompt)))?;
        let hidden = config.hidden;
        match config.cell {
            Kind::Elman => study(config, run, &corpus, &prompt, |inputs| {
                Elman::new(inputs, hidden, Activation::Tanh)
            }),
            Kind::Gru => study(config, run, &corpus, &prompt, |inputs| {
                Gru::new(inputs, hidden)
            }),
            Kind::Lstm => study(config, run, &corpus, &prompt, |inputs| {
                Lstm::new(inputs, hidden).with_forget_bias(1.0)
            }),
        }
    }
}

fn study<C: Layer>(
    config: &Config,
    run: &mut Run,
    corpus: &Corpus,
    prompt: &[usize],
    cell: impl FnMut(usize) -> C,
) -> Result<Verdict> {
    let ngrams = Ngrams::count(corpus.alphabet.len(), config.order, &[corpus.train()]);
    let mut all = vec![uniform(corpus)];
    all.extend((0..=config.order).map(|order| chain(&ngrams.chain(order), corpus)));
    let network = learn(config, run, corpus, cell)?;
    let scored = score(&network, config, corpus);
    let best = best(&all);
    run.figure("training", &plot::training(&network.history, &all, best))?;
    let words = words::by_place(corpus, &[&scored, best]);
    run.figure("words", &plot::words(&words, best))?;
    let lags = lags::measure(&network, corpus);
    run.figure("lags", &plot::lags(&lags))?;
    let generator = &mut stream(config.seed, Purpose::Generation);
    let texts = samples::write(&network, &ngrams, corpus, prompt, config.length, generator);
    run.sample("texts", &texts)?;
    run.sample("surprises", &samples::surprises(corpus, &scored, best))?;
    run.sketch(
        "validation bits per character by step",
        &network.history.steps(),
        network.history.of("validation_bits"),
    );
    let mixed = mixture(&scored, best);
    let verdict = verdict(&all, &scored, &mixed);
    all.extend([scored, mixed]);
    run.table("models", &table(&all))?;
    Ok(verdict)
}

fn learn<C: Layer>(
    config: &Config,
    run: &mut Run,
    corpus: &Corpus,
    cell: impl FnMut(usize) -> C,
) -> Result<Learned<C>> {
    let symbols = corpus.alphabet.len();
    let (features, layers) = (config.features, config.layers);
    let language = Language::new(symbols, features, layers, config.dropout, cell);
    let before = language.init(&mut stream(config.seed, Purpose::Weights));
    let trained = language.fit(run, "network", corpus, config.fit())?;
    Ok(Learned {
        language,
        before,
        after: trained.params,
        history: trained.history,
    })
}

fn score<C: Layer>(network: &Learned<C>, config: &Config, corpus: &Corpus) -> Scored {
    let (language, params) = (&network.language, &network.after);
    let read = |range| language.log_probabilities(params, &corpus.symbols, range);
    let cell = match config.cell {
        Kind::Elman => "Elman",
        Kind::Gru => "GRU",
        Kind::Lstm => "LSTM",
    };
    Scored {
        name: format!("{cell}, {} units", config.hidden * config.layers),
        size: Some(params.len()),
        validation: read(corpus.parts.validation.clone()),
        test: read(corpus.parts.test.clone()),
    }
}

/// Every character is as probable as any other.
fn uniform(corpus: &Corpus) -> Scored {
    let log = -(corpus.alphabet.len() as f64).ln();
    Scored {
        name: "uniform".into(),
        size: None,
        validation: vec![log; corpus.parts.validation.len()],
        test: vec![log; corpus.parts.test.len()],
    }
}

fn chain(chain: &Chain<'_>, corpus: &Corpus) -> Scored {
    let logs = chain.log_probabilities(&corpus.symbols);
    let name = match chain.order() {
        0 => "frequencies".into(),
        order => format!("Markov chain, order {order}"),
    };
    Scored {
        name,
        size: Some(chain.size()),
        validation: logs[corpus.parts.validation.clone()].to_vec(),
        test: logs[corpus.parts.test.clone()].to_vec(),
    }
}

/// The model that is best on the validation text.
fn best(all: &[Scored]) -> &Scored {
    let order = |a: &&Scored, b: &&Scored| bits(&a.validation).total_cmp(&bits(&b.validation));
    all.iter().min_by(order).expect("there is one")
}

/// Both models' probabilities, in the proportion that is best on the validation text.
fn mixture(a: &Scored, b: &Scored) -> Scored {
    let mixed = |a: &[f64], b: &[f64], share: f64| -> Vec<f64> {
        let pairs = a.iter().zip(b);
        pairs
            .map(|(a, b)| (share * a.exp() + (1.0 - share) * b.exp()).ln())
            .collect()
    };
    let shares = (0..=MIXTURES).map(|i| i as f64 / MIXTURES as f64);
    let cost = |share: &f64| bits(&mixed(&a.validation, &b.validation, *share));
    let share = shares.min_by(|x, y| cost(x).total_cmp(&cost(y)));
    let share = share.expect("there is one");
    Scored {
        name: format!("mixture, {:.0} % network", 100.0 * share),
        size: None,
        validation: mixed(&a.validation, &b.validation, share),
        test: mixed(&a.test, &b.test, share),
    }
}

fn table(all: &[Scored]) -> String {
    let rows = all.iter().map(|scored| {
        [
            scored.name.clone(),
            format!("{:.3}", scored.bits()),
            format!("{:.3}", bits(&scored.validation)),
            scored.size.map_or("-".into(), |size| size.to_string()),
        ]
    });
    table::align(&["model", "test", "validation", "numbers"], rows)
}

fn verdict(baselines: &[Scored], network: &Scored, mixed: &Scored) -> Verdict {
    let best = best(baselines);
    let below = |name: &str, scored: &Scored, than: &Scored| {
        Check::new(
            &format!("bits per character, {name} less {}", than.name),
            "the same held-out text",
            Accept::AtMost(0.0),
            scored.bits() - than.bits(),
        )
    };
    Verdict::new(vec![
        below("network", network, &baselines[1]),
        below("network", network, best),
        below("mixture", mixed, best),
    ])
}
