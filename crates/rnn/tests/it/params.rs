//! Parameters: names, order, leaves and the gradient.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Activation, Cell, Elman, Linear, Params};
use wengert_tape::{Tape, Var};

fn model() -> Params<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let cell = Elman::new(3, 4, Activation::Tanh);
    let readout = Linear::new(4, 2);
    cell.init(&mut rng)
        .with_part("readout.", readout.init(&mut rng))
}

#[test]
fn names_and_shapes_are_pytorchs() {
    let params = model();
    let listed: Vec<_> = params
        .iter()
        .map(|p| (p.name, p.shape.to_string()))
        .collect();
    let expected = [
        ("weight_ih_l0", "[4,3]"),
        ("weight_hh_l0", "[4,4]"),
        ("bias_ih_l0", "[4]"),
        ("bias_hh_l0", "[4]"),
        ("readout.weight", "[2,4]"),
        ("readout.bias", "[2]"),
    ];
    assert_eq!(
        listed,
        expected.map(|(name, shape)| (name, shape.to_owned()))
    );
    assert_eq!(params.len(), 12 + 16 + 4 + 4 + 8 + 2);
}

#[test]
fn a_tensor_is_a_part_of_the_whole() {
    let mut params = model();
    params.get_mut("bias_hh_l0").fill(7.0);
    assert_eq!(params.values()[32..36], [7.0; 4]);
    assert!(params.get("bias_ih_l0").iter().all(|&b| b != 7.0));
    let values: Vec<f64> = params.iter().flat_map(|p| p.values).copied().collect();
    assert_eq!(values, params.values());
}

#[test]
fn the_gradient_has_the_order_of_the_values() {
    let params = model();
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let [_, w_hh, _, b_hh]: [Var<'_, f64>; 4] = leaves.take();
    let [v, _]: [Var<'_, f64>; 2] = leaves.take();
    (w_hh.sum() * 2.0 + b_hh.sum() * 3.0 + v.sum() * 4.0).backward();
    let expected = [(12, 0.0), (16, 2.0), (4, 0.0), (4, 3.0), (8, 4.0), (2, 0.0)];
    let expected: Vec<f64> = expected
        .iter()
        .flat_map(|&(n, g)| std::iter::repeat_n(g, n))
        .collect();
    assert_eq!(leaves.gradient(), expected);
    let named = leaves.gradients();
    assert_eq!(named.values(), expected);
    assert_eq!(named.get("readout.weight"), [4.0; 8]);
    let mut by_hand = params.clone();
    by_hand.values_mut().copy_from_slice(&expected);
    assert_eq!(named, by_hand);
}

#[test]
fn parts_are_taken_one_by_one() {
    let one = || Params::<f64>::new().with("weight", [1], |w| w.fill(1.0));
    let nested = Params::new()
        .with_part("a.", one())
        .with_part("b.", one().with("bias", [1], |_| {}));
    let params = nested.with("scale", [1], |_| {}).with_part("c.", one());
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let mut size = || leaves.take::<Vec<Var<'_, f64>>>().len();
    assert_eq!([size(), size(), size(), size()], [1, 2, 1, 1]);
}

#[test]
#[should_panic(expected = "the next part has 2 tensors, readout.weight, readout.bias")]
fn taking_another_part_than_the_next_is_refused() {
    let tape = Tape::new();
    let mut leaves = model().bind(&tape);
    let _: [Var<'_, f64>; 4] = leaves.take();
    let _: [Var<'_, f64>; 4] = leaves.take();
}

#[test]
#[should_panic(expected = "leaves: all parts are taken already")]
fn taking_more_than_there_is_is_refused() {
    let tape = Tape::new();
    let mut leaves = model().bind(&tape);
    let _: [Var<'_, f64>; 4] = leaves.take();
    let _: [Var<'_, f64>; 2] = leaves.take();
    let _: Var<'_, f64> = leaves.take();
}

#[test]
fn a_cast_keeps_names_shapes_and_parts() {
    let params = model();
    let narrow: Params<f32> = params.cast();
    let tape = Tape::new();
    let mut leaves = narrow.bind(&tape);
    let _: [Var<'_, f32>; 4] = leaves.take();
    let [v, _]: [Var<'_, f32>; 2] = leaves.take();
    let expected: Vec<f32> = params
        .get("readout.weight")
        .iter()
        .map(|&x| x as f32)
        .collect();
    assert_eq!(v.to_vec(), expected);
}

#[test]
#[should_panic(expected = "params: there is a parameter bias already")]
fn a_name_twice_is_refused() {
    let _ = Params::<f64>::new()
        .with("bias", [1], |_| {})
        .with("bias", [2], |_| {});
}

#[test]
#[should_panic(expected = "params: no parameter weight; there are bias")]
fn an_unknown_name_is_refused() {
    Params::<f64>::new().with("bias", [1], |_| {}).get("weight");
}
