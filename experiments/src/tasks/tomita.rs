//! The seven languages of Tomita (1982) over 0 and 1: strings to accept or reject.
//!
//! | number | strings |
//! | --- | --- |
//! | 1 | `1*` |
//! | 2 | `(10)*` |
//! | 3 | no odd number of 1s in a row is followed by an odd number of 0s in a row |
//! | 4 | without `000` |
//! | 5 | an even number of 0s and an even number of 1s |
//! | 6 | the number of 0s less the number of 1s is a multiple of 3 |
//! | 7 | `0*1*0*1*` |

use super::automaton::Automaton;

/// The smallest automata that accept them: that of language n is `TOMITA[n - 1]`.
pub const TOMITA: [Automaton; 7] = [
    Automaton {
        next: &[&[1, 0], &[1, 1]],
        accepting: &[true, false],
    },
    // After (10)*, after a 1, and after a mistake.
    Automaton {
        next: &[&[2, 1], &[0, 2], &[2, 2]],
        accepting: &[true, false, false],
    },
    // After an even number of 1s (then any of 0s), an odd number of 1s, then an odd number of 0s, then
    // an even number of 0s; and after a mistake.
    Automaton {
        next: &[&[0, 1], &[2, 0], &[3, 4], &[2, 1], &[4, 4]],
        accepting: &[true, true, false, true, false],
    },
    // After so many 0s in a row.
    Automaton {
        next: &[&[1, 0], &[2, 0], &[3, 0], &[3, 3]],
        accepting: &[true, true, true, false],
    },
    // Both even, 0s odd, 1s odd, both odd.
    Automaton {
        next: &[&[1, 2], &[0, 3], &[3, 0], &[2, 1]],
        accepting: &[true, false, false, false],
    },
    // The difference modulo 3.
    Automaton {
        next: &[&[1, 2], &[2, 0], &[0, 1]],
        accepting: &[true, false, false],
    },
    // Which of the four parts it is in, and after a mistake.
    Automaton {
        next: &[&[0, 1], &[2, 1], &[2, 3], &[4, 3], &[4, 4]],
        accepting: &[true, true, true, true, false],
    },
];
