//! Runs a recurrent module of PyTorch's on its inputs, and its gradients back:
//!
//! ```text
//! cargo run --example pytorch -- lstm weights.safetensors inputs.safetensors out.safetensors
//! ```
//!
//! In Python, `save_file(net.state_dict(), "weights.safetensors")`, and `save_file` of a dictionary
//! with `x` and if wanted `lengths`, `h_0`, `c_0`, and cotangents `g_output`, `g_h_n`, `g_c_n`. Then
//! `load_file("out.safetensors")` has `output`, `h_n`, `c_n`, and of all leaves what PyTorch calls
//! `x.grad`, `h_0.grad`, `weight_ih_l0.grad`, ...

use std::env;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use wengert_rnn::disk::FileError;
use wengert_rnn::tensors::{Dtype, Element, TensorFile, TensorWriter};
use wengert_rnn::torch::{Kind, Module};
use wengert_tape::Real;

const USAGE: &str = "usage: pytorch rnn_tanh|rnn_relu|lstm|gru WEIGHTS INPUTS OUT [--batch-first] [--prefix encoder.]";

struct Arguments {
    kind: Kind,
    paths: [String; 3],
    prefix: String,
    batch_first: bool,
}

fn main() -> ExitCode {
    let arguments = match parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => return exit(2, format_args!("{fault}; {USAGE}")),
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => exit(1, fault),
    }
}

fn exit(code: u8, fault: impl Display) -> ExitCode {
    eprintln!("pytorch: {fault}");
    ExitCode::from(code)
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut positional, mut prefix, mut batch_first) = (Vec::new(), String::new(), false);
    while let Some(word) = words.next() {
        match &word[..] {
            "--batch-first" => batch_first = true,
            "--prefix" => prefix = words.next().ok_or("--prefix needs a text")?,
            option if option.starts_with("--") => return Err(format!("unknown option {option}")),
            _ => positional.push(word),
        }
    }
    let count = positional.len();
    let [kind, paths @ ..]: [String; 4] = positional
        .try_into()
        .map_err(|_| format!("{count} arguments, but 4 are needed"))?;
    Ok(Arguments {
        kind: kind.parse().map_err(|fault| format!("{fault}"))?,
        paths,
        prefix,
        batch_first,
    })
}

fn run(arguments: &Arguments) -> Result<(), FileError> {
    let [weights, inputs, out] = arguments.paths.each_ref().map(Path::new);
    let (weights, inputs) = (TensorFile::read(weights)?, TensorFile::read(inputs)?);
    let first = format!("{}weight_ih_l0", arguments.prefix);
    let first = weights.tensors().find(|&(name, ..)| name == first);
    let writer = match first {
        Some((_, Dtype::F32, _)) => gradients::<f32>(arguments, &weights, &inputs)?,
        _ => gradients::<f64>(arguments, &weights, &inputs)?,
    };
    writer.write(out)
}

fn gradients<T: Real + Element>(
    arguments: &Arguments,
    weights: &TensorFile,
    inputs: &TensorFile,
) -> Result<TensorWriter, FileError> {
    let mut module = Module::<T>::load(arguments.kind, weights, &arguments.prefix)?;
    if arguments.batch_first {
        module = module.batch_first();
    }
    module.run_file(inputs)
}
