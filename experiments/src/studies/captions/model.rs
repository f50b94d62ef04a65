//! The network: layers that see a picture, and cells that spell from what these saw.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::vars::Vars;
use wengert_rnn::{
    BinaryCrossEntropy, Cell, CrossEntropy, Decoder, DecoderWeights, Embedding, InitialState,
    Leaves, Lengths, Linear, Params, Targets, unroll,
};
use wengert_tape::{Tape, Var};

use crate::data::emoji::SIDE;
use crate::dense::Dense;

/// Red, green and blue.
pub(super) const COLOURS: usize = 3;

/// A picture, and its name.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Picture {
    /// [`SIDE`] x [`SIDE`] x [`COLOURS`] on white, row-major.
    pub pixels: Vec<u8>,
    /// Characters of an [`Alphabet`].
    pub name: Vec<usize>,
    /// Which of the frequent words are in the name, 1 or 0 for each.
    pub words: Vec<f32>,
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
        let token = |c| {
            let found = self.characters.binary_search(&c);
            found.unwrap_or_else(|_| panic!("{c:?} is not in the alphabet"))
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
    /// Units of each of the layers that see the picture.
    pub seen: usize,
    /// Frequent words.
    pub words: usize,
    /// Weight of the loss of the frequent words.
    pub weight: f64,
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

/// `v` is what two layers make of all pixels; `s_0 = tanh(A v + a)` is the state from which the name
/// is spelt; and `B v + b` tells which frequent words are in it, to teach `v` what matters.
#[derive(Clone)]
pub(super) struct Captioner<C> {
    pub alphabet: Alphabet,
    sizes: Sizes,
    eye: Dense,
    words: Linear,
    initial: InitialState,
    pub decoder: Decoder<C>,
}

/// What is known of pictures before their names are spelt.
pub(super) struct Start<'t, C: Cell<f32>> {
    /// Logits of the frequent words, [B, words].
    words: Var<'t, f32>,
    /// Where the decoder starts, a row each.
    pub state: C::State<'t>,
    /// The weights of the decoder.
    pub decoder: DecoderWeights<'t, f32, C>,
}

/// Losses of some pictures, in nats.
pub(super) struct Sums<'t> {
    /// The sum over the characters of all names, stops among them.
    pub characters: Var<'t, f32>,
    /// How many these are.
    pub count: usize,
    /// The sum over the frequent words of all names.
    words: Var<'t, f32>,
}

impl<C: Cell<f32> + Sync> Captioner<C> {
    pub fn new(alphabet: Alphabet, sizes: Sizes, cell: fn(usize, usize) -> C) -> Self {
        let seen = sizes.seen;
        let cell = cell(sizes.embedding, sizes.hidden);
        Self {
            eye: Dense::new(&[SIDE * SIDE * COLOURS, seen, seen]).with_dropout(sizes.dropout),
            words: Linear::new(seen, sizes.words),
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
            .with_part("words.", self.words.init(rng))
            .with_part("initial.", initial)
            .with_part("decoder.", self.decoder.init(rng))
    }

    /// What is seen of `pictures`, [B, seen].
    fn see<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        pictures: &[&Picture],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let one = Lengths::equal(1, pictures.len());
        let ink = pictures.iter().flat_map(|picture| self.ink(picture, mode));
        let ink: Vec<f32> = ink.collect();
        let x = tape.constant([pictures.len(), SIDE * SIDE * COLOURS], &ink);
        let x = dropout(x, &one, self.sizes.hide, mode);
        let seen = self.eye.apply(leaves, x, mode).relu();
        dropout(seen, &one, self.sizes.dropout, mode)
    }

    /// The states from which the names of `pictures` are spelt, a row each, and the weights of the
    /// decoder.
    pub fn look<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        pictures: &[&Picture],
        mode: &mut Mode<'_>,
    ) -> Start<'t, C> {
        let seen = self.see(tape, leaves, pictures, mode);
        let words = self.words.apply(&leaves.take(), seen);
        let state = self
            .initial
            .apply(self.decoder.cell(), &leaves.take(), seen);
        Start {
            words,
            // Bounded, as states of cells are.
            state: state.map(|var| var.tanh()),
            decoder: leaves.take(),
        }
    }

    /// The sum of the cross entropies of the characters of all names, in nats, and their number; and
    /// the sum of those of frequent words.
    pub fn losses<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        pictures: &[&Picture],
        mode: &mut Mode<'_>,
    ) -> Sums<'t> {
        let Start {
            words,
            state,
            decoder,
        } = self.look(tape, leaves, pictures, mode);
        let present: Vec<f32> = pictures.iter().flat_map(|p| &p.words).copied().collect();
        let present = tape.constant(words.shape(), &present);
        let names: Vec<&[usize]> = pictures.iter().map(|picture| &picture.name[..]).collect();
        let targets = Targets::delimited(self.alphabet.start(), &names, self.alphabet.stop());
        let logits = self.teach(&decoder, &state, &targets, mode);
        Sums {
            characters: CrossEntropy::new().of(logits, targets.outputs()).sum(),
            count: targets.outputs().len(),
            words: BinaryCrossEntropy::new().of(words, present).sum(),
        }
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
        let sums = self.losses(tape, leaves, shard, &mut Mode::Train(rng));
        Loss::of_sum(sums.characters + sums.words * self.sizes.weight, sums.count)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use wengert_rnn::Gru;

    use super::*;

    fn network() -> Captioner<Gru> {
        let sizes = Sizes {
            seen: 5,
            words: 2,
            weight: 1.0,
            hidden: 4,
            embedding: 3,
            dropout: 0.0,
            hide: 0.0,
            shift: 1,
        };
        Captioner::new(Alphabet::of(["ab", "c"]), sizes, Gru::new)
    }

    fn picture(name: &[usize], at: usize) -> Picture {
        let mut pixels = vec![255; SIDE * SIDE * COLOURS];
        pixels[at] = 0;
        let words = vec![0.0, 1.0];
        Picture {
            pixels,
            name: name.into(),
            words,
        }
    }

    #[test]
    fn names_become_tokens_and_names_again() {
        let alphabet = Alphabet::of(["cab", "b c"]);
        assert_eq!(alphabet.encode("a cab"), [1, 0, 3, 1, 2]);
        assert_eq!(alphabet.decode(&[1, 0, 3, 1, 2]), "a cab");
        assert_eq!((alphabet.start(), alphabet.stop()), (4, 5));
    }

    #[test]
    fn ink_is_what_is_not_white_and_moves_in_training_only() {
        let (network, picture) = (network(), picture(&[0], (2 * SIDE + 3) * COLOURS + 1));
        let ink = network.ink(&picture, &mut Mode::Evaluate);
        let inked = |ink: &[f32]| ink.iter().position(|x| *x == 1.0);
        assert_eq!(inked(&ink), Some((2 * SIDE + 3) * COLOURS + 1));
        assert_eq!(ink.iter().sum::<f32>(), 1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let places: Vec<usize> = (0..100)
            .map(|_| inked(&network.ink(&picture, &mut Mode::Train(&mut rng))).unwrap())
            .collect();
        for place in &places {
            let (row, column) = (place / COLOURS / SIDE, place / COLOURS % SIDE);
            assert!((1..=3).contains(&row) && (2..=4).contains(&column));
            assert_eq!(place % COLOURS, 1);
        }
        assert!(places.iter().any(|place| *place != places[0]));
    }

    #[test]
    fn losses_count_characters_and_are_those_of_each_picture_alone() {
        let network = network();
        let params = network.init(&mut ChaCha8Rng::seed_from_u64(1));
        let pictures = [
            picture(&[0, 1], 7),
            picture(&[2], 70),
            picture(&[1, 1, 1], 0),
        ];
        let losses = |pictures: &[&Picture]| {
            let tape = Tape::new();
            let mut leaves = params.bind(&tape);
            let sums = network.losses(&tape, &mut leaves, pictures, &mut Mode::Evaluate);
            (sums.characters.item() + sums.words.item(), sums.count)
        };
        let (together, count) = losses(&pictures.each_ref());
        let apart: f32 = pictures.iter().map(|picture| losses(&[picture]).0).sum();
        assert_eq!(count, 3 + 2 + 4);
        assert!(
            (together - apart).abs() < 1e-4 * apart,
            "{together} {apart}"
        );
    }
}
