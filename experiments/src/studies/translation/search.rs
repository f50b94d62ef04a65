//! What the network writes: quickly, piece by piece, or by a search; and where it looked.

use anyhow::Result;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::{Beam, Cell, Held, Params, Rows, Sampler, Until, beam_search, generate};
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
                .map(|tokens| languages.decode(tokens))
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
    let mut progress = run.progress("searching", pairs.len().div_ceil(BLOCK) as u64);
    let mut all = Vec::with_capacity(pairs.len());
    for block in pairs.chunks(BLOCK) {
        let found: Vec<Vec<String>> = block
            .par_iter()
            .map(|pair| {
                let sources = network.sources(&[pair]);
                let (step, state) = writer(network, params, &sources);
                let until = Until::length(LONGEST).or_token(languages.stop());
                let beam = Beam::new(width, until).length_penalty(penalty);
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
        let x = network.input(&w, tokens);
        let after = cell.step(&w.cell, cell.project(&w.cell, x), &written.state.on(&tape));
        let logits = network.logits(&w, after[0]);
        let numbers = logits.shape().dims()[1];
        let logits = logits.to_vec().into_iter();
        let mut logits: Vec<f64> = logits.map(f64::from).collect();
        if let Some(lexical) = &network.lexical {
            let looked = cell.alignment(&after);
            let width = looked.shape().dims()[1];
            let looked = looked.to_vec();
            let rows = logits.chunks_mut(numbers).zip(looked.chunks(width));
            for ((logits, looked), &verse) in rows.zip(&written.verses) {
                lexical.propose(logits, &sources[verse], looked);
            }
        }
        let after = Written {
            state: Held::of(&after),
            verses: written.verses.clone(),
        };
        (logits, after)
    };
    (step, first)
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
    let targets = languages.targets(&[languages.written.numbers(&pieces)]);
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
