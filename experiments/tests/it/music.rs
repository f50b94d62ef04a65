//! Chorales as symbols, and the network over them: a likelihood of all voices together.

use rand::RngExt;
use wengert_experiments::data::chorales::{self, Chorale};
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::studies::music::keyboard::{Chord, Keyboard, REST, transposed};
use wengert_experiments::studies::music::model::{Network, Sizes, Window};
use wengert_rnn::{Lstm, Params, Sampler};

/// Few enough that all chords can be tried.
const SYMBOLS: [usize; 4] = [2, 3, 2, 3];

fn network() -> (Network<Lstm>, Params<f32>) {
    let sizes = Sizes {
        features: 5,
        hidden: 6,
        readout: 4,
        dropout: 0.5,
    };
    let network = Network::new(SYMBOLS, sizes, Lstm::new(5, 6));
    let params = network.init(&mut stream(3, Purpose::Weights));
    (network, params)
}

fn piece(steps: usize, seed: u64) -> Vec<Chord> {
    let mut rng = stream(seed, Purpose::Examples);
    let chord = |_| SYMBOLS.map(|symbols| rng.random_range(0..symbols));
    (0..steps).map(chord).collect()
}

fn whole(chords: Vec<Chord>) -> Window {
    Window {
        start: 0,
        before: None,
        chords,
    }
}

#[test]
fn every_chorale_comes_back_from_its_symbols() {
    let chorales = chorales::load(None).unwrap();
    let keyboard = Keyboard::of(&chorales);
    for chorale in &chorales {
        let chords = keyboard.encode(chorale);
        let back: Vec<_> = chords.iter().map(|chord| keyboard.decode(*chord)).collect();
        assert_eq!(back, chorale.steps, "{}", chorale.id);
        for (voice, size) in keyboard.sizes().into_iter().enumerate() {
            assert!(chords.iter().all(|chord| chord[voice] < size));
        }
    }
}

#[test]
fn transpositions_stay_within_the_range_of_every_voice() {
    let steps = |pitches: [u8; 4]| pitches.map(Some);
    let wide = Chorale {
        id: "wide".into(),
        steps: vec![steps([60, 50, 40, 30]), steps([64, 55, 46, 37])],
    };
    let narrow = Chorale {
        id: "narrow".into(),
        steps: vec![[Some(62), None, Some(41), Some(33)]],
    };
    let keyboard = Keyboard::of(&[wide.clone(), narrow.clone()]);
    assert_eq!(keyboard.sizes(), [6, 7, 8, 9]);
    assert_eq!(keyboard.transpositions(&keyboard.encode(&wide), 5), [0]);
    let chords = keyboard.encode(&narrow);
    // The tenor can go down by one, the soprano up by two.
    assert_eq!(keyboard.transpositions(&chords, 5), [-1, 0, 1, 2]);
    let up = transposed(chords[0], 2);
    assert_eq!(keyboard.decode(up), [Some(64), None, Some(43), Some(35)]);
    assert_eq!(up[1], REST);
}

/// After any history the probabilities of all chords add up to 1.
#[test]
fn the_likelihood_is_one_of_whole_chords() {
    let (network, params) = network();
    let history = piece(3, 0);
    let mut total = 0.0;
    for code in 0..SYMBOLS.iter().product() {
        let mut rest = code;
        let chord = SYMBOLS.map(|symbols| {
            let symbol = rest % symbols;
            rest /= symbols;
            symbol
        });
        let chords = [&history[..], &[chord]].concat();
        let losses = network.losses(&params, &[whole(chords)]);
        total += (-losses[0][3].iter().sum::<f64>()).exp();
    }
    assert!((total - 1.0).abs() < 1e-5, "{total}");
}

#[test]
fn a_voice_does_not_see_those_below_it_nor_what_comes_later() {
    let (network, params) = network();
    let one = piece(4, 1);
    let mut other = one.clone();
    other[2][2] = 1 - one[2][2];
    let losses = network.losses(&params, &[whole(one), whole(other)]);
    assert_eq!(losses[0][..2], losses[1][..2]);
    assert_eq!(losses[0][2][..2], losses[1][2][..2]);
    assert_ne!(losses[0][2][2], losses[1][2][2]);
    assert_ne!(losses[0][2][3], losses[1][2][3]);
    assert_ne!(losses[0][3], losses[1][3]);
}

#[test]
fn pieces_of_unequal_lengths_do_not_touch_each_other() {
    let (network, params) = network();
    let pieces: Vec<Window> = [3, 9, 1, 5, 4].map(|steps| whole(piece(steps, 2))).to_vec();
    let together = network.losses(&params, &pieces);
    for (piece, losses) in pieces.iter().zip(&together) {
        let alone = network.losses(&params, std::slice::from_ref(piece));
        assert_eq!(alone[0].len(), losses.len());
        for (a, b) in alone[0].as_flattened().iter().zip(losses.as_flattened()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

#[test]
fn a_window_is_a_part_of_its_piece() {
    let (network, params) = network();
    let chords = piece(6, 4);
    let part = Window {
        start: 5,
        before: Some(chords[4]),
        chords: chords[5..].to_vec(),
    };
    let all = network.losses(&params, &[part, whole(chords)]);
    // The same chord before and the same place, but another state.
    assert_eq!(all[0].len(), 1);
    assert_ne!(all[0][0], all[1][5]);
}

#[test]
fn what_is_written_goes_on_with_the_prompt_as_the_likelihood_says() {
    let (network, params) = network();
    let prompt = piece(3, 5);
    let mut rng = stream(0, Purpose::Generation);
    let greedy = network.improvise(&params, &prompt, 8, &Sampler::greedy(), &mut rng);
    assert_eq!(greedy.len(), 8);
    assert_eq!(greedy[..3], prompt);
    // The greedy soprano is never less likely than another.
    let losses = network.losses(&params, &[whole(greedy.clone())]);
    for t in 3..8 {
        let mut other = greedy[..=t].to_vec();
        other[t][0] = 1 - other[t][0];
        let others = network.losses(&params, &[whole(other)]);
        assert!(losses[0][t][0] <= others[0][t][0] + 1e-6);
    }
}
