//! A tape swept in pieces, forgotten as they are swept or not, has the bits of one swept whole.

use allocation_counter::measure;
use wengert_tape::{Draw, Mark, NodeId, Shape, Tape, Var};

use crate::engine::panic_message;
use crate::programs::{SHAPES, STEPS, grow};

/// A recording: where pieces may end, the leaves, and the loss.
struct Recording {
    tape: Tape<f64>,
    marks: Vec<Mark>,
    leaves: Vec<NodeId>,
    loss: NodeId,
}

fn leaf<'t>(tape: &'t Tape<f64>, dims: &[usize], draw: &mut Draw) -> Var<'t, f64> {
    let x = draw.tensor(Shape::new(dims), &[-1.0..1.0]);
    tape.leaf(x.shape, &x.values)
}

/// A random program, all of whose values contribute to the loss. Some leaves lie among the
/// operations, so that they end with a piece.
fn random(seed: u64) -> Recording {
    let tape = Tape::<f64>::new();
    let mut draw = Draw::new(seed, 4);
    let mut leaves = SHAPES.map(|dims| leaf(&tape, dims, &mut draw)).to_vec();
    let (mut pool, mut marks) = (leaves.clone(), Vec::new());
    for _ in 0..STEPS {
        if draw.int(0..8) == 0 {
            leaves.push(leaf(&tape, &[4, 4], &mut draw));
            pool.extend(leaves.last());
        }
        pool.extend(grow(&pool, &mut draw));
        marks.push(tape.mark());
    }
    let sums = pool.iter().map(|x| x.sin().sum());
    let loss = sums.reduce(|a, b| a + b).expect("there are leaves").id();
    let leaves = leaves.into_iter().map(Var::id).collect();
    Recording {
        tape,
        marks,
        leaves,
        loss,
    }
}

/// A recurrence whose weight gradients are gathered over more steps than one stack of rows holds.
fn recurrence(seed: u64) -> Recording {
    let tape = Tape::<f64>::new();
    let mut draw = Draw::new(seed, 4);
    let [w, b, x, h0] = [[5, 5], [1, 5], [90, 5], [3, 5]].map(|dims| leaf(&tape, &dims, &mut draw));
    let (mut h, mut marks) = (h0, Vec::new());
    for t in 0..30 {
        let drive = x.rows(3 * t..3 * t + 3).matmul(w) + b;
        marks.push(tape.mark());
        h = (h.linear(w.t(), drive) + h * b).tanh();
        marks.push(tape.mark());
    }
    let loss = (h.sum() + h.square().sum()).id();
    let leaves = [w, b, x, h0].map(Var::id).to_vec();
    Recording {
        tape,
        marks,
        leaves,
        loss,
    }
}

impl Recording {
    /// The bits of the leaves' gradients; a leaf that is not on the tape keeps those it has.
    fn read(&self, gradients: &mut [Vec<u64>]) {
        for (leaf, bits) in self.leaves.iter().zip(gradients) {
            if leaf.index() < self.tape.len() {
                let gradient = self.tape.var(*leaf).grad().unwrap_or_default();
                *bits = gradient.iter().map(|g| g.to_bits()).collect();
            }
        }
    }

    /// The gradients from one sweep.
    fn whole(&self) -> Vec<Vec<u64>> {
        let mut gradients = vec![Vec::new(); self.leaves.len()];
        self.tape.var(self.loss).backward();
        self.read(&mut gradients);
        gradients
    }

    /// The gradients from sweeps to about one in three of the marks, and one of the rest.
    fn in_pieces(&mut self, forget: bool, draw: &mut Draw) -> Vec<Vec<u64>> {
        let mut gradients = vec![Vec::new(); self.leaves.len()];
        let mut outputs = vec![self.loss];
        let mut last = None;
        for mark in self.marks.clone().into_iter().rev() {
            // Where nothing is recorded between two marks they are equal: no piece.
            if draw.int(0..3) > 0 || last.replace(mark) == Some(mark) {
                continue;
            }
            let seeds: Vec<_> = outputs.drain(..).map(|y| self.tape.var(y)).collect();
            let seeds: Vec<_> = seeds.iter().map(|&y| (y, &[1.0][..])).collect();
            self.tape.backward_to(mark, &seeds);
            if forget {
                self.read(&mut gradients);
                self.tape.rewind(mark);
                assert_eq!(self.tape.mark(), mark);
            }
        }
        let seeds: Vec<_> = outputs
            .iter()
            .map(|&y| (self.tape.var(y), &[1.0][..]))
            .collect();
        self.tape.backward(&seeds);
        self.read(&mut gradients);
        gradients
    }
}

#[test]
fn pieces_add_up_to_the_bits_of_the_whole() {
    for seed in 0..200 {
        for record in [random, recurrence] {
            let whole = record(seed).whole();
            assert!(whole.iter().any(|gradient| !gradient.is_empty()));
            for forget in [false, true] {
                let mut draw = Draw::new(seed + 7_000_000, 4);
                let pieces = record(seed).in_pieces(forget, &mut draw);
                assert_eq!(pieces, whole, "seed {seed}, forget {forget}");
            }
        }
    }
}

fn step<'t>(h: Var<'t, f64>, w: Var<'t, f64>) -> Var<'t, f64> {
    (h.matmul(w) + h.matmul(w.t())).tanh()
}

/// A recurrence recorded backwards in time from its states, a step on the tape at a time.
#[test]
fn steps_recorded_in_turn_have_the_bits_of_a_whole_recording() {
    let (steps, states) = (60, [2, 5]);
    let mut draw = Draw::new(1, 4);
    let [w0, h0] = [[5, 5], states].map(|dims| draw.tensor(Shape::new(&dims), &[-1.0..1.0]));

    let whole = Tape::<f64>::new();
    let (w, start) = (
        whole.leaf([5, 5], &w0.values),
        whole.leaf(states, &h0.values),
    );
    let mut values = Vec::new();
    // The state is the value of an operation in both recordings: products for a leaf are gathered.
    let mut h = start.scale(1.0);
    for _ in 0..steps {
        values.push(h.to_vec());
        h = step(h, w);
    }
    h.square().sum().backward();
    let expected = [w.grad(), start.grad()];

    let mut tape = Tape::<f64>::new();
    let w = tape.leaf([5, 5], &w0.values).id();
    let mark = tape.mark();
    let mut adjoint: Option<Vec<f64>> = None;
    for value in values.iter().rev() {
        let start = tape.leaf(states, value);
        let h = step(start.scale(1.0), tape.var(w));
        match &adjoint {
            Some(adjoint) => tape.backward_to(mark, &[(h, adjoint)]),
            None => tape.backward_to(mark, &[(h.square().sum(), &[1.0])]),
        }
        adjoint = start.grad();
        tape.rewind(mark);
        assert_eq!(tape.len(), 1);
    }
    let so_far = tape.var(w).grad().expect("all steps are swept");
    tape.backward(&[]);
    let gradient = tape.var(w).grad();
    assert_eq!(
        gradient,
        Some(so_far),
        "reading the sum so far changes nothing"
    );
    assert_eq!([gradient, adjoint], expected);
}

#[test]
fn a_leaf_shows_the_sum_so_far() {
    let mut tape = Tape::<f64>::new();
    let w = tape.leaf([1, 1], &[2.0]).id();
    let mark = tape.mark();
    for (x, sum) in [(1.0, 1.0), (10.0, 11.0), (100.0, 111.0)] {
        let y = tape.constant([1, 1], &[x]).matmul(tape.var(w));
        tape.backward_to(mark, &[(y, &[1.0])]);
        tape.rewind(mark);
        assert_eq!(tape.var(w).grad(), Some(vec![sum]));
    }
    tape.clear_grads();
    assert_eq!(tape.var(w).grad(), None);
}

/// What a leaf laid out for products holds is forgotten with it, though its place is used again.
#[test]
fn a_weight_recorded_in_the_place_of_a_forgotten_one_is_another() {
    let mut tape = Tape::<f32>::new();
    let mark = tape.mark();
    for scale in [1.0, 2.0] {
        let x = tape.constant([1, 32], &[1.0; 32]);
        let w = tape.leaf([32, 32], &[scale; 32 * 32]);
        assert_eq!(x.matmul(w.t()).to_vec(), [32.0 * scale; 32]);
        tape.rewind(mark);
    }
}

#[test]
fn repeated_pieces_allocate_nothing() {
    let mut tape = Tape::<f32>::new();
    let w = tape.leaf([16, 16], &[0.1; 256]).id();
    let (mark, values) = (tape.mark(), [0.5; 16 * 20]);
    let mut pieces = || {
        for rows in 1..20 {
            let values = &values[..16 * rows];
            let h = tape.leaf([rows, 16], values).slice(1, 0..16);
            let y = h.matmul(tape.var(w).t()).clamp(-1.0, 1.0);
            tape.backward_to(mark, &[(y, values)]);
            tape.rewind(mark);
        }
    };
    // The weight's adjoint takes a buffer late in the first round, and keeps it.
    (0..2).for_each(|_| pieces());
    assert_eq!(measure(|| (0..3).for_each(|_| pieces())).count_total, 0);
}

/// Something of each kind that can be recorded, copies before an operation that wants slices too.
fn scaled<'t>(tape: &'t Tape<f64>, w: Var<'t, f64>) -> Var<'t, f64> {
    let shift = tape.constant([1, 3], &[0.5, 1.0, 2.0]) + tape.zeros([3]);
    let columns = w.t().softmax(1).t() * w.detach().abs();
    (columns.slice(0, 1..3) + shift).retain()
}

#[test]
fn a_recording_gone_through_again_gives_the_same_handles() {
    let mut tape = Tape::<f64>::new();
    let w = leaf(&tape, &[3, 3], &mut Draw::new(1, 4)).id();
    let mark = tape.mark();
    let first = scaled(&tape, tape.var(w));
    let (first, value) = (first.id(), first.to_vec());
    let steps = tape.mark();
    let mut gradients = Vec::new();
    for _ in 0..3 {
        let len = tape.len();
        let again = tape.again(mark, || scaled(&tape, tape.var(w)));
        assert_eq!(
            (again.id(), again.to_vec(), tape.len()),
            (first, value.clone(), len)
        );
        let loss = again.square().sum(); // recorded anew, behind the end
        assert!(loss.id().index() >= len);
        tape.backward(&[(loss, &[1.0])]);
        gradients.push(tape.var(w).grad());
        tape.clear_grads();
        tape.rewind(steps);
    }
    assert_eq!(gradients[0], gradients[2]);
}

#[test]
fn a_panic_ends_the_repetition() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[1.0, 2.0]);
    let mark = tape.mark();
    let _ = x.exp();
    let expected = "again: sin is not what was recorded there, as node 1 (";
    let message = panic_message(|| tape.again(mark, || x.sin()));
    assert!(message.starts_with(expected), "{message}");
    let message = panic_message(|| tape.again(mark, || x.exp().exp()));
    assert!(message.starts_with("again: exp is not what was recorded there, as node 2 ("));
    assert_eq!(x.sin().id().index(), 2);
}

#[test]
fn what_is_refused() {
    let (mut tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let x = tape.leaf([], &[0.5]).id();
    let start = tape.mark();
    let y = tape.var(x).exp().id();
    let mark = tape.mark();
    let loss = tape.var(y).exp().id();
    let end = tape.mark();
    let refused = |tape: &Tape<f64>, mark: Mark, y: NodeId| {
        panic_message(|| tape.backward_to(mark, &[(tape.var(y), &[1.0])]))
    };
    let expect = |message: String, text: &str| assert!(message.starts_with(text), "{message}");

    let foreign = "backward_to: the mark is of another tape, or of this one before a reset (";
    expect(refused(&tape, other.mark(), loss), foreign);

    tape.backward_to(mark, &[(tape.var(loss), &[1.0])]);
    let twice = "backward_to: this tape was swept before; call clear_grads() to sweep again (";
    expect(refused(&tape, mark, y), twice);
    let swept = "backward_to: the output [] is in the piece from node 2 on, which was swept \
                 before; rewind() forgets it (";
    expect(refused(&tape, start, loss), swept);
    let waits = "rewind: an adjoint waits at node 1, after the mark at 1; sweep on with \
                 backward_to() first, or clear_grads() (";
    expect(panic_message(|| tape.rewind(start)), waits);
    assert_eq!(tape.len(), 3);

    tape.backward_to(start, &[]);
    tape.rewind(start);
    let beyond = "rewind: the mark is at node 3, but the tape was rewound and ends at 1 (";
    expect(panic_message(|| tape.rewind(end)), beyond);
    expect(panic_message(|| tape.var(y)), "var: no node 1, there are 1");
    tape.reset();
    expect(refused(&tape, start, x), "var: no node 0, there are 0");
    let before = "rewind: the mark is of another tape, or of this one before a reset (";
    expect(panic_message(|| tape.rewind(start)), before);
}
