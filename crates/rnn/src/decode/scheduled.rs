//! Scheduled sampling: a decoder is fed its own tokens now and then while it learns (Bengio, Vinyals,
//! Jaitly & Shazeer 2015).

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, concat};

use super::decoder::{Decoded, Decoder, DecoderWeights};
use super::targets::Targets;
use crate::cell::Cell;
use crate::generate::Sampler;
use crate::unroll::first_state;
use crate::vars::Vars;

/// How the probability of feeding the *true* token falls with the number i of training steps done
/// (Bengio et al. 2015, section 2.4).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decay {
    /// max(least, k - c i).
    Linear {
        /// The probability below which it does not fall.
        least: f64,
        /// The probability at the start.
        k: f64,
        /// How much it falls with each step.
        c: f64,
    },
    /// k^i, with k < 1.
    Exponential {
        /// What is left of the probability after each step.
        k: f64,
    },
    /// k / (k + exp(i / k)), with k >= 1.
    InverseSigmoid {
        /// The larger, the later it falls: to a half at i = k ln k.
        k: f64,
    },
}

impl Decay {
    /// The probability of the decoder's own token, 1 minus that of the true one, at step `i`.
    ///
    /// ```
    /// use wengert_rnn::Decay;
    ///
    /// let decay = Decay::Linear { least: 0.1, k: 1.0, c: 0.01 };
    /// assert_eq!(decay.own(0), 0.0);
    /// assert_eq!(decay.own(50), 0.5);
    /// assert_eq!(decay.own(200), 0.9);
    /// ```
    ///
    /// # Panics
    /// If a constant is out of range: `least` and `k` must be in [0, 1] and `c` finite and not
    /// negative if linear, `k` in [0, 1] if exponential, `k` finite and at least 1 if inverse
    /// sigmoid.
    #[track_caller]
    pub fn own(&self, i: usize) -> f64 {
        let unit = 0.0..=1.0;
        let (truth, valid, range) = match *self {
            Self::Linear { least, k, c } => (
                (k - c * i as f64).max(least),
                unit.contains(&least) && unit.contains(&k) && c >= 0.0 && c.is_finite(),
                "least and k must be in [0, 1], c finite and not negative",
            ),
            Self::Exponential { k } => (k.powf(i as f64), unit.contains(&k), "k must be in [0, 1]"),
            Self::InverseSigmoid { k } => (
                k / (k + (i as f64 / k).exp()),
                k >= 1.0 && k.is_finite(),
                "k must be finite and at least 1",
            ),
        };
        assert!(valid, "scheduled sampling: {self:?}: {range}");
        1.0 - truth
    }
}

/// How a decoder's own tokens are mixed with the true ones.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Decay, Decoder, Gru, Sampler, ScheduledSampling, Targets};
/// use wengert_tape::Tape;
///
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let decoder = Decoder::new(3, Gru::new(4, 8));
/// let params = decoder.init(&mut rng);
/// let targets = Targets::next(&[vec![0, 1, 2, 0, 1], vec![2, 0, 1]]);
/// let decay = Decay::InverseSigmoid { k: 100.0 };
/// let mut tape = Tape::<f64>::new();
/// for step in 0..10 {
///     let mut leaves = params.bind(&tape);
///     let w = leaves.take();
///     let sampling = ScheduledSampling {
///         probability: decay.own(step),
///         sampler: Sampler::new(),
///         rng: &mut rng,
///     };
///     let logits = decoder.teach_sampled(&w, None, &targets, sampling).logits;
///     logits.cross_entropy(targets.outputs()).backward();
///     tape.reset();
/// }
/// ```
#[derive(Debug)]
pub struct ScheduledSampling<'r> {
    /// The probability of its own token, for each step and sequence by itself: see [`Decay::own`].
    pub probability: f64,
    /// How its own token is drawn from its logits: as a sample, or as the most probable.
    pub sampler: Sampler,
    /// What decides.
    pub rng: &'r mut ChaCha8Rng,
}

impl<C> Decoder<C> {
    /// [`Decoder::teach`] where each step is fed the token that the decoder itself drew from its
    /// last logits, with a probability, and the true one otherwise. The first is always the true
    /// one. No gradient passes through the choice, as in the paper.
    ///
    /// # Panics
    /// As [`Decoder::teach`]; and if the probability is not in [0, 1].
    #[track_caller]
    pub fn teach_sampled<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, C>,
        initial: Option<&C::State<'t>>,
        targets: &Targets,
        sampling: ScheduledSampling<'_>,
    ) -> Decoded<'t, T, C>
    where
        C: Cell<T>,
    {
        let ScheduledSampling {
            probability,
            sampler,
            rng,
        } = sampling;
        assert!(
            (0.0..=1.0).contains(&probability),
            "scheduled sampling: probability {probability}, but it must be in [0, 1]"
        );
        let lengths = targets.lengths();
        let mut state = first_state("decode", self.cell(), w.embedding.tape(), lengths, initial);
        let mut logits = Vec::with_capacity(lengths.running().len());
        let mut states = Vec::with_capacity(lengths.running().len());
        let (mut own, mut start) = (Vec::new(), 0);
        for &running in lengths.running() {
            let mut tokens = targets.inputs()[start..start + running].to_vec();
            for (token, own) in tokens.iter_mut().zip(&own) {
                if rng.random::<f64>() < probability {
                    *token = *own;
                }
            }
            if state.as_slice()[0].shape().dims()[0] > running {
                state = state.map(|s| s.rows(0..running));
            }
            let (y, after) = self.step(w, &tokens, &state);
            own = sampler.choose_rows(&y.to_vec(), running, rng);
            logits.push(y);
            states.push(after.clone());
            state = after;
            start += running;
        }
        Decoded {
            logits: concat(&logits, 0),
            states,
        }
    }
}
