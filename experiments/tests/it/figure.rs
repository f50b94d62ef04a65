//! What a figure draws, read back from its SVG.

use roxmltree::{Document, Node};
use wengert_experiments::figure::{Axis, Drawing, Figure, Panel, Scale};

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    texts
        .map(|node| {
            node.descendants()
                .filter(Node::is_text)
                .filter_map(|n| n.text())
                .collect()
        })
        .collect()
}

fn count(svg: &str, pattern: &str) -> usize {
    svg.matches(pattern).count()
}

fn log_line(y: &[f64]) -> String {
    let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
    let panel = Panel::new(Axis::linear("x"), Axis::log("y")).line("", &x, y);
    Figure::new("title", "description").panel(panel).to_svg()
}

#[test]
fn a_zero_on_a_log_axis_has_a_row_and_a_label() {
    let zeros = |y: &[f64]| {
        texts(&log_line(y))
            .iter()
            .filter(|text| *text == "0")
            .count()
    };
    assert_eq!(zeros(&[1.0, 0.1, 0.01]), 0);
    assert_eq!(zeros(&[1.0, 0.1, 0.0]), 1);
}

#[test]
fn signs_are_explained_where_they_occur() {
    let svg = log_line(&[1.0, f64::NAN, 2.0, f64::INFINITY, -1.0]);
    let texts = texts(&svg);
    for meaning in ["NaN", "+∞ or above", "−∞ or below"] {
        assert!(texts.iter().any(|text| text == meaning), "{meaning}");
    }
    assert!(
        !self::texts(&log_line(&[1.0, 2.0]))
            .iter()
            .any(|text| text == "NaN")
    );
}

#[test]
fn text_is_escaped_and_raised() {
    let panel = Panel::new(Axis::linear("a < b & c_{t}"), Axis::log("y")).line(
        "\"10^{2}\"",
        &[1.0, 2.0],
        &[1e-9, 1e9],
    );
    let svg = Figure::new("x < y", "less & more").panel(panel).to_svg();
    let document = Document::parse(&svg).unwrap();
    let find = |tag| {
        document
            .descendants()
            .find(|node| node.has_tag_name(tag))
            .unwrap()
    };
    assert_eq!(find("title").text(), Some("x < y"));
    assert_eq!(find("desc").text(), Some("less & more"));
    let texts = texts(&svg);
    assert!(texts.contains(&"a < b & ct".to_owned()), "{texts:?}");
    assert!(texts.contains(&"\"102\"".to_owned()), "{texts:?}");
}

#[test]
fn equal_labels_share_a_colour_and_a_legend_entry() {
    let panel = || {
        Panel::new(Axis::linear("x"), Axis::linear("y"))
            .line("LSTM", &[0.0, 1.0], &[0.0, 1.0])
            .line("GRU", &[0.0, 1.0], &[1.0, 0.0])
    };
    let svg = Figure::new("t", "d").panel(panel()).panel(panel()).to_svg();
    let texts = texts(&svg);
    assert_eq!(texts.iter().filter(|text| *text == "LSTM").count(), 1);
    // Two panels and the legend's sample.
    assert_eq!(count(&svg, r#"class="wg-s0""#), 3);
    assert_eq!(count(&svg, r#"class="wg-s1""#), 3);
}

#[test]
fn shared_axes_are_written_once() {
    let figure = |shared: bool| {
        let mut figure = Figure::new("t", "d").columns(2);
        for _ in 0..4 {
            let panel = Panel::new(Axis::linear("time"), Axis::linear("loss"));
            figure = figure.panel(panel.line("", &[0.0, 1.0], &[0.0, 1.0]));
        }
        if shared {
            figure.share_x().share_y().to_svg()
        } else {
            figure.to_svg()
        }
    };
    let labels = |svg: &str, label: &str| texts(svg).iter().filter(|text| *text == label).count();
    let (own, shared) = (figure(false), figure(true));
    assert_eq!((labels(&own, "time"), labels(&own, "loss")), (4, 4));
    assert_eq!((labels(&shared, "time"), labels(&shared, "loss")), (2, 2));
}

#[test]
fn long_series_are_thinned_and_long_labels_stay_on_the_page() {
    let x: Vec<f64> = (0..100_000).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| (x * 0.7).sin()).collect();
    let label = "a legend entry of many words ".repeat(3);
    let panel = Panel::new(Axis::linear("x"), Axis::linear("y")).line(&label, &x, &y);
    let svg = Figure::new(&"words ".repeat(60), "d").panel(panel).to_svg();
    assert!(svg.len() < 60_000, "{}", svg.len());
    assert!(
        texts(&svg)
            .iter()
            .filter(|text| text.starts_with("words"))
            .count()
            >= 4
    );
}

#[test]
fn a_block_of_small_cells_with_a_nan_shows_it() {
    let cells: Vec<f64> = (0..2000).map(f64::from).collect();
    let mut values = vec![1.0; 2000];
    values[1234] = f64::NAN;
    let panel = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let panel = panel.heat("v", Scale::Linear, &cells, &[0.0], &values);
    let svg = Figure::new("t", "d").panel(panel).to_svg();
    assert!(texts(&svg).contains(&"NaN".to_owned()));
    // Its block, and its swatch beside the colour bar.
    assert_eq!(count(&svg, "#9a9a9a"), 2);
}

#[test]
fn the_csv_reads_back_to_the_same_numbers() {
    let (x, y) = ([0.1 + 0.2, 1e-300], [f64::NAN, f64::INFINITY]);
    let panel = Panel::new(Axis::linear("x"), Axis::log("y"))
        .title("a, b")
        .line("say \"hi\"", &x, &y)
        .band("b", &[1.0], &[2.0], &[3.0])
        .horizontal("floor", 1e-38)
        .vertical("end", 7.0);
    let bars =
        Panel::new(Axis::categories("", &["one", "two"]), Axis::linear("y")).bars("n", &[1.0, 2.0]);
    let heat = Panel::new(Axis::linear("x"), Axis::linear("y")).heat(
        "v",
        Scale::Log,
        &[0.0, 1.0],
        &[5.0],
        &[8.0, 9.0],
    );
    let csv = Figure::new("t", "d")
        .panel(panel)
        .panel(bars)
        .panel(heat)
        .to_csv();
    let expected = "\
panel,mark,series,x,y,high,value
\"a, b\",line,\"say \"\"hi\"\"\",0.30000000000000004,NaN,,
\"a, b\",line,\"say \"\"hi\"\"\",1e-300,inf,,
\"a, b\",band,b,1.0,2.0,3.0,
\"a, b\",reference,floor,,1e-38,,
\"a, b\",reference,end,7.0,,,
2,bar,n,one,1.0,,
2,bar,n,two,2.0,,
3,cell,v,0.0,5.0,,8.0
3,cell,v,1.0,5.0,,9.0
";
    assert_eq!(csv, expected);
}

#[test]
#[should_panic(expected = "\"a\": x and y have different lengths")]
fn series_of_different_lengths_are_a_mistake() {
    let _ = Panel::new(Axis::linear("x"), Axis::linear("y")).line("a", &[1.0], &[]);
}

#[test]
#[should_panic(expected = "no range 0 to 1")]
fn a_log_axis_cannot_start_at_zero() {
    let _ = Axis::log("y").range(0.0, 1.0);
}

#[test]
#[should_panic(expected = "centres do not ascend on \"x\"")]
fn cells_need_a_place_on_their_axes() {
    let panel = Panel::new(Axis::log("x"), Axis::linear("y"));
    let _ = panel.heat("v", Scale::Linear, &[0.0, 1.0], &[0.0], &[1.0, 1.0]);
}

#[test]
#[should_panic(expected = "bars \"a\": not one value for each category")]
fn bars_need_categories() {
    let _ = Panel::new(Axis::linear("x"), Axis::linear("y")).bars("a", &[1.0]);
}

#[test]
#[should_panic(expected = "need the same scale")]
fn shared_axes_need_one_scale() {
    let figure = Figure::new("t", "d").share_y();
    let linear = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let log = Panel::new(Axis::linear("x"), Axis::log("y"));
    let _ = figure.panel(linear).panel(log).to_svg();
}
