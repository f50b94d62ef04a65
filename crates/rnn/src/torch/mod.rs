//! PyTorch's recurrent modules: `nn.RNN`, `nn.LSTM` and `nn.GRU`, from their state dicts.
//!
//! In Python, `safetensors.torch.save_file(net.state_dict(), path)`; here, with the gradients of any
//! cotangents:
//!
//! ```
//! use std::path::Path;
//! use wengert_rnn::tensors::{TensorFile, TensorWriter};
//! use wengert_rnn::torch::{Cotangents, Inputs, Kind, Module};
//! use wengert_tape::{Tape, Tensor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut writer = TensorWriter::new();
//! # for (name, shape) in [("weight_ih_l0", &[6, 1][..]), ("weight_hh_l0", &[6, 2]), ("bias_ih_l0", &[6]), ("bias_hh_l0", &[6])] {
//! #     writer.push(name, shape, &vec![0.5; shape.iter().product()]);
//! # }
//! # let path = Path::new("gru.safetensors");
//! # let file = TensorFile::from_bytes(path, writer.to_bytes())?;
//! // let file = TensorFile::read(path)?;
//! let module = Module::<f64>::load(Kind::Gru, &file, "")?; // sizes and options are inferred
//! let tape = Tape::new();
//! let x = Tensor::new([3, 1, 1], [1.0, 0.0, -1.0]); // [T, B, I]
//! let run = module.run(&tape, &Inputs::new(x))?;
//! run.backward(&Cotangents { h_n: Some(Tensor::new([1, 1, 2], [1.0, 1.0])), ..Cotangents::default() })?;
//! let (name, gradient) = &run.gradients()[0];
//! assert_eq!(name, "weight_ih_l0");
//! assert_eq!(gradient.shape.dims(), [6, 1]);
//! # Ok(())
//! # }
//! ```
//!
//! Layouts are PyTorch's: `output` [T, B, D H], the forward half first; states [L D, B, H], row
//! l D + d; with `batch_first`, x and output start with [B, T]. Modules run as in `net.eval()`:
//! dropout, of which a state dict knows nothing, acts in training only (see
//! [`Stack::with_dropout`]).

mod files;
mod module;
mod state_dict;

use std::error::Error;
use std::fmt;
use std::str::FromStr;

pub use self::files::read_inputs;
pub use self::module::{Cotangents, Inputs, Module, Run};
pub use self::state_dict::{load_state_dict, save_state_dict};
use crate::cell::Cell;
use crate::cells::{Activation, Elman, Gru, Lstm};
use crate::stack::Stack;

/// Which of PyTorch's modules. A state dict does not tell: those of both `nn.RNN` are alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `nn.RNN(nonlinearity="tanh")`, the default.
    RnnTanh,
    /// `nn.RNN(nonlinearity="relu")`.
    RnnRelu,
    /// `nn.LSTM`.
    Lstm,
    /// `nn.GRU`.
    Gru,
}

impl Kind {
    const NAMES: [(&str, Self); 4] = [
        ("rnn_tanh", Self::RnnTanh),
        ("rnn_relu", Self::RnnRelu),
        ("lstm", Self::Lstm),
        ("gru", Self::Gru),
    ];

    fn gates(self) -> usize {
        match self {
            Self::RnnTanh | Self::RnnRelu => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = Self::NAMES.iter().find(|(_, kind)| kind == self);
        f.write_str(own.expect("every kind has a name").0)
    }
}

impl FromStr for Kind {
    type Err = Mismatch;

    /// `rnn_tanh`, `rnn_relu`, `lstm` or `gru`.
    fn from_str(name: &str) -> Result<Self, Mismatch> {
        let known = Self::NAMES.iter().find(|(own, _)| *own == name);
        known.map(|&(_, kind)| kind).ok_or_else(|| {
            let names = Self::NAMES.map(|(own, _)| own).join(", ");
            Mismatch(format!("unknown module {name:?}; known are {names}"))
        })
    }
}

/// The sizes and options of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Architecture {
    /// Which module.
    pub kind: Kind,
    /// Features I of the input, `input_size`.
    pub inputs: usize,
    /// Units H of each layer and direction, `hidden_size`.
    pub hidden: usize,
    /// Number of layers L, `num_layers`.
    pub layers: usize,
    /// Whether layers run in both directions, D = 2.
    pub bidirectional: bool,
    /// Whether there are biases.
    pub bias: bool,
    /// Features of the projected hidden state of an LSTM, `proj_size`.
    pub projection: Option<usize>,
}

impl Architecture {
    /// Number of directions D.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Features of h: the projection's, or H.
    fn features(&self) -> usize {
        self.projection.unwrap_or(self.hidden)
    }

    /// Whether there can be such a module.
    fn check(&self) -> Result<(), Mismatch> {
        let Self {
            kind,
            inputs,
            hidden,
            layers,
            ..
        } = *self;
        if inputs == 0 || hidden == 0 || layers == 0 {
            return Err(Mismatch(format!(
                "{kind}: {layers} layers of {hidden} units over {inputs} inputs: none may be 0"
            )));
        }
        match self.projection {
            Some(size) if kind != Kind::Lstm || !(1..hidden).contains(&size) => {
                Err(Mismatch(format!(
                    "{kind}: projection of {hidden} units to {size}: only an lstm has one, to at least 1 and less than its units"
                )))
            }
            _ => Ok(()),
        }
    }

    fn elman(&self) -> Stack<Elman> {
        let activation = match self.kind {
            Kind::RnnRelu => Activation::Relu,
            _ => Activation::Tanh,
        };
        self.stack(|inputs| {
            let cell = Elman::new(inputs, self.hidden, activation);
            if self.bias { cell } else { cell.without_bias() }
        })
    }

    fn lstm(&self) -> Stack<Lstm> {
        self.stack(|inputs| {
            let mut cell = Lstm::new(inputs, self.hidden);
            if let Some(size) = self.projection {
                cell = cell.with_projection(size);
            }
            if self.bias { cell } else { cell.without_bias() }
        })
    }

    fn gru(&self) -> Stack<Gru> {
        self.stack(|inputs| {
            let cell = Gru::new(inputs, self.hidden);
            if self.bias { cell } else { cell.without_bias() }
        })
    }

    fn stack<C: Cell<f64>>(&self, cell: impl FnMut(usize) -> C) -> Stack<C> {
        if self.bidirectional {
            Stack::bidirectional(self.inputs, self.layers, cell)
        } else {
            Stack::new(self.inputs, self.layers, cell)
        }
    }
}

/// Tensors, sizes or names that do not go together. Prints as one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Mismatch {}
