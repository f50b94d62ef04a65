//! The network: layers that see a picture, and cells that spell from the state they give.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::vars::Vars;
use wengert_rnn::{
    Cell, Decoder, DecoderWeights, Embedding, InitialState, Leaves, Lengths, Params, Targets,
    unroll,
};
use wengert_tape::{Tape, Var};

use crate::data::emoji::SIDE;
use crate::dense::Dense;

/// Red, green and blue.
pub(super) const COLOURS: usize = 3;

/// A picture, and its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Picture {
    /// [`SIDE`] x [`SIDE`] x [`COLOURS`] on white, row-major.
    pub pixels: Vec<u8>,
    /// Characters of an [`Alphabet`].
    pub name: Vec<usize>,
}

/// The characters of names as tokens; two more start and stop a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Alphabet {
    characters: Vec<char>,
}

impl Alphabet {
    /// Of all characters in `names`.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut characters: Vec<char> = names.into_iter().flat_map(str::chars).collect();
        characters.sort_unstable();
        characters.dedup();
        Self { characters }
    }

    /// # Panics
    /// If a character is none of the alphabet.
    #[track_caller]
    pub fn encode(&self, name: &str) -> Vec<usize> {
        let token = |c| match self.characters.binary_search(&c) {
            Ok(token) => token,
            Err(_) => panic!("{c:?} is not in the alphabet"),
        };
        name.chars().map(token).collect()
    }

    pub fn decode(&self, tokens: &[usize]) -> String {
        let known = tokens.iter().filter_map(|&t| self.characters.get(t));
        known.collect()
    }

    /// Starts a name.
    pub fn start(&self) -> usize {
        self.characters.len()
    }

    /// Ends a name.
    pub fn stop(&self) -> usize {
        self.characters.len() + 1
    }

    fn tokens(&self) -> usize {
        self.characters.len() + 2
    }
}

/// Sizes of the network, and what training does to its examples.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sizes {
    /// Units of the layers that see the picture.
    pub seen: usize,
    /// Units of the cell.
    pub hidden: usize,
    /// Features of a character.
    pub embedding: usize,
    /// Rate of dropout between all layers.
    pub dropout: f64,
    /// Rate at which pixels are hidden.
    pub hide: f64,
    /// Pixels by which a picture is moved in each direction, at most.
    pub shift: usize,
}

/// `v` = layers of the picture, `s_0 = A v + b`, and a decoder of characters from `s_0`.
#[derive(Clone)]
pub(super) struct Captioner<C> {
    pub alphabet: Alphabet,
    sizes: Sizes,
    eye: Dense,
    initial: InitialState,
    pub decoder: Decoder<C>,
}

impl<C: Cell<f32> + Sync> Captioner<C> {
    pub fn new(alphabet: Alphabet, sizes: Sizes, cell: fn(usize, usize) -> C) -> Self {
        let seen = sizes.seen;
        let cell = cell(sizes.embedding, sizes.hidden);
        Self {
            eye: Dense::new(&[SIDE * SIDE * COLOURS, seen, seen]).with_dropout(sizes.dropout),
            initial: InitialState::new(seen),
            decoder: Decoder::new(alphabet.tokens(), cell),
            alphabet,
            sizes,
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let initial = self.initial.init(self.decoder.cell(), rng);
        self.eye
            .init(rng)
            .with_part("initial.", initial)
            .with_part("decoder.", self.decoder.init(rng))
    }

    /// The states from which the names of `pictures` are spelt, a row each, and the weights of the
    /// decoder.
    #[expect(clippy::type_complexity, reason = "a pair")]
    pub fn look<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        pictures: &[&Picture],
        mode: &mut Mode<'_>,
    ) -> (C::State<'t>, DecoderWeights<'t, f32, C>) {
        let one = Lengths::equal(1, pictures.len());
        let ink = pictures.iter().flat_map(|picture| self.ink(picture, mode));
        let ink: Vec<f32> = ink.collect();
        let x = tape.constant([pictures.len(), ink.len() / pictures.len()], &ink);
        let x = dropout(x, &one, self.sizes.hide, mode);
        let seen = self.eye.apply(leaves, x, mode).relu();
        let seen = dropout(seen, &one, self.sizes.dropout, mode);
        let state = self
            .initial
            .apply(self.decoder.cell(), &leaves.take(), seen);
        // Bounded, as states of cells are.
        (state.map(|var| var.tanh()), leaves.take())
    }

    /// The sum of the cross entropies of the characters of all names, in nats, and their number.
    pub fn losses<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        pictures: &[&Picture],
        mode: &mut Mode<'_>,
    ) -> (Var<'t, f32>, usize) {
        let (state, w) = self.look(tape, leaves, pictures, mode);
        let names: Vec<&[usize]> = pictures.iter().map(|picture| &picture.name[..]).collect();
        let targets = Targets::delimited(self.alphabet.start(), &names, self.alphabet.stop());
        let logits = self.teach(&w, &state, &targets, mode);
        let losses = CrossEntropy::new().of(logits, targets.outputs());
        (losses.sum(), targets.outputs().len())
    }

    /// [`Decoder::teach`] with dropout before and behind the cell.
    fn teach<'t>(
        &self,
        w: &DecoderWeights<'t, f32, C>,
        state: &C::State<'t>,
        targets: &Targets,
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let (lengths, rate) = (targets.lengths(), self.sizes.dropout);
        let embedding = Embedding::new(self.alphabet.tokens(), self.sizes.embedding);
        let x = embedding.apply(&w.embedding, targets.inputs());
        let x = dropout(x, lengths, rate, mode);
        let run = unroll(self.decoder.cell(), &w.cell, x, lengths, Some(state));
        let [weight, bias] = w.readout;
        dropout(run.output(), lengths, rate, mode).linear(weight.t(), bias)
    }

    /// 1 minus each colour, so that paper is 0; in training the picture is moved by some pixels.
    fn ink(&self, picture: &Picture, mode: &mut Mode<'_>) -> Vec<f32> {
        let reach = self.sizes.shift;
        let [down, right] = match mode {
            Mode::Evaluate => [reach; 2],
            Mode::Train(rng) => [(); 2].map(|()| rng.random_range(0..=2 * reach)),
        };
        let mut ink = vec![0.0; picture.pixels.len()];
        let inside =
            |place: usize, by: usize| (place + by).checked_sub(reach).filter(|p| *p < SIDE);
        for (at, from) in picture.pixels.chunks(COLOURS).enumerate() {
            let (row, column) = (inside(at / SIDE, down), inside(at % SIDE, right));
            if let (Some(row), Some(column)) = (row, column) {
                let to = &mut ink[(row * SIDE + column) * COLOURS..][..COLOURS];
                for (to, from) in to.iter_mut().zip(from) {
                    *to = 1.0 - f32::from(*from) / 255.0;
                }
            }
        }
        ink
    }
}

impl<C: Cell<f32> + Sync> Model<f32> for Captioner<C> {
    type Example = Picture;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Picture],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let (sum, characters) = self.losses(tape, leaves, shard, &mut Mode::Train(rng));
        Loss::of_sum(sum, characters)
    }
}
