# Lists the recipes.
default:
    @just --list --unsorted

# Runs the tour, or a study: `just experiment vanishing hidden=64`.
[group('use')]
experiment *ARGS:
    cargo experiment {{ ARGS }}

# Kills a run at random moments, resumes it, and compares every byte: `just kills 100`.
[group('check')]
kills TRIALS='10':
    WENGERT_KILLS={{ TRIALS }} cargo test --release --package wengert-experiments --test it -- --nocapture a_killed_run

# Opens the documentation of the crates.
[group('use')]
doc:
    cargo doc --workspace --no-deps --open

# Runs all tests.
[group('check')]
test:
    cargo test --workspace

# Formats, and lints with warnings as errors.
[group('check')]
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Runs exactly what CI runs.
[group('check')]
ci:
    .ci/run

# Runs all benchmarks, or one: `just bench bptt`.
[group('measure')]
bench NAME='':
    cargo bench --package wengert-benches {{ if NAME == '' { '' } else { '--bench ' + NAME } }}

# Times the training steps of PyTorch, JAX, candle, burn and ours in turns: `just peers --only E1,L2`.
[group('measure')]
peers *ARGS:
    python3 benches/peers/compare.py {{ ARGS }}
