//! Figures of hard data, as a study could produce them: each must be well-formed, finite and the
//! same every time. They are written to the target's temporary directory, to be looked at.

use std::f64::consts::PI;
use std::fs;
use std::path::Path;

use wengert_experiments::figure::{Axis, Drawing, Figure, Panel, Scale};

fn steps(count: u32) -> Vec<f64> {
    (0..count).map(f64::from).collect()
}

fn map(x: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.iter().map(|x| f(*x)).collect()
}

/// Vanishing gradients over 45 decades, down to exact zeros.
fn decades() -> Figure {
    let lags = steps(201);
    let fall = |rate: f64, end: f64| {
        move |t: f64| {
            if t > end {
                0.0
            } else {
                (rate * t).exp() * (1.0 + 0.3 * (0.4 * t).sin())
            }
        }
    };
    let lstm = map(&lags, fall(-0.02, 1e9));
    let high: Vec<f64> = lstm.iter().map(|v| v * 4.0).collect();
    let low: Vec<f64> = lstm.iter().map(|v| v / 4.0).collect();
    Figure::new(
        "Gradient norm against lag: where does each cell lose the past?",
        "Log plot of gradient norms over 200 lags; the tanh and logistic cells reach exact zero.",
    )
    .panel(
        Panel::new(
            Axis::linear("lag k"),
            Axis::log("‖∂L/∂h_{T−k}‖ / ‖∂L/∂h_{T}‖"),
        )
        .band("LSTM", &lags, &low, &high)
        .line("LSTM", &lags, &lstm)
        .line("GRU", &lags, &map(&lags, fall(-0.06, 1e9)))
        .line("tanh", &lags, &map(&lags, fall(-0.55, 160.0)))
        .line("logistic", &lags, &map(&lags, fall(-1.386, 74.0)))
        .dashed(
            "bound 0.25^{k}",
            &lags,
            &map(&lags, |t| 2.0 * (-1.386 * t).exp().max(1e-60)),
        )
        .horizontal("f32 smallest normal", 1.2e-38)
        .horizontal("f32 smallest subnormal", 1.4e-45),
    )
}

/// A training run that explodes to infinity and NaN, and one that goes negative.
fn diverging() -> Figure {
    let x = steps(120);
    let explode = map(&x, |t| match t {
        t if t < 60.0 => (0.15 * t).exp(),
        t if t < 66.0 => f64::INFINITY,
        _ => f64::NAN,
    });
    let hiccup = map(&x, |t| {
        if t == 40.0 {
            f64::NAN
        } else {
            50.0 / (1.0 + t)
        }
    });
    let negative = map(&x, |t| 10.0 - 0.12 * t);
    let mut odd_x = x.clone();
    odd_x[3] = f64::NAN;
    Figure::new(
        "A loss that leaves the axis",
        "Three losses, one exploding, one with a NaN.",
    )
    .panel(
        Panel::new(Axis::linear("update"), Axis::log("loss"))
            .line("no clipping", &x, &explode)
            .line("one NaN", &odd_x, &hiccup)
            .line("turns negative", &x, &negative)
            .vertical("first ∞", 60.0)
            .vertical("clip raised", 30.0),
    )
}

fn grid() -> Figure {
    let x = steps(500);
    let mut figure = Figure::new(
        "Test accuracy of four cells at four sequence lengths, shared axes",
        "Four panels of accuracy curves.",
    )
    .columns(2)
    .share_x()
    .share_y();
    for length in [100.0, 200.0, 300.0, 400.0] {
        let mut panel = Panel::new(Axis::linear("update"), Axis::linear("accuracy"))
            .title(&format!("T = {length}"));
        for (i, cell) in ["Elman", "IRNN", "GRU", "LSTM"].into_iter().enumerate() {
            let speed = (i as f64 + 1.0) / length;
            let y = map(&x, |t| {
                1.0 - (-speed * t).exp() * (1.0 + 0.1 * (t / 7.0).sin())
            });
            panel = panel.line(cell, &x, &y);
        }
        figure = figure.panel(panel.horizontal("chance", 0.1));
    }
    figure
}

fn bars() -> Figure {
    let tasks = [
        "embedded Reber",
        "lag p = 100",
        "two-sequence",
        "adding",
        "order 6a",
        "order 6b",
    ];
    Figure::new(
        "Sequences to success, published (1997) and ours",
        "Pairs of bars on a log axis for six tasks.",
    )
    .panel(
        Panel::new(Axis::categories("", &tasks), Axis::log("sequences"))
            .bars(
                "published",
                &[8440.0, 5040.0, 27380.0, 74000.0, 31390.0, 571100.0],
            )
            .bars("ours", &[3000.0, 0.0, 9000.0, 22000.0, f64::NAN, 90000.0]),
    )
}

fn heat() -> Figure {
    let (x, y) = (steps(90), steps(60));
    let values: Vec<f64> = y
        .iter()
        .flat_map(|b| x.iter().map(move |a| (*a, *b)))
        .map(|(a, b)| match (a, b) {
            (10.0..14.0, 10.0..14.0) => f64::NAN,
            (80.0.., 0.0..5.0) => 0.0,
            (50.0, 50.0) => f64::INFINITY,
            _ => 10f64.powf(-0.3 * b + 4.0 * (a / 12.0).sin()),
        })
        .collect();
    Figure::new(
        "Weight gradient by time and lag",
        "Heat map over 90 steps and 60 lags.",
    )
    .panel(
        Panel::new(Axis::linear("time t"), Axis::linear("lag k"))
            .heat("|∂L/∂W|", Scale::Log, &x, &y, &values)
            .line("path", &[0.0, 30.0, 60.0], &[50.0, 20.0, 40.0]),
    )
}

/// More cells than pixels, on log axes.
fn dense_heat() -> Figure {
    let x: Vec<f64> = steps(700).iter().map(|i| 10f64.powf(i / 200.0)).collect();
    let y = steps(700);
    let values: Vec<f64> = y
        .iter()
        .flat_map(|b| {
            x.iter()
                .map(move |a| (a.log10() * 3.0).sin() * (b / 90.0).cos())
        })
        .collect();
    Figure::new("A smooth surface of 490 000 cells", "Heat map.").panel(
        Panel::new(Axis::log("gain"), Axis::linear("depth")).heat(
            "correlation",
            Scale::Linear,
            &x,
            &y,
            &values,
        ),
    )
}

fn scatter() -> Figure {
    let x: Vec<f64> = (1..40)
        .map(|i| 10f64.powf(f64::from(i) / 4.0 - 12.0))
        .collect();
    let v = |a: f64| move |h: f64| a * h * h + 1e-16 / h;
    Figure::new(
        "Gradient-check error against step",
        "V-shaped curves of error against step.",
    )
    .panel(
        Panel::new(Axis::log("step h"), Axis::log("relative error"))
            .points("tanh", &x, &map(&x, v(1.0)))
            .points("exp", &x, &map(&x, v(30.0)))
            .points("matmul", &x, &map(&x, v(900.0)))
            .points("softmax", &x, &map(&x, v(0.02)))
            .dashed("ε/h", &x, &map(&x, |h| 1e-16 / h)),
    )
}

fn many() -> Figure {
    let x = steps(100);
    let mut panel = Panel::new(Axis::linear("step"), Axis::linear("state"));
    for i in 0..16 {
        let phase = f64::from(i) * PI / 16.0;
        panel = panel.line(
            &format!("unit {i}"),
            &x,
            &map(&x, |t| (t / 9.0 + phase).sin()),
        );
    }
    Figure::new("Sixteen series", "Sixteen sine waves.").panel(panel)
}

/// Data with nothing to scale an axis by.
fn degenerate() -> Figure {
    let panel = |title: &str| Panel::new(Axis::linear("x"), Axis::linear("y")).title(title);
    let log = |title: &str| Panel::new(Axis::linear("x"), Axis::log("y")).title(title);
    let x = steps(50);
    Figure::new(
        "Degenerate data",
        "Panels of empty, constant and single data.",
    )
    .columns(3)
    .panel(panel("empty series").line("a", &[], &[]))
    .panel(panel("one point").line("a", &[3.0], &[7.0]))
    .panel(panel("constant").line("a", &x, &map(&x, |_| 0.25)))
    .panel(panel("constant 0").line("a", &x, &map(&x, |_| 0.0)))
    .panel(log("all zero").line("a", &x, &map(&x, |_| 0.0)))
    .panel(log("constant").line("a", &x, &map(&x, |_| 3e-12)))
    .panel(log("all NaN").line("a", &x, &map(&x, |_| f64::NAN)))
    .panel(panel("huge").line("a", &x, &map(&x, |t| (t - 25.0) * 7e306)))
    .panel(panel("tiny").line("a", &x, &map(&x, |t| t * 1e-310)))
    .panel(panel("offset").line("a", &x, &map(&x, |t| 1e6 + t * 1e-3)))
    .panel(log("half a decade").line("a", &x, &map(&x, |t| 2.0 + t / 25.0)))
    .panel(log("narrow").line("a", &x, &map(&x, |t| 3.11 + t / 500.0)))
}

fn hundred_thousand() -> Figure {
    let x = steps(100_000);
    let noisy = |t: f64| (-t / 3e4).exp() + 0.1 * (t * 12.9898).sin() * (t * 78.233).cos();
    Figure::new(
        "One hundred thousand updates, with a title that is far too long for one line and must \
         therefore be wrapped before it leaves the page on the right",
        "A noisy falling curve and a cloud of points.",
    )
    .columns(2)
    .panel(
        Panel::new(Axis::linear("update"), Axis::linear("loss")).line(
            "a label of more than a few words, as careless studies have it",
            &x,
            &map(&x, noisy),
        ),
    )
    .panel(Panel::new(Axis::log("update"), Axis::log("loss")).points(
        "another label that has its own length <&>",
        &x,
        &map(&x, |t| noisy(t).abs()),
    ))
}

fn gallery() -> Vec<(&'static str, Figure)> {
    vec![
        ("decades", decades()),
        ("diverging", diverging()),
        ("grid", grid()),
        ("bars", bars()),
        ("heat", heat()),
        ("dense_heat", dense_heat()),
        ("scatter", scatter()),
        ("many", many()),
        ("degenerate", degenerate()),
        ("hundred_thousand", hundred_thousand()),
    ]
}

#[test]
fn every_figure_is_well_formed_finite_and_repeatable() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    fs::create_dir_all(&directory).unwrap();
    for ((name, figure), (_, again)) in gallery().into_iter().zip(gallery()) {
        let svg = figure.to_svg();
        let vega = figure.to_vega_lite();
        fs::write(directory.join(name).with_extension("svg"), &svg).unwrap();
        fs::write(directory.join(name).with_extension("vl.json"), &vega).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            document.root_element().attribute("role"),
            Some("img"),
            "{name}"
        );
        for attribute in document.descendants().flat_map(|node| node.attributes()) {
            let value = attribute.value();
            assert!(
                !value.contains("NaN") && !value.contains("inf"),
                "{name}: {value}"
            );
        }
        assert!(svg.len() < 1_500_000, "{name}: {} bytes", svg.len());
        assert_eq!(svg, again.to_svg(), "{name}");
        assert_eq!(figure.to_csv(), again.to_csv(), "{name}");
        assert_eq!(vega, again.to_vega_lite(), "{name}");
    }
}
