//! burn: a loop over the steps, on its backend for processors, "flex".

#[path = "../protocol.rs"]
mod protocol;

use burn_tensor::activation::{log_softmax, sigmoid};
use burn_tensor::{Device, Int, Tensor, TensorData};
use protocol::{Data, RATE, Setting};

fn main() {
    // The graph is dropped by recursion, deeper than a usual stack at hundreds of steps.
    let stack = std::thread::Builder::new().stack_size(1 << 30);
    let thread = stack.spawn(|| protocol::serve(training));
    thread.expect("a thread").join().expect("no panic");
}

fn training(setting: Setting, data: Data) -> impl FnMut() -> f32 {
    let mut network = Network::new(setting, data);
    move || {
        let loss = network.loss();
        let mut gradients = loss.backward();
        for param in &mut network.params {
            let gradient = param.grad_remove(&mut gradients).expect("a gradient");
            let updated = param.clone().inner() - gradient * RATE;
            *param = updated.autodiff().require_grad();
        }
        loss.into_scalar()
    }
}

/// Where inputs meet their weights: the fastest of the three differs by size.
#[derive(PartialEq)]
enum Projection {
    /// One product for all steps. Backward of its slices pads with zeros to the whole, so the time
    /// grows with the square of the steps.
    Hoisted,
    /// One product a step, of inputs and hidden state joined.
    Joined,
    /// Two products a step.
    Apart,
}

impl Projection {
    fn of(setting: &Setting) -> Self {
        match std::env::var("VARIANT").unwrap_or_default().as_str() {
            "hoist" => Self::Hoisted,
            "cat" => Self::Joined,
            _ => Self::Apart,
        }
    }
}

struct Network {
    setting: Setting,
    /// Weights by rows of inputs, biases as one row.
    params: Vec<Tensor<2>>,
    /// The inputs of each step, [B, I].
    x: Vec<Tensor<2>>,
    /// [T B, 1].
    targets: Tensor<2, Int>,
}

impl Network {
    fn new(setting: Setting, data: Data) -> Self {
        let device = &Device::flex().autodiff();
        let (inputs, hidden) = (setting.inputs, setting.hidden);
        let heights = [inputs, hidden, 1, 1, hidden, 1];
        let params = data.params.into_iter().zip(heights);
        let params = params.map(|(values, height)| {
            let shape = [values.len() / height, height];
            let param = Tensor::<2>::from_data(TensorData::new(values, shape), device);
            param.transpose().require_grad()
        });
        let shape = [setting.batch, inputs];
        let x = data.x.chunks(setting.batch * inputs);
        let x = x.map(|x| Tensor::from_data(TensorData::new(x.to_vec(), shape), device));
        let classes: Vec<i64> = data.targets.iter().map(|&class| class as i64).collect();
        let shape = [classes.len(), 1];
        Self {
            setting,
            params: params.collect(),
            x: x.collect(),
            targets: Tensor::from_data(TensorData::new(classes, shape), device),
        }
    }

    fn loss(&self) -> Tensor<1> {
        let mut hidden = self.hidden();
        match self.setting.over {
            "last" => hidden.pop().expect("a step").square().mean(),
            "all" => Tensor::cat(hidden, 0).square().mean(),
            _ => {
                let [.., weight, bias] = &self.params[..] else {
                    unreachable!("a readout")
                };
                let logits = Tensor::cat(hidden, 0).matmul(weight.clone()) + bias.clone();
                let logs = log_softmax(logits, 1);
                logs.gather(1, self.targets.clone()).mean().neg()
            }
        }
    }

    /// The hidden states of all steps.
    fn hidden(&self) -> Vec<Tensor<2>> {
        let [w_ih, w_hh, b_ih, b_hh, ..] = &self.params[..] else {
            unreachable!("four parameters of a cell")
        };
        let Setting { batch, cell, .. } = self.setting;
        // The bias of the GRU's candidate is inside the product with the reset gate.
        let bias = match cell {
            "gru" => b_ih.clone(),
            _ => b_ih.clone() + b_hh.clone(),
        };
        let projection = Projection::of(&self.setting);
        let hoisted = (projection == Projection::Hoisted)
            .then(|| Tensor::cat(self.x.clone(), 0).matmul(w_ih.clone()) + bias.clone());
        let joined = (projection == Projection::Joined)
            .then(|| Tensor::cat(vec![w_ih.clone(), w_hh.clone()], 0));

        let mut h = Tensor::zeros([batch, self.setting.hidden], &w_hh.device());
        let mut c = h.clone();
        let mut all = Vec::with_capacity(self.x.len());
        for (t, x) in self.x.iter().enumerate() {
            let of_input = || match &hoisted {
                Some(hoisted) => hoisted.clone().narrow(0, t * batch, batch),
                None => x.clone().matmul(w_ih.clone()) + bias.clone(),
            };
            let sum = || match &joined {
                Some(joined) => {
                    Tensor::cat(vec![x.clone(), h.clone()], 1).matmul(joined.clone()) + bias.clone()
                }
                None => h.clone().matmul(w_hh.clone()) + of_input(),
            };
            h = match cell {
                "elman" => sum().tanh(),
                "lstm" => {
                    let [i, f, g, o] = gates(sum());
                    c = sigmoid(f) * c + sigmoid(i) * g.tanh();
                    sigmoid(o) * c.clone().tanh()
                }
                _ => {
                    let [ir, iz, i_n] = gates(of_input());
                    let [hr, hz, hn] = gates(h.clone().matmul(w_hh.clone()) + b_hh.clone());
                    let (r, z) = (sigmoid(ir + hr), sigmoid(iz + hz));
                    let n = (i_n + r * hn).tanh();
                    n.clone() + z * (h - n)
                }
            };
            all.push(h.clone());
        }
        all
    }
}

fn gates<const N: usize>(sums: Tensor<2>) -> [Tensor<2>; N] {
    sums.chunk(N, 1).try_into().expect("gates of equal width")
}
