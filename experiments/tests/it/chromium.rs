//! The report in a real browser: nothing is loaded, nothing is wider than a phone, and the dark
//! scheme is dark. Without Chromium, the test says that it is skipped.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use wengert_experiments::report;

use crate::pages;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// What looks at the page from inside.
const PROBE: &str = include_str!("probe.js");
/// What the page's policy says of scripts in the copy that has the probe in it.
const PROBED: &str = "default-src 'none'; script-src 'unsafe-inline';";
/// Around the frames: collects what the probes in them saw.
const WALL: &str =
    "<!DOCTYPE html><meta name='color-scheme' content='light dark'><title></title><script>
    onload = () => {
        const frames = [...document.querySelectorAll('iframe')];
        document.title = JSON.stringify(frames.map((frame) => frame.contentWindow.seen));
    };
</script>";

fn browser() -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    let directories: Vec<PathBuf> = env::split_paths(&paths).collect();
    let places = NAMES
        .iter()
        .flat_map(|name| directories.iter().map(move |path| path.join(name)));
    places.into_iter().find(|path| path.is_file())
}

/// What the probe saw in each of `pages`, in a frame of this width (a window cannot be as narrow as
/// a phone), and what the browser wrote to its console.
fn look(browser: &Path, pages: &[(u32, &str)], dark: bool) -> (Vec<Value>, String) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("wall.html");
    let frame = |(width, page): &(u32, &str)| {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        format!("<iframe width={width} height=900 style=border:0 srcdoc=\"{page}\"></iframe>")
    };
    let frames: String = pages.iter().map(frame).collect();
    fs::write(&file, format!("{WALL}{frames}")).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--enable-logging=stderr",
        ])
        // No name is found: a request could not leave the machine.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!(
            "--user-data-dir={}",
            home.path().join("profile").display()
        ))
        .arg(format!(
            "--blink-settings=preferredColorScheme={}",
            u32::from(!dark)
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    let seen = dom
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    let seen = seen.and_then(|json| serde_json::from_str(json).ok());
    let console: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    let console = console.join("\n");
    (
        seen.unwrap_or_else(|| panic!("nothing seen\n{log}")),
        console,
    )
}

/// `page` with the probe in it.
fn probed(page: &str) -> String {
    let page = page.replacen("default-src 'none';", PROBED, 1);
    page.replacen("<title>", &format!("<script>{PROBE}</script><title>"), 1)
}

#[test]
fn the_report_is_right_in_a_browser() {
    let Some(browser) = &browser() else {
        println!("skipped: there is no Chromium on the PATH");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    pages::run(directory.path());
    let page = fs::read_to_string(report::write(directory.path()).unwrap()).unwrap();
    let good = probed(&page);
    let bad = "<main><img src=\"https://example.org/x.png\"><p style=\"width:3000px;color:#bbb\">wide</p>";
    let bad = good.replacen("<main>", bad, 1);
    let [light, dark] = thread::scope(|scope| {
        let pages = [(390, &good[..]), (1280, &good)];
        let looks = [false, true].map(|dark| scope.spawn(move || look(browser, &pages, dark)));
        looks.map(|look| look.join().unwrap())
    });
    for ((seen, console), dark) in [(light, false), (dark, true)] {
        assert_eq!(console, "");
        for (seen, width) in seen.into_iter().zip([390, 1280]) {
            assert_eq!(
                (&seen["width"], &seen["reach"]),
                (&json!(width), &json!(width)),
                "{seen}"
            );
            for bad in ["requests", "refused", "errors"] {
                assert_eq!(seen[bad], 0, "{seen}");
            }
            let brightness = seen["brightness"].as_f64();
            assert!(
                if dark {
                    brightness < Some(0.1)
                } else {
                    brightness > Some(0.9)
                },
                "{seen}"
            );
            assert_eq!(
                seen["figures"], seen["page"],
                "a figure has another scheme: {seen}"
            );
            // What WCAG 2 asks of text, at its level AA.
            assert!(seen["contrast"].as_f64() >= Some(4.5), "{seen}");
        }
    }
    // The probe sees what it looks for.
    let (control, console) = look(browser, &[(390, &bad)], false);
    let control = &control[0];
    assert!(
        control["reach"].as_u64() > Some(3000) && control["refused"] == 1,
        "{control}"
    );
    assert!(
        control["contrast"].as_f64() < Some(2.0) && console.contains("CONSOLE"),
        "{control}"
    );
}
