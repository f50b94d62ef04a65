//! How many advances checkpointing needs: in closed form, and by dynamic programming.
//!
//! With s kept states, the first among them before the first of l steps, an optimal schedule goes to
//! a step m, keeps the state there, reverses the l - m steps behind it with s - 1 states, and then the
//! m steps before it with s:
//!
//! ```text
//! t(1, s) = 0,   t(l, s) = min_m  m + t(m, s) + t(l - m, s - 1)
//! t(l, s) = r l - beta(s + 1, r - 1),   beta(s, r) = (s + r)! / (s! r!),   least r with beta(s, r) >= l
//! ```
//!
//! The second line is the solution (Griewank 1992; Griewank & Walther 2000, algorithm 799).

/// The binomial coefficient C(s + r, s): the most steps that s states can reverse if none runs more
/// than r times.
pub fn beta(s: usize, r: usize) -> u128 {
    (1..=r as u128).fold(1, |beta, i| beta * (s as u128 + i) / i)
}

/// The fewest advances that reverse `l` steps with `s` states, in closed form.
///
/// # Panics
/// If there are no steps or no states.
#[track_caller]
pub fn advances(l: usize, s: usize) -> usize {
    assert!(l > 0 && s > 0, "advances: {l} steps with {s} states");
    let mut r = 0;
    while beta(s, r) < l as u128 {
        r += 1;
    }
    match r {
        0 => 0,
        _ => r * l - beta(s + 1, r - 1) as usize,
    }
}

/// The same by dynamic programming, for up to `longest` steps and `most` states: element \[s\]\[l\]. None
/// where there is no schedule.
pub fn least(longest: usize, most: usize) -> Vec<Vec<Option<usize>>> {
    let mut table = vec![vec![None; longest + 1]; most + 1];
    for s in 0..=most {
        for l in 1..=longest {
            table[s][l] = match (l, s) {
                (1, _) => Some(0),
                (_, 0) => None,
                _ => (1..l)
                    .filter_map(|m| Some(m + table[s][m]? + table[s - 1][l - m]?))
                    .min(),
            };
        }
    }
    table
}
