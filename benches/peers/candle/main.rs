//! candle: a loop over the steps.

#[path = "../protocol.rs"]
mod protocol;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::ops::sigmoid;
use candle_nn::{Optimizer, SGD, loss};
use protocol::{Data, RATE, Setting};

fn main() {
    // Backward visits the graph by recursion, deeper than a usual stack at hundreds of steps.
    let stack = std::thread::Builder::new().stack_size(1 << 30);
    let thread = stack.spawn(|| protocol::serve(|setting, data| training(setting, data).unwrap()));
    thread.expect("a thread").join().expect("no panic");
}

fn training(setting: Setting, data: Data) -> Result<impl FnMut() -> f32> {
    let network = Network::new(setting, data)?;
    let mut optimizer = SGD::new(network.params.clone(), RATE)?;
    let mut step = move || {
        let loss = network.loss()?;
        optimizer.backward_step(&loss)?;
        loss.to_scalar()
    };
    Ok(move || step().unwrap())
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
    /// Milliseconds hoisted, joined and apart on two cores, 2026-11-22: E1 41, 43, 15; E3 0.6, 2.4,
    /// 1.6; L1 140, 79, 89; L2 -, 625, 944; L3 -, 1341, 1075.
    fn of(setting: &Setting) -> Self {
        match setting.cell {
            _ if setting.steps < 32 => Self::Hoisted,
            "lstm" if setting.hidden < 512 => Self::Joined,
            _ => Self::Apart,
        }
    }
}

struct Network {
    setting: Setting,
    params: Vec<Var>,
    /// The inputs of each step, [B, I].
    x: Vec<Tensor>,
    targets: Option<Tensor>,
}

impl Network {
    fn new(setting: Setting, data: Data) -> Result<Self> {
        let (steps, batch) = (setting.steps, setting.batch);
        let (inputs, hidden) = (setting.inputs, setting.hidden);
        let rows = setting.gates() * hidden;
        let shapes = [
            vec![rows, inputs],
            vec![rows, hidden],
            vec![rows],
            vec![rows],
            vec![inputs, hidden],
            vec![inputs],
        ];
        let device = &Device::Cpu;
        let params = data.params.into_iter().zip(shapes);
        let params = params.map(|(values, shape)| Var::from_vec(values, shape, device));
        let x = Tensor::from_vec(data.x, (steps, batch, inputs), device)?;
        let targets = (setting.over == "classes")
            .then(|| Tensor::from_vec(data.targets, steps * batch, device)?.to_dtype(DType::U32));
        Ok(Self {
            setting,
            params: params.collect::<Result<_>>()?,
            x: (0..steps).map(|t| x.get(t)).collect::<Result<_>>()?,
            targets: targets.transpose()?,
        })
    }

    fn loss(&self) -> Result<Tensor> {
        let mut hidden = self.hidden()?;
        match (&self.targets, &self.params[4..]) {
            (Some(targets), [weight, bias]) => {
                let hidden = Tensor::cat(&hidden, 0)?;
                let logits = hidden.matmul(&weight.t()?)?.broadcast_add(bias)?;
                loss::cross_entropy(&logits, targets)
            }
            _ if self.setting.over == "all" => Tensor::cat(&hidden, 0)?.sqr()?.mean_all(),
            _ => hidden.pop().expect("a step").sqr()?.mean_all(),
        }
    }

    /// The hidden states of all steps.
    fn hidden(&self) -> Result<Vec<Tensor>> {
        let [w_ih, w_hh, b_ih, b_hh, ..] = &self.params[..] else {
            unreachable!("four parameters of a cell")
        };
        let Setting { batch, cell, .. } = self.setting;
        // The bias of the GRU's candidate is inside the product with the reset gate.
        let bias = match cell {
            "gru" => b_ih.as_tensor().clone(),
            _ => (b_ih.as_tensor() + b_hh.as_tensor())?,
        };
        let projection = Projection::of(&self.setting);
        let hoisted = (projection == Projection::Hoisted).then(|| {
            Tensor::cat(&self.x, 0)?
                .matmul(&w_ih.t()?)?
                .broadcast_add(&bias)
        });
        let hoisted = hoisted.transpose()?;
        let joined = Tensor::cat(&[w_ih.as_tensor(), w_hh.as_tensor()], 1)?.t()?;
        let (w_ih, w_hh) = (w_ih.t()?, w_hh.t()?);

        let mut h = Tensor::zeros((batch, self.setting.hidden), DType::F32, &Device::Cpu)?;
        let mut c = h.clone();
        let mut all = Vec::with_capacity(self.x.len());
        for (t, x) in self.x.iter().enumerate() {
            let of_input = || match &hoisted {
                Some(hoisted) => hoisted.narrow(0, t * batch, batch),
                None => x.matmul(&w_ih)?.broadcast_add(&bias),
            };
            let sum = || match projection {
                Projection::Joined => Tensor::cat(&[x, &h], 1)?
                    .matmul(&joined)?
                    .broadcast_add(&bias),
                _ => h.matmul(&w_hh)? + of_input()?,
            };
            h = match cell {
                "elman" => sum()?.tanh()?,
                "lstm" => {
                    let gates = sum()?.chunk(4, 1)?;
                    let kept = (sigmoid(&gates[1])? * c)?;
                    c = (kept + (sigmoid(&gates[0])? * gates[2].tanh()?)?)?;
                    (sigmoid(&gates[3])? * c.tanh()?)?
                }
                _ => {
                    let input = of_input()?.chunk(3, 1)?;
                    let state = h.matmul(&w_hh)?.broadcast_add(b_hh)?.chunk(3, 1)?;
                    let r = sigmoid(&(&input[0] + &state[0])?)?;
                    let z = sigmoid(&(&input[1] + &state[1])?)?;
                    let n = (&input[2] + (r * &state[2])?)?.tanh()?;
                    (&n + (z * (&h - &n)?)?)?
                }
            };
            all.push(h.clone());
        }
        Ok(all)
    }
}
