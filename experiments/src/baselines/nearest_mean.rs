//! The class whose mean is nearest, by the Euclidean distance.

/// For each of `queries`, vectors of `known`'s width, the class whose mean over `known` is nearest,
/// the first of several. `classes[i]` is the class of `known[i]`; a class without any is never
/// answered.
///
/// # Panics
/// If nothing is known, there is not one class for each, or vectors differ in length.
#[track_caller]
pub fn nearest_mean(known: &[Vec<f64>], classes: &[usize], queries: &[Vec<f64>]) -> Vec<usize> {
    assert!(!known.is_empty(), "nearest mean: nothing is known");
    assert_eq!(
        known.len(),
        classes.len(),
        "nearest mean: one class for each"
    );
    let width = known[0].len();
    let count = 1 + classes.iter().copied().max().unwrap_or(0);
    let mut means = vec![(vec![0.0; width], 0.0); count];
    for (vector, &class) in known.iter().zip(classes) {
        let (sum, members) = &mut means[class];
        assert_eq!(
            vector.len(),
            width,
            "nearest mean: vectors of different lengths"
        );
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        *members += 1.0;
    }
    for (sum, members) in &mut means {
        for sum in sum.iter_mut() {
            *sum /= *members;
        }
    }
    let classify = |query: &Vec<f64>| {
        assert_eq!(
            query.len(),
            width,
            "nearest mean: vectors of different lengths"
        );
        let distances = means.iter().enumerate().map(|(class, (mean, _))| {
            let squares = mean.iter().zip(query).map(|(a, b)| (a - b) * (a - b));
            (squares.sum::<f64>(), class)
        });
        // The mean of nothing is no number, and at no distance.
        let real = distances.filter(|(distance, _)| !distance.is_nan());
        let nearest = real.min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map_or(classes[0], |(_, class)| class)
    };
    queries.iter().map(classify).collect()
}
