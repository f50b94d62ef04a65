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
        // One product for the inputs of all steps pays for few steps only: backward of its slices
        // pads with zeros to the whole, so the time grows with the square of the steps.
        // Milliseconds with it and without on two cores, 2026-11-22: E1 23, 20; E3 0.45, 0.72; L1
        // 116, 63. Inputs and hidden state joined in one product: E1 20, L1 67, L2 1051 over 773.
        let hoisted = (self.x.len() < 32)
            .then(|| Tensor::cat(self.x.clone(), 0).matmul(w_ih.clone()) + bias.clone());

        let mut h = Tensor::zeros([batch, self.setting.hidden], &w_hh.device());
        let mut c = h.clone();
        let mut all = Vec::with_capacity(self.x.len());
        for (t, x) in self.x.iter().enumerate() {
            let of_input = || match &hoisted {
                Some(hoisted) => hoisted.clone().narrow(0, t * batch, batch),
                None => x.clone().matmul(w_ih.clone()) + bias.clone(),
            };
            let sum = || h.clone().matmul(w_hh.clone()) + of_input();
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
