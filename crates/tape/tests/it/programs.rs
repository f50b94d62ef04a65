//! Random programs: the sweep against forward mode, which knows no adjoints, windows or fan-out.

use wengert_tape::{Draw, Dual, Real, Shape, Tape, Tensor, Var, concat};

pub const SHAPES: [&[usize]; 6] = [&[3, 4], &[4], &[1, 4], &[2, 3, 4], &[], &[0, 4]];
pub const STEPS: usize = 30;
/// Most elements of a value, so that programs stay small.
const MOST: usize = 200;

/// A value of the pool changed by a random view or operation; none where it does not apply.
pub fn grow<'t, T: Real>(pool: &[Var<'t, T>], draw: &mut Draw) -> Option<Var<'t, T>> {
    let x = pool[draw.int(0..pool.len())];
    let y = pool[draw.int(0..pool.len())];
    let (shape, choice) = (x.shape(), draw.int(0..14));
    let axis = draw.int(0..shape.rank().max(1));
    let size = shape.dims().get(axis).copied();
    let matrices = shape.rank() == 2 && y.shape().rank() == 2;
    Some(match (choice, size) {
        (0, _) => x.tanh(),
        (1, _) => x.reshape([1, shape.len()]),
        (2, _) => x.retain(),
        (3, _) if shape.rank() < 4 && 3 * shape.len() <= MOST => {
            let mut dims = vec![draw.int(1..4)];
            dims.extend(shape.dims());
            x.broadcast_to(&dims[..])
        }
        (4 | 5, _) => {
            let common = shape.broadcast(&y.shape())?;
            (common.len() <= MOST).then(|| (x * y).tanh())?
        }
        (6, Some(_)) => x.flip(axis),
        (7, Some(_)) => x.transpose(axis, draw.int(0..shape.rank())),
        (8, Some(size)) => {
            let start = draw.int(0..size + 1);
            let end = draw.int(start..size + 1);
            x.slice_step(axis, start..end, draw.int(1..3))
        }
        (9, Some(_)) => x.sum_axes(&[axis]).tanh(),
        (10, Some(_)) => x.cumsum(axis).tanh(),
        (11, Some(_)) if 2 * shape.len() <= MOST => concat(&[x, x.tanh()], axis),
        (12, _) if matrices && shape.dims()[1] == y.shape().dims()[0] => x.matmul(y).tanh(),
        (12 | 13, _) if matrices && shape.dims()[1] == y.shape().dims()[1] => {
            x.linear(y.t(), x.sum()).tanh()
        }
        _ => return None,
    })
}

/// The program of this seed: all values it makes contribute to the loss.
fn program<'t, T: Real>(leaves: &[Var<'t, T>], seed: u64) -> Var<'t, T> {
    let mut draw = Draw::new(seed, 4);
    let mut pool = leaves.to_vec();
    for _ in 0..STEPS {
        if let Some(y) = grow(&pool, &mut draw) {
            pool.push(y);
        }
    }
    let sums = pool.iter().map(|x| x.sin().sum());
    sums.reduce(|a, b| a + b).expect("there are leaves")
}

#[test]
fn random_programs_agree_with_forward_mode() {
    for seed in 0..400 {
        let mut draw = Draw::new(seed + 1_000_000, 4);
        let mut tensors = || SHAPES.map(|dims| draw.tensor(Shape::new(dims), &[-1.0..1.0]));
        let (points, directions) = (tensors(), tensors());

        let tape = Tape::<f64>::new();
        let leaves = points.each_ref().map(|x| tape.leaf(x.shape, &x.values));
        let loss = program(&leaves, seed);
        loss.backward();
        let along = |(leaf, v): (&Var<'_, f64>, &Tensor)| -> f64 {
            let gradient = leaf.grad().expect("each leaf is used");
            gradient.iter().zip(&v.values).map(|(g, v)| g * v).sum()
        };
        let reverse: f64 = leaves.iter().zip(&directions).map(along).sum();

        let dual = Tape::<Dual<f64>>::new();
        let leaves: Vec<_> = points
            .iter()
            .zip(&directions)
            .map(|(x, v)| {
                let both = x.values.iter().zip(&v.values);
                let values: Vec<_> = both.map(|(&x, &v)| Dual::new(x, v)).collect();
                dual.leaf(x.shape, &values)
            })
            .collect();
        let forward = program(&leaves, seed).item();
        assert!(
            (forward.v - loss.item()).abs() <= 1e-11 * (1.0 + loss.item().abs()),
            "seed {seed}: loss {} and {}",
            forward.v,
            loss.item(),
        );
        let scale = 1.0 + reverse.abs().max(forward.d.abs());
        assert!(
            (forward.d - reverse).abs() <= 1e-10 * scale,
            "seed {seed}: {} forward, {reverse} in reverse",
            forward.d,
        );
    }
}
