//! What the network writes: quickly, piece by piece, or by a search; and where it looked.

use anyhow::Result;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::{Beam, Cell, Held, Params, Rows, Sampler, Targets, Until, beam_search, generate};
use wengert_tape::{NodeId, Tape, Tensor};

use super::corpus::Pair;
use super::model::Translator;
use crate::random::{Purpose, stream};
use crate::run::Run;

/// Verses translated at once, piece by piece.
const BLOCK: usize = 64;
/// Pieces of a translation, at most: verses have 15 words.
const LONGEST: usize = 48;

/// The most probable piece at each step, of all verses.
pub(super) fn greedy<C: Cell<f32> + Cell<f64> + Sync>(
    network: &Translator<C>,
    params: &Params<f32>,
    pairs: &[Pair],
) -> Vec<Vec<String>> {
    let blocks: Vec<Vec<Vec<String>>> = pairs
        .par_chunks(BLOCK)
        .map(|block| {
            let languages = &network.languages;
            let sources = network.sources(&block.iter().collect::<Vec<_>>());
            let (step, state) = writer(network, params, &sources);
            let found = generate(
                step,
                state,
                &vec![[languages.start()]; block.len()],
                &Sampler::greedy(),
                Until::length(LONGEST).or_token(languages.stop()),
                &mut stream(0, Purpose::Generation),
            );
            found
                .iter()
                .map(|pieces| languages.decode(pieces))
                .collect()
        })
        .collect();
    blocks.concat()
}

/// The best translation of each verse that a beam search of this width finds.
pub(super) fn search<C: Cell<f32> + Cell<f64> + Sync>(
    network: &Translator<C>,
    params: &Params<f32>,
    pairs: &[Pair],
    (width, penalty): (usize, f64),
    run: &Run,
) -> Result<Vec<Vec<String>>> {
    let languages = &network.languages;
    let beam = Beam::new(width, Until::length(LONGEST).or_token(languages.stop()));
    let beam = beam.length_penalty(penalty);
    let mut progress = run.progress("searching", pairs.len().div_ceil(BLOCK) as u64);
    let mut all = Vec::with_capacity(pairs.len());
    for block in pairs.chunks(BLOCK) {
        let found: Vec<Vec<String>> = block
            .par_iter()
            .map(|pair| {
                let sources = network.sources(&[pair]);
                let (step, state) = writer(network, params, &sources);
                let best = beam_search(step, state, &[languages.start()], &beam);
                languages.decode(&best[0].tokens)
            })
            .collect();
        all.extend(found);
        progress.step("")?;
    }
    Ok(all)
}

/// The state of translations under way, and which verse each is of.
struct Written {
    state: Held<f32>,
    verses: Vec<usize>,
}

impl Rows for Written {
    fn count(&self) -> usize {
        self.verses.len()
    }

    fn pick(&self, places: &[usize]) -> Self {
        Self {
            state: self.state.pick(places),
            verses: self.verses.pick(places),
        }
    }
}

#[expect(clippy::type_complexity, reason = "a closure has no name of its own")]
/// The step function of [`generate`] and [`beam_search`], and the state before the first step: the
/// encoder has read `sources`.
fn writer<'a, C: Cell<f32> + Cell<f64> + Sync>(
    network: &'a Translator<C>,
    params: &'a Params<f32>,
    sources: &'a [Vec<usize>],
) -> (
    impl FnMut(&[usize], &Written) -> (Vec<f64>, Written) + 'a,
    Written,
) {
    let mut tape = Tape::new();
    let (ids, state) = {
        let mut leaves = params.bind(&tape);
        let ids: Vec<NodeId> = leaves.vars().iter().map(|var| var.id()).collect();
        let (_, state) = network.read(&mut leaves, sources, &mut Mode::Evaluate);
        (ids, Held::of(&state))
    };
    let first = Written {
        state,
        verses: (0..sources.len()).collect(),
    };
    let mark = tape.mark();
    let step = move |tokens: &[usize], written: &Written| {
        tape.rewind(mark);
        let w = Translator::<C>::writing(&mut params.leaves(&tape, &ids));
        let cell = network.cell();
        let numbers = network.languages.written.numbers(tokens);
        let x = cell.project(&w.cell, network.input(&w, &numbers));
        let after = cell.step(&w.cell, x, &written.state.on(&tape));
        let looked = cell.alignment(&after);
        let next = Next {
            own: network.logits(&w, after[0]).log_softmax(1).to_vec(),
            gates: network.gate(&w, after[0]).sigmoid().to_vec(),
            width: looked.shape().dims()[1],
            looked: looked.to_vec(),
        };
        let read = written.verses.iter().map(|&verse| &sources[verse][..]);
        let logs = next.log_probabilities(network, read);
        let after = Written {
            state: Held::of(&after),
            verses: written.verses.clone(),
        };
        (logs, after)
    };
    (step, first)
}

/// What the decoder says of the next piece, row by row.
struct Next {
    /// Log probabilities of numbers of pieces, its own.
    own: Vec<f32>,
    /// How much it writes from the table.
    gates: Vec<f32>,
    /// Where it looks, at so many places.
    looked: Vec<f32>,
    width: usize,
}

impl Next {
    /// The log probabilities of all pieces, start and stop; `read` is what each row translates.
    fn log_probabilities<'a, C>(
        &self,
        network: &Translator<C>,
        read: impl Iterator<Item = &'a [usize]>,
    ) -> Vec<f64> {
        let languages = &network.languages;
        let pieces = languages.written.pieces();
        let mut all = vec![0.0; self.gates.len() * languages.tokens()];
        let rows = all
            .chunks_mut(languages.tokens())
            .zip(self.own.chunks(pieces.len()));
        let places = self.looked.chunks(self.width).zip(&self.gates).zip(read);
        for ((all, own), ((looked, &gate), read)) in rows.zip(places) {
            let gate = network.lexical.as_ref().map_or(0.0, |_| f64::from(gate));
            // The first number is that of no piece.
            for (&piece, &log) in pieces.iter().zip(own).skip(1) {
                all[piece] = (1.0 - gate) * f64::from(log).exp();
            }
            if let Some(lexical) = &network.lexical {
                lexical.add(all, gate, read, looked);
            }
        }
        for p in &mut all {
            *p = p.ln();
        }
        all
    }
}

/// Where the network looked when it wrote something.
pub(super) struct Map {
    /// What it read, piece by piece.
    pub read: Vec<String>,
    /// What it wrote, the end included.
    pub wrote: Vec<String>,
    /// A row for each piece it wrote, a column for each it read.
    pub weights: Tensor<f32>,
}

/// The attention of the network while it writes `spanish`.
pub(super) fn attention<C: Cell<f32> + Cell<f64> + Sync>(
    network: &Translator<C>,
    params: &Params<f32>,
    pair: &Pair,
    spanish: &[String],
) -> Map {
    let languages = &network.languages;
    let tape = Tape::new();
    let sources = network.sources(&[pair]);
    let read = network.read(&mut params.bind(&tape), &sources, &mut Mode::Evaluate);
    let pieces = languages.encode(spanish);
    let targets = Targets::delimited(languages.start(), &[&pieces], languages.stop());
    let states = network.teach(&read, &targets, &mut Mode::Evaluate).states;
    let mut maps = network.cell().maps(&states, targets.lengths());
    let shown = |text: &str| match text.strip_prefix(' ') {
        Some(start) => start.to_owned(),
        None => format!("-{text}"),
    };
    let wrote = pieces.iter().map(|&p| shown(languages.pieces.text(p)));
    Map {
        read: sources[0]
            .iter()
            .map(|&p| shown(languages.pieces.text(p)))
            .collect(),
        wrote: wrote.chain(["(end)".to_owned()]).collect(),
        weights: maps.remove(0),
    }
}
