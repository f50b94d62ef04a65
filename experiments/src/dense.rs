//! Feed-forward networks: affine layers one behind the other, on the same tape as all others.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::{Leaves, Lengths, Linear, Params, init};
use wengert_tape::Var;

/// `x_{l+1} = relu(W_l x_l + b_l)`, without the rectifier in the last layer.
#[derive(Clone, Debug)]
pub struct Dense {
    widths: Vec<usize>,
    dropout: f64,
}

impl Dense {
    /// With these numbers of features, from those that go in to those that come out.
    ///
    /// # Panics
    /// If there are fewer than two, or one is 0.
    #[track_caller]
    pub fn new(widths: &[usize]) -> Self {
        assert!(
            widths.len() >= 2 && !widths.contains(&0),
            "dense: layers between {widths:?} features"
        );
        Self {
            widths: widths.into(),
            dropout: 0.0,
        }
    }

    /// With dropout, at this rate, of what each layer but the first receives.
    pub fn with_dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }

    /// Fresh parameters, a part for each layer: weights as He et al. (2015) draw them for
    /// rectifiers, biases of 0.
    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let layers = self.widths.windows(2).enumerate();
        layers.fold(Params::new(), |params, (l, pair)| {
            let [inputs, outputs] = [pair[0], pair[1]];
            let layer = Params::new()
                .with("weight", [outputs, inputs], |w| {
                    init::he_uniform(w, [outputs, inputs], rng);
                })
                .with("bias", [outputs], |_| {});
            params.with_part(&format!("{l}."), layer)
        })
    }

    /// Takes its parts of the parameters, and gives [B, outputs] for `x`, [B, inputs].
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn apply<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
        x: Var<'t, f32>,
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let samples = Lengths::equal(1, x.shape().dims()[0]);
        let mut x = x;
        for (l, pair) in self.widths.windows(2).enumerate() {
            if l > 0 {
                x = dropout(x.relu(), &samples, self.dropout, mode);
            }
            x = Linear::new(pair[0], pair[1]).apply(&leaves.take(), x);
        }
        x
    }
}
