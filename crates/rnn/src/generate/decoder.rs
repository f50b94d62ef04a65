//! Generation and search by a decoder, on a tape that holds its weights and one step.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{NodeId, Real, Tape, Var};

use super::beam::{Beam, Hypothesis, beam_search};
use super::rows::Held;
use super::sample::{Until, generate};
use super::sampler::Sampler;
use crate::cell::Cell;
use crate::decode::{Decoder, DecoderWeights};
use crate::vars::FromVars;

impl<C> Decoder<C> {
    /// Goes on with each prompt, a row of `initial` for each, or from zeros: see
    /// [`generate`](super::generate()). Nothing is recorded on the tape of the weights.
    ///
    /// # Panics
    /// If a prompt is empty, there is not one for each row of `initial`, a token is out of range, or
    /// a logit is NaN or inf.
    #[track_caller]
    pub fn generate<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, C>,
        initial: Option<&C::State<'t>>,
        prompts: &[impl AsRef<[usize]>],
        sampler: &Sampler,
        until: Until,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Vec<usize>>
    where
        C: Cell<T>,
    {
        let state = self.held(initial, prompts.len());
        generate(self.by_value(w), state, prompts, sampler, until, rng)
    }

    /// The best sequences that go on from `prompt`, from `initial`, of one row, or from zeros: see
    /// [`beam_search`]. Nothing is recorded on the tape of the weights.
    ///
    /// # Panics
    /// If the prompt is empty, `initial` has not one row, a token is out of range, or a logit is NaN
    /// or inf.
    #[track_caller]
    pub fn beam_search<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, C>,
        initial: Option<&C::State<'t>>,
        prompt: &[usize],
        beam: &Beam,
    ) -> Vec<Hypothesis>
    where
        C: Cell<T>,
    {
        beam_search(self.by_value(w), self.held(initial, 1), prompt, beam)
    }

    fn held<T: Real>(&self, initial: Option<&C::State<'_>>, batch: usize) -> Held<T>
    where
        C: Cell<T>,
    {
        match initial {
            Some(state) => Held::of(state),
            None => Held::of(&self.cell().zero_state(&Tape::new(), batch)),
        }
    }

    /// [`Decoder::step`] by value.
    fn by_value<T: Real>(
        &self,
        w: &DecoderWeights<'_, T, C>,
    ) -> impl FnMut(&[usize], &Held<T>) -> (Vec<f64>, Held<T>)
    where
        C: Cell<T>,
    {
        let mut tape = Tape::new();
        let constant = |var: &Var<'_, T>| tape.constant(var.shape(), &var.to_vec()).id();
        let ids: Vec<_> = w.vars.iter().map(constant).collect();
        let below = tape.mark();
        weights::<_, C>(&tape, &ids);
        let mark = tape.mark();
        move |tokens, state| {
            tape.rewind(mark);
            let w = tape.again(below, || weights::<_, C>(&tape, &ids));
            let (logits, state) = self.step(&w, tokens, &state.on(&tape));
            let logits = logits.with(|x| x.iter().map(|x| x.to_f64()).collect());
            (logits, Held::of(&state))
        }
    }
}

/// The weights made of these nodes.
fn weights<'t, T: Real, C: Cell<T>>(tape: &'t Tape<T>, ids: &[NodeId]) -> DecoderWeights<'t, T, C> {
    let vars: Vec<_> = ids.iter().map(|&id| tape.var(id)).collect();
    FromVars::from_vars(&vars).expect("as they were")
}
