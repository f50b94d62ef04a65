//! How much does the last state of a recurrent unit remember of each input?

use wengert_tape::Tape;

fn main() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([20, 1], &[0.1; 20]); // a sequence: 20 steps of one number
    let w = tape.leaf([1, 1], &[0.5]);
    let u = tape.leaf([1, 1], &[0.8]);

    let mut h = tape.zeros([1, 1]);
    for t in 0..20 {
        h = (x.rows(t..t + 1).matmul(w) + h.matmul(u)).tanh();
    }
    h.sum().backward(); // back-propagation through time: the sweep of the tape

    println!("h_20 = {:.6}", h.item());
    for (t, slope) in x.grad().unwrap().iter().enumerate().step_by(5) {
        println!("dh_20/dx_{:<2} = {slope:.2e}", t + 1);
    }
}
