//! Generation and search: against brute force, against one another, and what they refuse.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{
    Activation, Beam, Cell, Decoder, Elman, Held, Hypothesis, Lstm, Rows, Sampler, Targets, Until,
    beam_search, generate,
};
use wengert_tape::{Tape, Var};

use crate::setup::{assert_close, assert_refused, assert_sums_close};

/// The largest logit of a random model: a term of its log probabilities.
const LOGIT: f64 = 3.0;

/// A random model: logits drawn anew for each history. Its state is the history of each sequence.
#[derive(Clone, Copy, Debug)]
struct Model {
    tokens: usize,
    seed: u64,
}

type Histories = Vec<Vec<usize>>;

impl Model {
    fn logits(self, history: &[usize]) -> Vec<f64> {
        let place = history
            .iter()
            .fold(1, |place, token| place * 31 + token + 1);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(place as u64);
        (0..self.tokens)
            .map(|_| rng.random_range(-LOGIT..LOGIT))
            .collect()
    }

    fn log_probability(self, history: &[usize], token: usize) -> f64 {
        let logits = self.logits(history);
        logits[token] - logits.iter().map(|x| x.exp()).sum::<f64>().ln()
    }

    fn step(self) -> impl FnMut(&[usize], &Histories) -> (Vec<f64>, Histories) {
        move |tokens, histories| {
            let longer = histories.iter().zip(tokens);
            let longer: Vec<_> = longer
                .map(|(history, &token)| [&history[..], &[token]].concat())
                .collect();
            (longer.iter().flat_map(|h| self.logits(h)).collect(), longer)
        }
    }

    /// All sequences up to a length with their log probabilities and whether they were stopped by
    /// token 0.
    fn all(self, prompt: &[usize], max_length: usize) -> Vec<(Vec<usize>, f64, bool)> {
        let mut all = Vec::new();
        let mut running = vec![(prompt.to_vec(), 0.0)];
        for length in 1..=max_length {
            for (history, before) in std::mem::take(&mut running) {
                for token in 0..self.tokens {
                    let sum = before + self.log_probability(&history, token);
                    let longer = [&history[..], &[token]].concat();
                    if token == 0 {
                        all.push((history[prompt.len()..].to_vec(), sum, true));
                    } else if length == max_length {
                        all.push((longer[prompt.len()..].to_vec(), sum, false));
                    } else {
                        running.push((longer, sum));
                    }
                }
            }
        }
        all
    }
}

fn models() -> impl Strategy<Value = (Model, Vec<usize>, usize)> {
    (1..5_usize, any::<u64>(), 1..5_usize).prop_flat_map(|(tokens, seed, length)| {
        let prompt = prop::collection::vec(0..tokens, 1..4);
        (Just(Model { tokens, seed }), prompt, Just(length))
    })
}

proptest! {
    #[test]
    fn the_widest_beam_is_exhaustive((model, prompt, length) in models(), a in 0.0..2.0_f64) {
        let width = model.tokens.pow(length as u32);
        let until = Until::length(length).or_token(0);
        let beam = Beam::new(width, until).length_penalty(a);
        let found = beam_search(model.step(), vec![Vec::new()], &prompt, &beam);

        let score = |(tokens, sum, stopped): &(Vec<usize>, f64, bool)| {
            let length = tokens.len() + usize::from(*stopped);
            sum / ((5.0 + length as f64) / 6.0).powf(a)
        };
        let mut all = model.all(&prompt, length);
        all.sort_by(|a, b| score(b).total_cmp(&score(a)));
        let tokens = |h: &Hypothesis| (h.tokens.clone(), h.stopped);
        prop_assert_eq!(
            found.iter().map(tokens).collect::<Vec<_>>(),
            all.iter().map(|h| (h.0.clone(), h.2)).collect::<Vec<_>>()
        );
        let scores: Vec<f64> = found.iter().map(|h| h.score).collect();
        let expected: Vec<f64> = all.iter().map(score).collect();
        assert_sums_close("scores", &scores, &expected, LOGIT);
        let total: f64 = found.iter().map(|h| h.log_probability.exp()).sum();
        prop_assert!((total - 1.0).abs() < 1e-12, "probabilities add up to {}", total);
    }

    #[test]
    fn a_beam_of_one_is_greedy((model, prompt, length) in models(), a in 0.0..2.0_f64) {
        let until = Until::length(length).or_token(0);
        let beam = Beam::new(1, until).length_penalty(a);
        let found = beam_search(model.step(), vec![Vec::new()], &prompt, &beam);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let greedy = Sampler::greedy();
        let state = vec![Vec::new()];
        let generated = generate(model.step(), state, &[&prompt], &greedy, until, &mut rng);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].tokens, &generated[0]);
        prop_assert_eq!(found[0].stopped, generated[0].len() < length);
    }

    #[test]
    fn what_a_beam_finds_is_as_probable_as_it_says(
        (model, prompt, length) in models(), width in 1..6_usize
    ) {
        let beam = Beam::new(width, Until::length(length).or_token(0));
        let found = beam_search(model.step(), vec![Vec::new()], &prompt, &beam);
        let all = model.all(&prompt, length);
        prop_assert!((1..=width).contains(&found.len()));
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        for h in &found {
            let same = all.iter().find(|(tokens, _, stopped)| {
                (tokens, stopped) == (&h.tokens, &h.stopped)
            });
            let found = &[h.log_probability];
            assert_sums_close("log probability", found, &[same.unwrap().1], LOGIT);
        }
    }

    #[test]
    fn a_batch_is_its_sequences_one_by_one(
        (model, prompt, length) in models(), more in prop::collection::vec(1..4_usize, 0..4)
    ) {
        let mut prompts = vec![prompt.clone()];
        prompts.extend(more.iter().map(|&len| prompt.iter().cycle().take(len).copied().collect()));
        let until = Until::length(length).or_token(0);
        let run = |prompts: &[Vec<usize>]| {
            let state = vec![Vec::new(); prompts.len()];
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            generate(model.step(), state, prompts, &Sampler::greedy(), until, &mut rng)
        };
        let single: Vec<_> = prompts.iter().flat_map(|p| run(std::slice::from_ref(p))).collect();
        prop_assert_eq!(run(&prompts), single);
    }
}

#[test]
fn what_a_decoder_generates_greedily_is_what_it_was_taught_to_expect() {
    let decoder = Decoder::new(7, Lstm::new(3, 6));
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let params = decoder.init::<f64>(&mut rng);
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let (prompts, greedy) = ([vec![1, 2, 3], vec![4], vec![5, 6]], Sampler::greedy());
    let until = Until::length(12);
    let generated = decoder.generate(&w, None, &prompts, &greedy, until, &mut rng);
    for (prompt, generated) in prompts.iter().zip(&generated) {
        let whole = [&prompt[..], generated].concat();
        let logits = decoder
            .teach(&w, None, &Targets::next(&[whole]))
            .logits
            .to_vec();
        let choices = logits.chunks(7).map(|x| greedy.choose(x, &mut rng));
        let expected: Vec<usize> = choices.skip(prompt.len() - 1).collect();
        assert_eq!(generated, &expected);
    }

    let single = Tape::<f32>::new();
    let w32 = params.cast().bind(&single).take();
    let by_f32 = decoder.generate(&w32, None, &prompts, &greedy, until, &mut rng);
    assert_eq!(by_f32, generated);

    let beam = Beam::new(3, until);
    let best = decoder.beam_search(&w, None, &prompts[0], &beam);
    for h in best {
        let whole = [&prompts[0][..], &h.tokens].concat();
        let targets = Targets::next(&[whole]);
        let logits = decoder.teach(&w, None, &targets).logits;
        let each = logits.cross_entropy_each(targets.outputs()).to_vec();
        assert_close(
            "log probability",
            &[h.log_probability],
            &[-each[2..].iter().sum::<f64>()],
        );
    }
}

#[test]
fn samples_come_as_often_as_they_are_probable() {
    let p: [f64; 4] = [0.15, 0.5, 0.05, 0.3];
    let logits = p.map(f64::ln);
    let share = |kept: &[usize], power: f64| -> Vec<f64> {
        let weight = |i: usize| {
            if kept.contains(&i) {
                p[i].powf(power)
            } else {
                0.0
            }
        };
        let total: f64 = (0..4).map(weight).sum();
        (0..4).map(|i| weight(i) / total).collect()
    };
    let all = [0, 1, 2, 3];
    let plain = Sampler::new();
    let cases = [
        (plain, share(&all, 1.0)),
        (plain.temperature(0.5), share(&all, 2.0)),
        (plain.temperature(2.0), share(&all, 0.5)),
        (plain.top_k(2), share(&[1, 3], 1.0)),
        (plain.top_k(9), share(&all, 1.0)),
        (plain.top_p(0.75), share(&[1, 3], 1.0)),
        (plain.top_p(0.85), share(&[0, 1, 3], 1.0)),
        (plain.top_p(0.01), share(&[1], 1.0)),
        // Cut to 0.5 and 0.3, of which the first is five eighths.
        (plain.top_k(2).top_p(0.6), share(&[1], 1.0)),
    ];
    for (sampler, expected) in cases {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let draws = 20_000.0;
        let mut counts = [0.0; 4];
        for _ in 0..20_000 {
            counts[sampler.choose(&logits, &mut rng)] += 1.0;
        }
        for (count, p) in counts.iter().zip(&expected) {
            let deviation = (draws * p * (1.0 - p)).sqrt();
            let off: f64 = count - draws * p;
            assert!(
                off.abs() <= 4.0 * deviation,
                "{sampler:?}: {counts:?}, not {expected:?}"
            );
        }
    }
}

#[test]
fn impossible_tokens_are_never_drawn_nor_found() {
    let logits = [f64::NEG_INFINITY, 0.0, f64::NEG_INFINITY, 0.0];
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let hot = Sampler::new().temperature(1e300);
    let drawn: BTreeSet<usize> = (0..1000).map(|_| hot.choose(&logits, &mut rng)).collect();
    assert_eq!(drawn, BTreeSet::from([1, 3]));
    let step = |tokens: &[usize], none: &Vec<()>| (logits.repeat(tokens.len()), none.clone());
    let found = beam_search(step, vec![()], &[0], &Beam::new(100, Until::length(2)));
    let tokens: Vec<_> = found.iter().map(|h| h.tokens.clone()).collect();
    assert_eq!(tokens, [[1, 1], [1, 3], [3, 1], [3, 3]]);
}

#[test]
fn the_same_seed_draws_the_same_sequences() {
    let model = Model { tokens: 9, seed: 2 };
    let run = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (state, until) = (vec![Vec::new(); 3], Until::length(8).or_token(0));
        generate(
            model.step(),
            state,
            &[[1], [2], [3]],
            &Sampler::new(),
            until,
            &mut rng,
        )
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn a_held_state_comes_back() {
    let cell = Lstm::new(1, 3);
    let tape = Tape::<f64>::new();
    let state = [
        tape.constant([2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        tape.constant([2, 3], &[7.0; 6]),
    ];
    let held = Held::of(&state);
    let other = Tape::new();
    let back: <Lstm as Cell<f64>>::State<'_> = held.on(&other);
    assert_eq!(Held::of(&back), held);
    let [h, c] = held.pick(&[1, 1, 0]).on(&other);
    assert_eq!(h.to_vec(), [4.0, 5.0, 6.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    assert_eq!(c.shape(), cell.zero_state(&other, 3)[1].shape());
}

#[test]
fn what_is_refused() {
    let decoder = Decoder::new(3, Elman::new(2, 4, Activation::Tanh));
    let params = decoder.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    let generated = |prompts: &[Vec<usize>], rows: usize| {
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let state = tape.zeros([rows, 4]);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (sampler, until) = (Sampler::new(), Until::length(2));
        decoder.generate(&w, Some(&state), prompts, &sampler, until, &mut rng);
    };
    let searched = |prompt: &[usize], rows: usize| {
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let state = tape.zeros([rows, 4]);
        decoder.beam_search(&w, Some(&state), prompt, &Beam::new(2, Until::length(2)));
    };
    let chosen = |logits: &[f64]| {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        Sampler::greedy().choose(logits, &mut rng);
    };
    let stepped = |logits: usize| {
        let step = |_: &[usize], none: &Vec<()>| (vec![0.0; logits], none.clone());
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (state, prompts) = (vec![(); 2], [[0], [1]]);
        generate(
            step,
            state,
            &prompts,
            &Sampler::new(),
            Until::length(1),
            &mut rng,
        );
    };
    generated(&[vec![0, 1], vec![2]], 2);
    searched(&[0, 1], 1);
    stepped(6);
    let sampler = Sampler::new;
    assert_refused! {
        generated(&[vec![0], vec![]], 2) => "generate: prompt 1 is empty";
        generated(&[vec![0]], 2) => "generate: 1 prompts, but a state of 2 rows";
        generated(&[vec![0], vec![3]], 2)
            => "embedding: token 3 at place 1, but there are 3, counted from 0";
        searched(&[], 1) => "beam: the prompt is empty";
        searched(&[0], 2) => "beam: a state of 2 rows, but a search starts from one";
        stepped(5) => "generate: 5 logits for 2 sequences: all need as many, and at least one";
        stepped(0) => "generate: 0 logits for 2 sequences: all need as many, and at least one";
        chosen(&[0.0, f64::NAN])
            => "generate: the logit of token 1 is NaN, but all must be below infinity";
        chosen(&[f64::INFINITY, 0.0])
            => "generate: the logit of token 0 is inf, but all must be below infinity";
        chosen(&[f64::NEG_INFINITY; 2]) => "generate: of the logits of 2 tokens none is finite";
        Until::length(0) => "until: a length of 0, but one token is the least";
        Beam::new(0, Until::length(1)) => "beam: width 0, but one sequence is the least";
        Beam::new(1, Until::length(1)).length_penalty(-0.5)
            => "beam: length penalty -0.5, but it must be finite and not negative";
        sampler().temperature(0.0)
            => "sampler: temperature 0, but it must be positive and finite; Sampler::greedy() is \
                the limit 0";
        sampler().temperature(-1.0)
            => "sampler: temperature -1, but it must be positive and finite; Sampler::greedy() \
                is the limit 0";
        sampler().temperature(f64::NAN)
            => "sampler: temperature NaN, but it must be positive and finite; Sampler::greedy() \
                is the limit 0";
        sampler().top_k(0) => "sampler: top-k 0, but one token must remain";
        sampler().top_p(0.0) => "sampler: top-p 0, but it must be in (0, 1]";
        sampler().top_p(1.5) => "sampler: top-p 1.5, but it must be in (0, 1]";
        Held::of(&Tape::<f64>::new().zeros([1, 2])).on::<[Var<'_, f64>; 2]>(&Tape::new())
            => "held: a state of 1 variables, not the kind wanted here";
    }
}
