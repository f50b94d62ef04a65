//! State dicts: parameters under PyTorch's names, in files of tensors.

use wengert_tape::{Real, Shape};

use super::{Architecture, Kind};
use crate::disk::FileError;
use crate::params::Params;
use crate::tensors::{Element, TensorFile, TensorWriter};

/// Sets all parameters to the tensors of the file, whose names are theirs behind `prefix`
/// (`encoder.`, or nothing). Tensors that do not start with the prefix are left alone.
///
/// # Errors
/// When a tensor is missing, has another shape or type, holds an infinite number or NaN, or has no
/// parameter; the parameters stay as they were.
pub fn load_state_dict<T: Real + Element>(
    params: &mut Params<T>,
    file: &TensorFile,
    prefix: &str,
) -> Result<(), FileError> {
    let mut values = Vec::with_capacity(params.len());
    for p in params.iter() {
        let name = format!("{prefix}{}", p.name);
        values.extend(finite::<T>(file, &name, p.shape)?);
    }
    for (name, ..) in file.tensors() {
        let own = name.strip_prefix(prefix);
        if own.is_some_and(|own| params.iter().all(|p| p.name != own)) {
            return Err(file.error(format_args!(
                "tensor {name:?} is unexpected: the module has {} tensors, and none of this name",
                params.iter().count()
            )));
        }
    }
    params.values_mut().copy_from_slice(&values);
    Ok(())
}

/// Appends all parameters to the tensors that are to be written, `prefix` before their names, for
/// PyTorch's `load_state_dict(safetensors.torch.load_file(path))`.
///
/// # Panics
/// If there is a tensor of such a name.
#[track_caller]
pub fn save_state_dict<T: Real + Element>(
    params: &Params<T>,
    writer: &mut TensorWriter,
    prefix: &str,
) {
    for p in params.iter() {
        writer.push(&format!("{prefix}{}", p.name), p.shape.dims(), p.values);
    }
}

/// The elements of a tensor, all of them finite.
pub(super) fn finite<T: Real + Element>(
    file: &TensorFile,
    name: &str,
    shape: Shape,
) -> Result<Vec<T>, FileError> {
    let values: Vec<T> = file.values(name, shape.dims())?.collect();
    match values.iter().position(|x| !x.to_f64().is_finite()) {
        Some(at) => Err(file.error(format_args!(
            "tensor {name:?} is {} at element {at}, but must be finite",
            values[at].to_f64()
        ))),
        None => Ok(values),
    }
}

impl Architecture {
    /// The architecture of a module of this kind whose parameters are the tensors of the file that
    /// start with `prefix`.
    ///
    /// # Errors
    /// When the matrices of the input or that of the first hidden state are missing or do not fit
    /// the kind and each other.
    pub fn infer(kind: Kind, file: &TensorFile, prefix: &str) -> Result<Self, FileError> {
        let find = |name: &str| {
            let name = format!("{prefix}{name}");
            let mut tensors = file.tensors();
            tensors.find(|&(own, ..)| own == name).map(|t| t.2)
        };
        let matrix = |name: &str| match find(name) {
            Some(&[rows, cols]) => Ok([rows, cols]),
            Some(shape) => Err(file.error(format_args!(
                "tensor \"{prefix}{name}\" is {shape:?}, but must be a matrix"
            ))),
            None => Err(file.error(format_args!("tensor \"{prefix}{name}\" is missing"))),
        };
        let [rows, inputs] = matrix("weight_ih_l0")?;
        let [_, features] = matrix("weight_hh_l0")?;
        let (gates, projection) = (kind.gates(), find("weight_hr_l0").map(|_| features));
        let needed = match projection {
            Some(_) => rows.next_multiple_of(gates),
            None => gates.saturating_mul(features),
        };
        if rows != needed {
            return Err(file.error(format_args!(
                "tensor \"{prefix}weight_ih_l0\" has {rows} rows, but {kind} of {features} hidden features and {gates} gates needs {needed}"
            )));
        }
        let mut found = Self {
            kind,
            inputs,
            hidden: rows / gates,
            layers: 0,
            bidirectional: find("weight_ih_l0_reverse").is_some(),
            bias: find("bias_ih_l0").is_some(),
            projection,
        };
        // Nothing is allocated by sizes of which the file does not hold that many numbers.
        let expect = |name: &str, shape: [usize; 2]| match matrix(name)? {
            came if came == shape => Ok(()),
            came => Err(file.error(format_args!(
                "tensor \"{prefix}{name}\" is {came:?}, but {shape:?} is wanted"
            ))),
        };
        expect("weight_hh_l0", [rows, features])?;
        let mut width = inputs;
        for name in (0..).map(|l| format!("weight_ih_l{l}")) {
            if find(&name).is_none() {
                break;
            }
            expect(&name, [rows, width])?;
            found.layers += 1;
            width = found.directions() * features;
        }
        found.check().map_err(|fault| file.error(fault))?;
        Ok(found)
    }
}
