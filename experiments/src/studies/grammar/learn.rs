//! Learning each language, and what comes of it.

use anyhow::Result;
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::{Model, Trainer};
use wengert_rnn::{Adam, Cell, Params};

use super::Config;
use super::recogniser::{Bayes, Labelled, Recogniser, Strings};
use super::speller::{Speller, distinct, right_by_chain};
use crate::baselines::majority::majority;
use crate::baselines::ngram::Ngrams;
use crate::classify::{labels, score};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::tasks::counting::{AnBn, Dyck};
use crate::tasks::language::Language;
use crate::tasks::reber::Reber;
use crate::tasks::tomita::TOMITA;
use crate::training::{Fixed, History, Training};

/// Chains that are tried: the best on the very strings of the test is shown.
const ORDERS: std::ops::RangeInclusive<usize> = 0..=5;
/// Features that a symbol is to the cell.
pub(super) const FEATURES: usize = 8;
/// How many times longer than in training the strings of the counting languages get.
const LONGER: usize = 5;

/// One language: fractions of strings that are right.
pub(super) struct Row {
    pub language: String,
    pub tested_on: String,
    pub strings: usize,
    pub network: f64,
    pub chain: f64,
    pub order: usize,
    pub majority: Option<f64>,
}

/// A course of training.
pub(super) struct Course {
    pub name: String,
    pub history: History,
}

/// Answers by the length of strings.
pub(super) struct ByLength {
    pub name: String,
    /// The longest of training.
    pub trained: f64,
    pub lengths: Vec<f64>,
    pub network: Vec<f64>,
    pub chain: Vec<f64>,
}

/// What came of a^n b^n with one cell.
pub(super) struct Counted {
    pub cell: &'static str,
    /// Whether the string of n = 1, 2, ... is right.
    pub right: Vec<bool>,
    /// The unit that follows the count best, after each symbol of the strings of these n.
    pub unit: Vec<(usize, Vec<f64>)>,
}

impl Counted {
    /// The largest n up to which all strings are right.
    pub fn reach(&self) -> usize {
        self.right
            .iter()
            .position(|right| !right)
            .unwrap_or(self.right.len())
    }
}

/// Trains a model on examples.
fn train<M>(
    name: &str,
    (model, params): (M, Params<f32>),
    examples: &[M::Example],
    config: &Config,
    run: &mut Run,
) -> Result<(Params<f32>, Course)>
where
    M: Model<f32>,
{
    let adam = Adam::new(config.rate, params.len());
    let average = Average::corrected(0.98, params.len());
    let mut trainer = Trainer::new(model, params, adam, config.seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_average(average)
        .with_schedule(schedule::cosine(config.steps, 0.01));
    let mut supply = Fixed::new(examples, config.batch, config.seed);
    let every = config.steps.div_ceil(50);
    let training = Training::new(name, config.steps, every);
    let trained = training.run(run, &mut trainer, &mut supply, |_, _| Ok(Vec::new()))?;
    let course = Course {
        name: name.into(),
        history: trained.history,
    };
    Ok((trained.params, course))
}

/// A speller of a language, trained.
fn spell<C: Cell<f32> + Sync + Clone>(
    name: &str,
    language: &dyn Language,
    cell: C,
    strings: &[Vec<usize>],
    config: &Config,
    run: &mut Run,
) -> Result<(Speller<C>, Params<f32>, Course)> {
    let speller = Speller::new(language.letters().len(), cell);
    let params = speller.init(&mut stream(config.seed, Purpose::Weights));
    let (params, course) = train(name, (speller.clone(), params), strings, config, run)?;
    Ok((speller, params, course))
}

/// The embedded grammar of Reber: strings not seen in training.
pub(super) fn reber<C: Cell<f32> + Sync + Clone>(
    cell: C,
    config: &Config,
    run: &mut Run,
) -> Result<(Row, Course)> {
    let language = Reber::Embedded;
    let mut examples = stream(config.seed, Purpose::Examples);
    let strings = distinct(&language, config.strings, &[], &mut examples);
    let mut test = stream(config.seed, Purpose::Test);
    let test = distinct(&language, config.test, &strings, &mut test);
    let (speller, params, course) =
        spell("embedded Reber", &language, cell, &strings, config, run)?;
    let right = speller.right(&params, &language, &test)?;
    let (order, chains) = best_chain(&language, &strings, &test);
    let row = Row {
        language: "embedded Reber".into(),
        tested_on: "strings not seen".into(),
        strings: test.len(),
        network: fraction(&right),
        chain: fraction(&chains),
        order,
        majority: None,
    };
    Ok((row, course))
}

/// The languages of Tomita: all strings not seen up to the length of training, and longer ones.
pub(super) fn tomita<C: Cell<f32> + Sync + Clone>(
    cell: &C,
    config: &Config,
    run: &mut Run,
) -> Result<(Vec<Row>, Vec<Course>)> {
    let (mut rows, mut courses) = (Vec::new(), Vec::new());
    for (index, language) in TOMITA.iter().enumerate() {
        let name = format!("Tomita {}", index + 1);
        let mut examples = stream(config.seed, Purpose::Examples);
        let strings = Strings::draw(language, config.length, &mut examples);
        let network = Recogniser::new(language.symbols(), cell.clone(), config.hidden);
        let params = network.init(&mut stream(config.seed, Purpose::Weights));
        let (params, course) = train(
            &name,
            (network.clone(), params),
            &strings.train,
            config,
            run,
        )?;
        courses.push(course);
        let bayes = Bayes::count(language.symbols(), *ORDERS.end(), &strings.train);
        let usual = majority(&labels(&network, &strings.train));
        let lengths = [config.length, 2 * config.length];
        let tests = [
            (
                format!("all up to {} not seen", lengths[0]),
                &strings.unseen,
            ),
            (
                format!("{} to {}", lengths[0] + 1, lengths[1]),
                &strings.longer,
            ),
        ];
        // Where strings are so short that all of them are learnt from, none is left.
        for (tested_on, test) in tests.into_iter().filter(|(_, test)| !test.is_empty()) {
            let chains = ORDERS.map(|order| (bayes.accuracy(order, test), order));
            let best = chains.fold(
                (0.0, 0),
                |best, own| if own.0 > best.0 { own } else { best },
            );
            rows.push(Row {
                language: name.clone(),
                tested_on,
                strings: test.len(),
                network: score(&network, &params, test)?,
                chain: best.0,
                order: best.1,
                majority: Some(share(test, usual == 1)),
            });
        }
    }
    Ok((rows, courses))
}

/// a^n b^n, up to several times the n of training.
pub(super) fn counting<C: Cell<f32> + Sync + Clone>(
    name: &'static str,
    cell: C,
    config: &Config,
    run: &mut Run,
) -> Result<(Row, Course, Counted)> {
    let language = AnBn { most: config.most };
    let mut examples = stream(config.seed, Purpose::Examples);
    let drawn = |_| language.draw(&mut examples);
    let strings: Vec<_> = (0..config.strings).map(drawn).collect();
    let label = format!("a^n b^n, {name}");
    let (speller, params, course) = spell(&label, &language, cell, &strings, config, run)?;
    let longest = LONGER * config.most;
    let all: Vec<_> = (1..=longest).map(AnBn::string).collect();
    let right = speller.right(&params, &language, &all)?;
    let test = &all[config.most..];
    let (order, chains) = best_chain(&language, &strings, test);
    let row = Row {
        language: label,
        tested_on: format!("n = {} to {longest}", config.most + 1),
        strings: test.len(),
        network: fraction(&right[config.most..]),
        chain: fraction(&chains),
        order,
        majority: None,
    };
    let shown = [config.most.div_ceil(2), config.most, 2 * config.most];
    let counted = Counted {
        cell: name,
        right,
        unit: counter(&shown.map(|n| (n, speller.states(&params, &AnBn::string(n))))),
    };
    Ok((row, course, counted))
}

/// Brackets of one kind and of two, in strings up to several times as long as in training.
pub(super) fn brackets<C: Cell<f32> + Sync + Clone>(
    cell: &C,
    config: &Config,
    run: &mut Run,
) -> Result<(Vec<Row>, Vec<Course>, Vec<ByLength>)> {
    let (mut rows, mut courses, mut by_length) = (Vec::new(), Vec::new(), Vec::new());
    for kinds in [1, 2] {
        let name = format!("Dyck-{kinds}");
        let language = Dyck::new(kinds, config.depth, [1, config.most]);
        let mut examples = stream(config.seed, Purpose::Examples);
        let drawn = |_| language.draw(&mut examples);
        let strings: Vec<_> = (0..config.strings).map(drawn).collect();
        let (speller, params, course) =
            spell(&name, &language, cell.clone(), &strings, config, run)?;
        courses.push(course);
        let mut curve = ByLength {
            name: name.clone(),
            trained: 2.0 * config.most as f64,
            lengths: Vec::new(),
            network: Vec::new(),
            chain: Vec::new(),
        };
        let mut rng = stream(config.seed, Purpose::Test);
        for times in 1..=LONGER {
            let pairs = config.most * times;
            let language = Dyck::new(kinds, config.depth, [pairs, pairs]);
            let test = distinct(&language, config.test.div_ceil(LONGER), &strings, &mut rng);
            let right = speller.right(&params, &language, &test)?;
            let (order, chains) = best_chain(&language, &strings, &test);
            curve.lengths.push(2.0 * pairs as f64);
            curve.network.push(fraction(&right));
            curve.chain.push(fraction(&chains));
            if times == LONGER {
                rows.push(Row {
                    language: format!("{name}, {} deep", config.depth),
                    tested_on: format!("{} symbols or more", 2 * pairs),
                    strings: test.len(),
                    network: fraction(&right),
                    chain: fraction(&chains),
                    order,
                    majority: None,
                });
            }
        }
        by_length.push(curve);
    }
    Ok((rows, courses, by_length))
}

/// The order of the chain that is right about most of `test`, and what it is right about.
fn best_chain(
    language: &dyn Language,
    strings: &[Vec<usize>],
    test: &[Vec<usize>],
) -> (usize, Vec<bool>) {
    let boundary = language.letters().len();
    let ended: Vec<_> = strings
        .iter()
        .map(|s| [&s[..], &[boundary]].concat())
        .collect();
    let ngrams = Ngrams::count(boundary + 1, *ORDERS.end(), &ended);
    let of = |order: usize| {
        let chain = ngrams.chain(order);
        let right = test
            .iter()
            .map(|string| right_by_chain(chain, language, string));
        (order, right.collect::<Vec<bool>>())
    };
    let count = |right: &[bool]| right.iter().filter(|right| **right).count();
    let better = |best: (usize, Vec<bool>), own: (usize, Vec<bool>)| {
        if count(&own.1) > count(&best.1) {
            own
        } else {
            best
        }
    };
    ORDERS.map(of).reduce(better).expect("there are orders")
}

/// Of the strings of several n, the unit whose values go most nearly in a straight line with the
/// number of a's less that of b's.
fn counter(states: &[(usize, Vec<Vec<f64>>); 3]) -> Vec<(usize, Vec<f64>)> {
    let units = states[0].1[0].len();
    let count = |n: usize, step: usize| step.min(2 * n - step.min(2 * n)) as f64;
    let agreement = |unit: usize| {
        let pairs = states[..2].iter().flat_map(|(n, rows)| {
            let pairs = rows.iter().enumerate();
            pairs.map(move |(step, row)| (count(*n, step), row[unit]))
        });
        correlation(&pairs.collect::<Vec<_>>()).abs()
    };
    let best = (0..units).max_by(|&a, &b| agreement(a).total_cmp(&agreement(b)));
    let best = best.expect("a network has units");
    let own = |(n, rows): &(usize, Vec<Vec<f64>>)| (*n, rows.iter().map(|row| row[best]).collect());
    states.iter().map(own).collect()
}

/// The correlation of pairs; 0 if one side does not vary.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        pairs.iter().map(|pair| of(pair.0 - x, pair.1 - y)).sum()
    };
    let spread = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    if spread > 0.0 {
        sum(&|x, y| x * y) / spread
    } else {
        0.0
    }
}

fn share(examples: &[Labelled], accepted: bool) -> f64 {
    let same = examples
        .iter()
        .filter(|example| example.accepted == accepted);
    same.count() as f64 / examples.len() as f64
}

fn fraction(right: &[bool]) -> f64 {
    right.iter().filter(|right| **right).count() as f64 / right.len() as f64
}
