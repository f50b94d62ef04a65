//! The examples run as tests: each checks what it learnt.

#[path = "../../examples/encoder_decoder.rs"]
mod encoder_decoder;
#[path = "../../examples/language_model.rs"]
mod language_model;
#[path = "../../examples/many_to_many.rs"]
mod many_to_many;
#[path = "../../examples/many_to_one.rs"]
mod many_to_one;
#[path = "../../examples/one_to_many.rs"]
mod one_to_many;
#[path = "../../examples/one_to_one.rs"]
mod one_to_one;
#[path = "../../examples/tour.rs"]
mod tour;

/// The pages on shapes and on networks show lines of the examples, one behind the other.
#[test]
fn the_documentation_shows_the_examples() {
    let trimmed =
        |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    let examples = [
        include_str!("../../examples/encoder_decoder.rs"),
        include_str!("../../examples/language_model.rs"),
        include_str!("../../examples/many_to_many.rs"),
        include_str!("../../examples/many_to_one.rs"),
        include_str!("../../examples/one_to_many.rs"),
        include_str!("../../examples/one_to_one.rs"),
        include_str!("../../examples/tour.rs"),
    ]
    .map(trimmed);
    let pages = [
        (include_str!("../../../../docs/shapes.md"), 11),
        (include_str!("../../../../docs/networks.md"), 9),
    ];
    for (page, count) in pages {
        let blocks = page.split("```rust\n").skip(1);
        let blocks: Vec<_> = blocks.filter_map(|rest| rest.split("```").next()).collect();
        assert_eq!(blocks.len(), count);
        for block in blocks {
            let lines = trimmed(block);
            let shown = |example: &Vec<String>| example.windows(lines.len()).any(|w| w == lines);
            assert!(examples.iter().any(shown), "in no example:\n{block}");
        }
    }
}
