//! Least squares by Householder reflections, for models that are nested in one another.

/// The x that minimise |A x - y| where A is the first n of the `columns`, for each n of `counts`:
/// one factorisation serves all of them.
///
/// A column that is a combination of those before it, to rounding, gets 0.
///
/// # Panics
/// If lengths differ, or a count is greater than the number of columns or of rows.
#[track_caller]
pub fn nested(mut columns: Vec<Vec<f64>>, mut y: Vec<f64>, counts: &[usize]) -> Vec<Vec<f64>> {
    let rows = y.len();
    let fit = columns.iter().all(|column| column.len() == rows)
        && counts.iter().all(|count| *count <= columns.len().min(rows));
    assert!(fit, "least squares: columns, rows and counts do not fit");
    let norms: Vec<f64> = columns.iter().map(|column| norm(column)).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut top = 0;
    let mut pivots = Vec::with_capacity(most);
    for k in 0..most {
        let (done, rest) = columns.split_at_mut(k + 1);
        let column = &mut done[k];
        let length = norm(&column[top..]);
        if length <= 1e-10 * norms[k] || length == 0.0 {
            continue;
        }
        let diagonal = if column[top] > 0.0 { -length } else { length };
        let mut reflector = column[top..].to_vec();
        reflector[0] -= diagonal;
        let scale = 2.0 / dot(&reflector, &reflector);
        for other in rest[..most - k - 1].iter_mut().chain([&mut y]) {
            let share = scale * dot(&reflector, &other[top..]);
            let pairs = other[top..].iter_mut().zip(&reflector);
            pairs.for_each(|(value, v)| *value -= share * v);
        }
        column[top] = diagonal;
        pivots.push(k);
        top += 1;
    }
    counts
        .iter()
        .map(|&count| substitute(&columns[..count], &pivots, &y))
        .collect()
}

/// Solves R x = y for the columns that are pivots.
fn substitute(columns: &[Vec<f64>], pivots: &[usize], y: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; columns.len()];
    let own = pivots.iter().take_while(|pivot| **pivot < columns.len());
    let own: Vec<usize> = own.copied().collect();
    for (row, &pivot) in own.iter().enumerate().rev() {
        let later = own[row + 1..].iter();
        let known: f64 = later.map(|&k| columns[k][row] * x[k]).sum();
        x[pivot] = (y[row] - known) / columns[pivot][row];
    }
    x
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
