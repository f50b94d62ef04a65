//! Runs of a module from file to file.

use wengert_tape::{Real, Shape, Tape, Tensor};

use super::state_dict::finite;
use super::{Cotangents, Inputs, Module};
use crate::disk::FileError;
use crate::tensors::{Dtype, Element, TensorFile, TensorWriter};

impl<T: Real + Element> Module<T> {
    /// Runs on the inputs of a file (see [`read_inputs`]): the tensors to write are `output`, `h_n`
    /// and, of an LSTM, `c_n`; and if cotangents came, each gradient of [`Run::gradients`] as
    /// `{name}.grad`.
    ///
    /// [`Run::gradients`]: super::Run::gradients
    ///
    /// # Errors
    /// When the file is refused by [`read_inputs`], [`Module::run`] or [`Run::backward`].
    ///
    /// [`Run::backward`]: super::Run::backward
    pub fn run_file(&self, file: &TensorFile) -> Result<TensorWriter, FileError> {
        let (inputs, cotangents) = read_inputs(file)?;
        let tape = Tape::new();
        let run = self
            .run(&tape, &inputs)
            .map_err(|fault| file.error(fault))?;
        let mut writer = TensorWriter::new();
        let results = [("output", run.output), ("h_n", run.h_n)];
        for (name, y) in results.into_iter().chain(run.c_n.map(|c_n| ("c_n", c_n))) {
            writer.push(name, y.shape().dims(), &y.to_vec());
        }
        if cotangents != Cotangents::default() {
            run.backward(&cotangents)
                .map_err(|fault| file.error(fault))?;
            for (name, gradient) in run.gradients() {
                let name = format!("{name}.grad");
                writer.push(&name, gradient.shape.dims(), &gradient.values);
            }
        }
        Ok(writer)
    }
}

/// Names that such a file may hold.
const NAMES: [&str; 7] = ["x", "lengths", "h_0", "c_0", "g_output", "g_h_n", "g_c_n"];

/// Reads what a module is run on (`x`, and if present `lengths`, `h_0`, `c_0`), and the cotangents
/// that are present (`g_output`, `g_h_n`, `g_c_n`).
///
/// # Errors
/// When x is missing, a tensor has more than four axes, another type than `T` (lengths: `I64` or
/// `U64`) or a number that is not finite or a negative length, or a tensor has another name.
pub fn read_inputs<T: Real + Element>(
    file: &TensorFile,
) -> Result<(Inputs<T>, Cotangents<T>), FileError> {
    if let Some((name, ..)) = file.tensors().find(|(name, ..)| !NAMES.contains(name)) {
        return Err(file.error(format_args!(
            "tensor {name:?} is unexpected; known are {}",
            NAMES.join(", ")
        )));
    }
    let Some(x) = tensor(file, "x")? else {
        return Err(file.error("tensor \"x\" is missing"));
    };
    let inputs = Inputs {
        x,
        lengths: lengths(file)?,
        h_0: tensor(file, "h_0")?,
        c_0: tensor(file, "c_0")?,
    };
    let cotangents = Cotangents {
        output: tensor(file, "g_output")?,
        h_n: tensor(file, "g_h_n")?,
        c_n: tensor(file, "g_c_n")?,
    };
    Ok((inputs, cotangents))
}

/// The type and shape of a tensor, if there is one of that name.
fn find<'a>(file: &'a TensorFile, name: &str) -> Option<(Dtype, &'a [usize])> {
    let found = file.tensors().find(|&(own, ..)| own == name);
    found.map(|(_, dtype, shape)| (dtype, shape))
}

fn tensor<T: Real + Element>(
    file: &TensorFile,
    name: &str,
) -> Result<Option<Tensor<T>>, FileError> {
    let Some((_, shape)) = find(file, name) else {
        return Ok(None);
    };
    let shape = Shape::try_new(shape)
        .map_err(|fault| file.error(format_args!("tensor {name:?}: {fault}")))?;
    Ok(Some(Tensor::new(shape, finite(file, name, shape)?)))
}

fn lengths(file: &TensorFile) -> Result<Option<Vec<usize>>, FileError> {
    let Some((dtype, shape)) = find(file, "lengths") else {
        return Ok(None);
    };
    if shape.len() != 1 {
        return Err(file.error(format_args!(
            "tensor \"lengths\" is {shape:?}, but must have one axis"
        )));
    }
    let lengths: Result<Vec<usize>, String> = match dtype {
        Dtype::U64 => file.values::<u64>("lengths", shape)?.map(length).collect(),
        _ => file.values::<i64>("lengths", shape)?.map(length).collect(),
    };
    lengths.map(Some).map_err(|fault| file.error(fault))
}

fn length<N: Copy + std::fmt::Display + TryInto<usize>>(length: N) -> Result<usize, String> {
    length
        .try_into()
        .map_err(|_| format!("lengths holds {length}, which no sequence has"))
}
