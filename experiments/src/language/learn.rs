//! The training of a language model.

use anyhow::Result;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::Adam;
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::Trainer;

use super::{Language, Layer, bits};
use crate::corpus::Corpus;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Best, Drawn, Trained, Training};

/// Measurements in a training.
const MEASURED: u64 = 12;
/// The last learning rate, as a part of the first.
const FLOOR: f64 = 0.05;

/// How a language model is trained.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fit {
    /// Steps of the optimiser.
    pub steps: u64,
    /// Windows of a step, from anywhere in the text.
    pub batch: usize,
    /// Characters of a window that are predicted.
    pub window: usize,
    /// Learning rate of Adam, falling to a twentieth of it along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Seed of the weights, the windows and the dropout.
    pub seed: u64,
}

impl<C: Layer> Language<C> {
    /// Learns the text of `corpus`, as the training `name` of the run. Of the parameters measured
    /// those are kept that are best on the validation part: the measure `validation_bits`.
    ///
    /// # Errors
    /// As [`Training::run`].
    ///
    /// # Panics
    /// If the text to learn from is no longer than a window.
    pub fn fit(
        &self,
        run: &mut Run,
        name: &str,
        corpus: &Corpus,
        fit: Fit,
    ) -> Result<Trained<f32>> {
        let params = self.init(&mut stream(fit.seed, Purpose::Weights));
        let adam = Adam::new(fit.rate, params.len());
        let mut trainer = Trainer::new(self.clone(), params, adam, fit.seed)
            .with_clip(Clip::by_norm(fit.clip))
            .with_schedule(schedule::cosine(fit.steps, FLOOR));
        let text = corpus.train();
        let mut supply = Drawn::new(fit.batch, fit.seed, |rng: &mut ChaCha8Rng| {
            let start = rng.random_range(0..text.len() - fit.window);
            text[start..=start + fit.window].to_vec()
        });
        Training::new(name, fit.steps, fit.steps.div_ceil(MEASURED))
            .keep("validation_bits", Best::Lowest)
            .run(run, &mut trainer, &mut supply, |language, params| {
                let range = corpus.parts.validation.clone();
                let found = language.log_probabilities(params, &corpus.symbols, range);
                Ok(vec![("validation_bits", bits(&found))])
            })
    }
}
