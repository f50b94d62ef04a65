//! State dicts and inputs in files: what we save is loaded again, and what does not fit is refused.

use std::path::Path;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::tensors::{TensorFile, TensorWriter};
use wengert_rnn::torch::{
    Architecture, Cotangents, Inputs, Kind, Module, load_state_dict, read_inputs, save_state_dict,
};
use wengert_rnn::{Gru, Stack};
use wengert_tape::{Tape, Tensor};

/// The file with these tensors.
fn file(writer: &TensorWriter) -> TensorFile {
    TensorFile::from_bytes(Path::new("net.safetensors"), writer.to_bytes()).unwrap()
}

fn architecture(kind: Kind, layers: usize, bidirectional: bool, bias: bool) -> Architecture {
    Architecture {
        kind,
        inputs: 3,
        hidden: 4,
        layers,
        bidirectional,
        bias,
        projection: None,
    }
}

fn generator() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

#[test]
fn modules_are_saved_and_loaded_again() {
    let kinds = [Kind::RnnTanh, Kind::RnnRelu, Kind::Lstm, Kind::Gru];
    for kind in kinds {
        for (layers, flags) in [(1, 0), (2, 1), (3, 2), (1, 3), (2, 4), (3, 7)] {
            let [bidirectional, bias, projected] = [1, 2, 4].map(|bit| flags & bit != 0);
            let architecture = Architecture {
                projection: (projected && kind == Kind::Lstm).then_some(2),
                ..architecture(kind, layers, bidirectional, bias)
            };
            let module = Module::<f64>::new(architecture, &mut generator()).unwrap();
            let saved = module.save();
            let loaded = Module::<f64>::load(kind, &file(&saved), "").unwrap();
            assert_eq!(loaded.architecture(), architecture);
            assert_eq!(loaded.params(), module.params());
            assert_eq!(loaded.save().to_bytes(), saved.to_bytes());
        }
    }
}

/// PyTorch 2.15.0 loaded these bytes, with equal values (2026-11-22): `python3 torch_cases.py check`.
#[test]
fn what_pytorch_loaded_is_what_is_saved() {
    let architecture = Architecture {
        projection: Some(2),
        ..architecture(Kind::Lstm, 2, true, true)
    };
    let mut double = Module::<f64>::new(architecture, &mut generator()).unwrap();
    let names: Vec<_> = double.params().iter().map(|p| p.name.to_owned()).collect();
    for (at, name) in names.iter().enumerate() {
        for (i, x) in double.params_mut().get_mut(name).iter_mut().enumerate() {
            *x = i as f64 / 64.0 - at as f64;
        }
    }
    let mut single = double.params().cast::<f32>();
    single.values_mut().iter_mut().for_each(|x| *x -= 1.0);
    let mut writer = TensorWriter::new();
    save_state_dict(double.params(), &mut writer, "encoder.");
    save_state_dict(&single, &mut writer, "decoder.");
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/torch_saved.safetensors"
    );
    let saved = TensorFile::read(Path::new(path)).unwrap();
    assert!(saved.bytes() == writer.to_bytes());

    let loaded = Module::<f64>::load(Kind::Lstm, &saved, "encoder.").unwrap();
    assert_eq!(loaded.params(), double.params());
    let loaded = Module::<f32>::load(Kind::Lstm, &saved, "decoder.").unwrap();
    assert_eq!(loaded.params(), &single);
}

#[test]
fn a_stack_is_loaded_whole_or_not_at_all() {
    let stack = Stack::bidirectional(3, 2, |inputs| Gru::new(inputs, 4));
    let mut params = stack.init::<f64>(&mut generator());
    let before = params.clone();
    let other = Module::<f64>::new(
        architecture(Kind::Gru, 2, true, true),
        &mut ChaCha8Rng::seed_from_u64(1),
    );
    let other = other.unwrap();
    let mut broken = other.clone();
    *broken.params_mut().values_mut().last_mut().unwrap() = f64::NAN;
    let refused = load_state_dict(&mut params, &file(&broken.save()), "").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "net.safetensors: tensor \"bias_hh_l1_reverse\" is NaN at element 11, but must be finite"
    );
    assert_eq!(params, before);
    load_state_dict(&mut params, &file(&other.save()), "").unwrap();
    assert_eq!(params, *other.params());
}

#[test]
fn single_precision_runs_alike() {
    let architecture = architecture(Kind::Gru, 2, true, true);
    let double = Module::<f64>::new(architecture, &mut generator()).unwrap();
    let mut writer = TensorWriter::new();
    save_state_dict(&double.params().cast::<f32>(), &mut writer, "");
    let single = Module::<f32>::load(Kind::Gru, &file(&writer), "").unwrap();
    let values: Vec<f64> = (0..24).map(|i| f64::from(i).sin()).collect();
    let narrow: Vec<f32> = values.iter().map(|&x| x as f32).collect();
    let (tape, narrow_tape) = (Tape::new(), Tape::new());
    let run = double.run(&tape, &Inputs::new(Tensor::new([4, 2, 3], values)));
    let narrow = single.run(&narrow_tape, &Inputs::new(Tensor::new([4, 2, 3], narrow)));
    let (y, narrow) = (
        run.unwrap().output.to_vec(),
        narrow.unwrap().output.to_vec(),
    );
    let differences = y
        .iter()
        .zip(&narrow)
        .map(|(a, &b)| (a - f64::from(b)).abs());
    assert!(differences.fold(0.0, f64::max) < 1e-6);
}

#[test]
fn a_file_is_run() {
    let module = Module::<f64>::new(architecture(Kind::Lstm, 1, false, true), &mut generator());
    let module = module.unwrap().batch_first();
    let names = |writer: &TensorWriter| -> Vec<String> {
        let file = file(writer);
        let shaped = file
            .tensors()
            .map(|(name, _, shape)| format!("{name} {shape:?}"));
        shaped.collect()
    };
    let mut inputs = TensorWriter::new();
    inputs.push("x", &[2, 5, 3], &[0.5; 30]);
    inputs.push("lengths", &[2], &[3_i64, 5]);
    let results = ["c_n [1, 2, 4]", "h_n [1, 2, 4]", "output [2, 5, 4]"];
    assert_eq!(names(&module.run_file(&file(&inputs)).unwrap()), results);

    inputs.push("h_0", &[1, 2, 4], &[0.1; 8]);
    inputs.push("c_0", &[1, 2, 4], &[0.2; 8]);
    inputs.push("g_h_n", &[1, 2, 4], &[1.0; 8]);
    let gradients = [
        "bias_hh_l0.grad [16]",
        "bias_ih_l0.grad [16]",
        "c_0.grad [1, 2, 4]",
        "c_n [1, 2, 4]",
        "h_0.grad [1, 2, 4]",
        "h_n [1, 2, 4]",
        "output [2, 5, 4]",
        "weight_hh_l0.grad [16, 4]",
        "weight_ih_l0.grad [16, 3]",
        "x.grad [2, 5, 3]",
    ];
    let results = file(&module.run_file(&file(&inputs)).unwrap());
    let found: Vec<_> = results
        .tensors()
        .map(|(n, _, s)| format!("{n} {s:?}"))
        .collect();
    assert_eq!(found, gradients);
    // Padding: steps 3 and 4 of the first sample.
    let gx: Vec<f64> = results.values("x.grad", &[2, 5, 3]).unwrap().collect();
    assert!(gx[..9].iter().all(|&g| g != 0.0) && gx[9..15].iter().all(|&g| g == 0.0));
}

/// Asserts what loading as this kind says of the state dict of a GRU of two layers that was changed.
#[track_caller]
fn assert_load_refused(kind: Kind, prefix: &str, tensors: &[(&str, &[usize])], expected: &str) {
    let mut writer = TensorWriter::new();
    for &(name, shape) in tensors {
        writer.push(name, shape, &vec![0.5; shape.iter().product()]);
    }
    let found = Module::<f64>::load(kind, &file(&writer), prefix).unwrap_err();
    assert_eq!(found.to_string(), format!("net.safetensors: {expected}"));
}

#[test]
fn state_dicts_that_are_none() {
    let ih: (&str, &[usize]) = ("weight_ih_l0", &[6, 3]);
    let hh: (&str, &[usize]) = ("weight_hh_l0", &[6, 2]);
    for (kind, prefix, tensors, expected) in [
        (
            Kind::Gru,
            "",
            &[hh][..],
            "tensor \"weight_ih_l0\" is missing",
        ),
        (Kind::Gru, "", &[ih], "tensor \"weight_hh_l0\" is missing"),
        (
            Kind::Gru,
            "encoder.",
            &[ih, hh],
            "tensor \"encoder.weight_ih_l0\" is missing",
        ),
        (
            Kind::Gru,
            "",
            &[ih, hh, ("bias_ih_l0", &[6])],
            "tensor \"bias_hh_l0\" is missing",
        ),
        (
            Kind::Gru,
            "",
            &[ih, hh, ("bias_ih_l0", &[6]), ("bias_hh_l0", &[5])],
            "tensor \"bias_hh_l0\" is F64 [5], but F64 [6] is wanted",
        ),
        (
            Kind::Gru,
            "",
            &[ih, hh, ("dense.bias", &[1])],
            "tensor \"dense.bias\" is unexpected: the module has 2 tensors, and none of this name",
        ),
        (
            Kind::Gru,
            "",
            &[ih, ("weight_hh_l0", &[6])],
            "tensor \"weight_hh_l0\" is [6], but must be a matrix",
        ),
        (
            Kind::Gru,
            "",
            &[ih, ("weight_hh_l0", &[5, 2])],
            "tensor \"weight_hh_l0\" is [5, 2], but [6, 2] is wanted",
        ),
        (
            Kind::Lstm,
            "",
            &[ih, hh],
            "tensor \"weight_ih_l0\" has 6 rows, but lstm of 2 hidden features and 4 gates needs 8",
        ),
        (
            Kind::Lstm,
            "",
            &[("weight_ih_l0", &[8, 0]), ("weight_hh_l0", &[8, 2])],
            "lstm: 1 layers of 2 units over 0 inputs: none may be 0",
        ),
        (
            Kind::Lstm,
            "",
            &[
                ("weight_ih_l0", &[8, 3]),
                ("weight_hh_l0", &[8, 2]),
                ("weight_hr_l0", &[2, 2]),
            ],
            "lstm: projection of 2 units to 2: only an lstm has one, to at least 1 and less than its units",
        ),
        (
            Kind::Gru,
            "",
            &[ih, hh, ("weight_ih_l1", &[6, 4])],
            "tensor \"weight_ih_l1\" is [6, 4], but [6, 2] is wanted",
        ),
        (
            Kind::Gru,
            "",
            &[ih, hh, ("weight_ih_l0_reverse", &[6, 3])],
            "tensor \"weight_hh_l0_reverse\" is missing",
        ),
    ] {
        assert_load_refused(kind, prefix, tensors, expected);
    }
    let module = Module::<f64>::new(architecture(Kind::Gru, 1, false, true), &mut generator());
    let saved = file(&module.unwrap().save());
    assert_eq!(
        Module::<f32>::load(Kind::Gru, &saved, "")
            .unwrap_err()
            .fault,
        "tensor \"weight_ih_l0\" is F64 [12, 3], but F32 [12, 3] is wanted"
    );
    assert_eq!(
        "ltsm".parse::<Kind>().unwrap_err().to_string(),
        "unknown module \"ltsm\"; known are rnn_tanh, rnn_relu, lstm, gru"
    );
}

/// What a run of an LSTM of 2 layers in 2 directions, 3 features and 4 units, on 5 steps of 2
/// samples says to inputs and cotangents that were changed.
fn outcome(change: impl FnOnce(&mut Inputs<f64>, &mut Cotangents<f64>)) -> Result<(), String> {
    let tensor = |shape: [usize; 3]| Tensor::new(shape, vec![0.5; shape.iter().product()]);
    let module = Module::new(architecture(Kind::Lstm, 2, true, true), &mut generator()).unwrap();
    let mut inputs = Inputs {
        x: tensor([5, 2, 3]),
        lengths: Some(vec![3, 5]),
        h_0: Some(tensor([4, 2, 4])),
        c_0: Some(tensor([4, 2, 4])),
    };
    let mut cotangents = Cotangents {
        output: Some(tensor([5, 2, 8])),
        h_n: Some(tensor([4, 2, 4])),
        c_n: Some(tensor([4, 2, 4])),
    };
    change(&mut inputs, &mut cotangents);
    let tape = Tape::new();
    let run = module.run(&tape, &inputs).map_err(|e| e.to_string())?;
    run.backward(&cotangents).map_err(|e| e.to_string())
}

#[test]
fn inputs_that_do_not_fit() {
    let zeros = |shape: [usize; 3]| Tensor::new(shape, vec![0.0; shape.iter().product()]);
    let h = "2 layers, 2 directions, 2 samples and 4 features need [4,2,4]";
    assert_eq!(outcome(|_, _| {}), Ok(()));
    for (found, expected) in [
        (
            outcome(|i, _| i.x = zeros([5, 2, 4])),
            "x is [5,2,4], but must be [T,B,3] with T and B at least 1",
        ),
        (
            outcome(|i, _| i.x = zeros([0, 2, 3])),
            "x is [0,2,3], but must be [T,B,3] with T and B at least 1",
        ),
        (
            outcome(|i, _| i.x = Tensor::new([5, 3], vec![0.0; 15])),
            "x is [5,3], but must be [T,B,3] with T and B at least 1",
        ),
        (
            outcome(|i, _| i.lengths = Some(vec![3, 5, 1])),
            "lengths has 3 elements, but there are 2 samples",
        ),
        (
            outcome(|i, _| i.lengths = Some(vec![3, 0])),
            "lengths is 0 at sample 1, but must be 1 to 5",
        ),
        (
            outcome(|i, _| i.lengths = Some(vec![6, 5])),
            "lengths is 6 at sample 0, but must be 1 to 5",
        ),
        (
            outcome(|i, _| i.h_0 = Some(zeros([2, 2, 4]))),
            &format!("h_0 is [2,2,4], but {h}"),
        ),
        (
            outcome(|i, _| i.h_0 = Some(zeros([4, 3, 4]))),
            &format!("h_0 is [4,3,4], but {h}"),
        ),
        (
            outcome(|i, _| i.c_0 = Some(zeros([4, 2, 3]))),
            &format!("c_0 is [4,2,3], but {h}"),
        ),
        (
            outcome(|i, _| i.c_0 = None),
            "h_0 came alone, but lstm takes both or neither",
        ),
        (
            outcome(|_, c| c.output = Some(zeros([5, 2, 4]))),
            "the cotangent of output is [5,2,4], but output is [5,2,8]",
        ),
        (
            outcome(|_, c| *c = Cotangents::default()),
            "no cotangents came: of output, h_n or c_n there must be one",
        ),
    ] {
        assert_eq!(found.unwrap_err(), expected);
    }

    let gru = Module::<f64>::new(architecture(Kind::Gru, 1, false, true), &mut generator());
    let (gru, tape) = (gru.unwrap().batch_first(), Tape::new());
    let x = Inputs::new(zeros([2, 5, 3]));
    let c_0 = Some(zeros([1, 2, 4]));
    let refused = gru.run(
        &tape,
        &Inputs {
            c_0: c_0.clone(),
            ..x.clone()
        },
    );
    let expected = "c_0 came alone, but gru takes no c_0";
    assert_eq!(refused.unwrap_err().to_string(), expected);
    let c_n = Cotangents {
        c_n: c_0,
        ..Cotangents::default()
    };
    let refused = gru.run(&tape, &x).unwrap().backward(&c_n);
    let expected = "the cotangent of c_n is [1,2,4], but c_n is missing";
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

#[test]
fn files_of_inputs_that_are_none() {
    let refused = |fill: &dyn Fn(&mut TensorWriter)| {
        let mut writer = TensorWriter::new();
        fill(&mut writer);
        read_inputs::<f64>(&file(&writer)).unwrap_err().fault
    };
    let with_x = |fill: &dyn Fn(&mut TensorWriter)| {
        refused(&|w| {
            w.push("x", &[1, 2, 1], &[0.0, 1.0]);
            fill(w);
        })
    };
    for (found, expected) in [
        (refused(&|_| {}), "tensor \"x\" is missing"),
        (
            refused(&|w| w.push("x", &[1, 1, 2], &[0.0, f64::INFINITY])),
            "tensor \"x\" is inf at element 1, but must be finite",
        ),
        (
            refused(&|w| w.push("x", &[1, 1, 1], &[0.0_f32])),
            "tensor \"x\" is F32 [1, 1, 1], but F64 [1, 1, 1] is wanted",
        ),
        (
            with_x(&|w| w.push("h0", &[1], &[0.0])),
            "tensor \"h0\" is unexpected; known are x, lengths, h_0, c_0, g_output, g_h_n, g_c_n",
        ),
        (
            with_x(&|w| w.push("lengths", &[2], &[1_i64, -3])),
            "lengths holds -3, which no sequence has",
        ),
        (
            with_x(&|w| w.push("lengths", &[1, 2], &[1_u64, 1])),
            "tensor \"lengths\" is [1, 2], but must have one axis",
        ),
        (
            with_x(&|w| w.push("lengths", &[2], &[1.0, 1.0])),
            "tensor \"lengths\" is F64 [2], but I64 [2] is wanted",
        ),
    ] {
        assert_eq!(found, expected);
    }
}
