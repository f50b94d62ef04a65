//! What the models write, and what surprised them.

use std::fmt::Write as _;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::metrics::bits_per_symbol;
use wengert_rnn::{Sampler, Until};

use super::{Learned, Scored};
use crate::baselines::ngram::Ngrams;
use crate::corpus::Corpus;
use crate::language::Layer;
use crate::table;

/// Temperatures at which the network writes.
const TEMPERATURES: [f64; 3] = [0.5, 0.8, 1.0];
/// Orders of the chains that write, where they were counted.
const ORDERS: [usize; 3] = [1, 3, 5];
/// Surprises that are listed.
const LISTED: usize = 12;
/// Characters shown before each.
const SHOWN: usize = 40;

/// Texts of so many characters that go on from the prompt: the network's and the chains'.
pub(super) fn write<C: Layer>(
    network: &Learned<C>,
    ngrams: &Ngrams,
    corpus: &Corpus,
    prompt: &[usize],
    length: usize,
    rng: &mut ChaCha8Rng,
) -> String {
    let mut texts = String::new();
    let mut add = |title: &str, written: &[usize]| {
        let text = corpus.alphabet.decode(&[prompt, written].concat());
        writeln!(texts, "== {title} ==\n\n{text}\n").expect("a String takes all");
    };
    let until = Until::length(length);
    for temperature in TEMPERATURES {
        let sampler = Sampler::new().temperature(temperature);
        let (language, params) = (&network.language, &network.after);
        let written = language.generate(params, &[prompt], &sampler, until, rng);
        add(
            &format!("the network, at temperature {temperature}"),
            &written[0],
        );
    }
    for order in ORDERS.into_iter().filter(|&order| order <= ngrams.order()) {
        let written = ngrams
            .chain(order)
            .generate(prompt, &Sampler::new(), until, rng);
        add(&format!("a Markov chain of order {order}"), &written);
    }
    texts
}

/// Where in the test text the network saves the most bits over another model, and where it loses
/// the most.
pub(super) fn surprises(corpus: &Corpus, network: &Scored, other: &Scored) -> String {
    let saved = |i: &usize| bits_per_symbol(network.test[*i] - other.test[*i]);
    let mut places: Vec<usize> = (0..network.test.len()).collect();
    places.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
    let listed = |places: &[usize]| {
        let row = |&i: &usize| {
            let at = corpus.parts.test.start + i;
            let before = &corpus.symbols[at.saturating_sub(SHOWN)..at];
            let text = |symbols| format!("{:?}", corpus.alphabet.decode(symbols));
            [
                text(before),
                text(&corpus.symbols[at..=at]),
                format!("{:.1}", bits_per_symbol(-network.test[i])),
                format!("{:.1}", bits_per_symbol(-other.test[i])),
            ]
        };
        let header = ["after", "came", "network", "chain"];
        table::align(&header, places.iter().map(row))
    };
    let count = LISTED.min(places.len());
    let (best, worst) = (&places[..count], &places[places.len() - count..]);
    let name = &other.name;
    format!(
        "== bits of characters that the network expects more than the best of the others ({name}) ==\n\n{}\n\
         == and less ==\n\n{}",
        listed(best),
        listed(worst)
    )
}
