"""Times the training steps of this project and of other frameworks in turns: see README.md."""

import argparse
import contextlib
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
import venv
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from math import prod
from pathlib import Path

from protocol import THREADS, Setting, settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "peers"
PYTHON = WORK / "venv" / "bin" / "python"
OURS = TARGET / "release" / "wengert-peer"

# All threads that any of the frameworks may start.
POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "NPROC")
ENVIRONMENT = os.environ | dict.fromkeys(POOLS, str(THREADS))

# Seconds of a turn, of a step that makes a peer slow, and turns of a slow peer.
TURN, SLOW, SLOW_TURNS = 0.3, 1.0, 3
# Threads of a pool spin for a while after their work: each turn starts when they sleep.
PAUSE = 0.05
# How far losses of the first three steps may differ, relatively.
AGREEMENT = 1e-4

# Configurations that are compared with each other run in the same turns.
SESSIONS = (("E1",), ("E2", "E2a"), ("E3",), ("L1", "L1own"), ("L2", "L2a"), ("L3",), ("G1",))
# Times faster than the best peer, and the fraction of the processor's peak.
FASTER = {"E1": 3.4, "E2": 3.6, "E3": 1.7, "L1": 1.8, "L2": 3.1, "L3": 1.4, "G1": 2.8}
FASTER_MEAN = 2.4
FRACTION = {"E1": 0.6, "E2": 0.4, "L1": 0.6, "L2": 0.4, "L3": 0.65, "G1": 0.6}
MEMORY, VANISHED, OWN = 0.5, 1.1, 1.25


@dataclass(frozen=True)
class Peer:
    """A column: one framework in one form."""

    family: str
    name: str
    program: tuple[Path, ...]
    options: tuple[str, ...] = ()
    flushes: bool = False


TORCH = (PYTHON, HERE / "pytorch.py")
FUSED, LOOP, FLUSH = ("--as", "fused"), ("--as", "loop"), ("--flush",)

WENGERT = Peer("wengert", "ours", (OURS,))
PEERS = (
    WENGERT,
    Peer("pytorch", "PyTorch fused", TORCH, FUSED),
    Peer("pytorch", "PyTorch loop", TORCH, LOOP),
    Peer("pytorch", "PyTorch fused, flush", TORCH, FUSED + FLUSH, flushes=True),
    Peer("pytorch", "PyTorch loop, flush", TORCH, LOOP + FLUSH, flushes=True),
    Peer("jax", "JAX scan", (PYTHON, HERE / "jax_scan.py"), flushes=True),
    Peer("jax", "JAX hoisted", (PYTHON, HERE / "jax_scan.py"), ("--hoist",), flushes=True),
    Peer("candle", "candle", (WORK / "release" / "peer-candle",)),
    Peer("burn", "burn", (WORK / "release" / "peer-burn",)),
)
FAMILIES = ("pytorch", "jax", "candle", "burn")


class PeerError(Exception):
    """A peer that cannot take part, in one line."""


def note(text: str) -> None:
    """Progress, for whoever watches."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def report(text: str) -> None:
    """What the tables leave out, and why."""
    note("")
    print(text, file=sys.stderr)


# Preparation.


def complaint(stderr: str, code: int) -> str:
    """The first line that says what is wrong, or else the last of all."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors[:1] + lines[-1:] + [f"exit code {code}"])[0]


def run(command: list, **kwargs) -> str:
    """The output of a command, or its complaint as an error."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, **kwargs)
    except OSError as error:
        raise PeerError(str(error)) from None
    if done.returncode:
        raise PeerError(complaint(done.stderr, done.returncode))
    return done.stdout


def install() -> None:
    """Puts the packages into an environment of our own; those of the system count."""
    if not PYTHON.exists():
        note("creating the Python environment")
        venv.create(PYTHON.parent.parent, system_site_packages=True, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # What is there already needs no network; PyTorch's own index has builds without CUDA.
    small = ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    ways = (["--no-index"], [*small, "--timeout", "20", "--retries", "1"], [])
    for requirement in (HERE / "requirements.txt").read_text().split():
        note(f"installing {requirement}")
        for way in ways:
            try:
                run([*pip, *way, requirement])
                break
            except PeerError as error:
                failure = error
        else:
            report(f"{requirement}: not installed: {failure}")


def build_ours() -> None:
    note("building ours")
    build = "cargo build --profile bench --package wengert-benches --bin wengert-peer"
    run(build.split(), cwd=ROOT, env=os.environ | {"CARGO_TARGET_DIR": str(TARGET)})


def build(family: str) -> None:
    """Builds for this very processor, as candle does itself; ours chooses at run time."""
    note(f"building {family}: some minutes the first time")
    flags = {"CARGO_TARGET_DIR": str(WORK), "RUSTFLAGS": "-C target-cpu=native"}
    run(["cargo", "build", "--release", "--locked"], cwd=HERE / family, env=os.environ | flags)


def prepare(families: list[str]) -> list[Peer]:
    """Installs and builds; returns the peers that are there."""
    build_ours()
    if {"pytorch", "jax"} & set(families):
        install()
    present = {"wengert", *families}
    for family in ("candle", "burn"):
        if family not in families:
            continue
        try:
            build(family)
        except PeerError as error:
            report(f"{family}: left out, not built: {error}")
            present.remove(family)
    return [peer for peer in PEERS if peer.family in present]


def write_data(setting: Setting) -> Path:
    """The same bytes each time: parameters, inputs [T, B, I], classes [T, B] if any."""
    rng = random.Random(1)
    bound = setting.hidden**-0.5
    count = sum(map(prod, setting.shapes()))
    values = array("f", (rng.uniform(-bound, bound) for _ in range(count)))
    rows = setting.steps * setting.batch
    if setting.over == "classes":
        classes = [rng.randrange(setting.inputs) for _ in range(rows + setting.batch)]
        for one in classes[:rows]:
            values.extend(float(one == other) for other in range(setting.inputs))
        values.extend(map(float, classes[setting.batch :]))
    else:
        values.extend(rng.uniform(-1, 1) for _ in range(rows * setting.inputs))
    if sys.byteorder == "big":
        values.byteswap()
    file = WORK / "data" / f"{setting.name}.f32"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(values.tobytes())
    return file


# Measurement.


class Runner:
    """A peer at work on one configuration: a process that answers lines."""

    def __init__(self, peer: Peer, config: str, file: Path):
        self.peer, self.config = peer, config
        self.times: list[float | None] = []
        self.memory = 0.0
        self.complaints = WORK / f"{peer.family}.stderr"
        with self.complaints.open("w") as stderr:
            self.process = subprocess.Popen(
                [*peer.program, config, file, *peer.options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=ENVIRONMENT,
            )

    def answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            raise PeerError(complaint(self.complaints.read_text(), code))
        return line

    def ask(self, line: str) -> str:
        with contextlib.suppress(BrokenPipeError):
            print(line, file=self.process.stdin, flush=True)
        return self.answer()

    def warm_up(self) -> None:
        """Takes three steps, the first of which may compile."""
        self.answer()
        self.losses = [float(self.ask("losses 1"))]
        start = time.perf_counter()
        self.losses += map(float, self.ask("losses 2").split())
        self.estimate = (time.perf_counter() - start) / 2

    def turn(self, number: int) -> None:
        """Notes the seconds of a step, or nothing if this peer is slow and was timed enough."""
        if self.estimate > SLOW and number >= SLOW_TURNS:
            self.times.append(None)
            return
        time.sleep(PAUSE)
        self.times.append(float(self.ask(f"run {max(1, round(TURN / self.estimate))}")))

    def finish(self) -> None:
        self.memory = int(self.ask("peak")) * 1024 / 1e6

    def seconds(self) -> float:
        return statistics.median(t for t in self.times if t is not None)

    def end(self) -> None:
        # A process that has ended no longer takes what is left to write.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(configs: list[str], peers: list[Peer], turns: int) -> tuple[list[Runner], str]:
    """Runs configurations side by side; returns who finished and agreed, and how far all did."""
    table = settings()
    files = {config: write_data(table[config]) for config in configs}
    with contextlib.ExitStack() as stack:
        runners = []

        def attempt(action: str, runner: Runner, *args) -> bool:
            note(f"{runner.config}, {runner.peer.name}: {action}")
            try:
                getattr(runner, action)(*args)
            except PeerError as error:
                report(f"{runner.peer.name}: left out of {runner.config}: {error}")
                return False
            return True

        for peer in peers:
            for config in configs:
                # A cell of plain operations is a question about ours alone.
                if config.endswith("own") and peer is not WENGERT:
                    continue
                runner = Runner(peer, config, files[config])
                stack.callback(runner.end)
                if attempt("warm_up", runner):
                    runners.append(runner)
        runners, agreement = agreeing(runners)
        for number in range(turns):
            runners = [runner for runner in runners if attempt("turn", runner, number)]
        return [runner for runner in runners if attempt("finish", runner)], agreement


def agreeing(runners: list[Runner]) -> tuple[list[Runner], str]:
    """Those whose first losses are near the median of all, per cell and loss; and how near."""
    alike = defaultdict(list)
    for runner in runners:
        alike[runner.config.removesuffix("own")].append(runner)
    kept, words = [], []
    for config, group in alike.items():
        middle = [statistics.median(losses) for losses in zip(*(r.losses for r in group))]
        worst, void = 0.0, []
        for runner in group:
            apart = max(abs(a / b - 1) for a, b in zip(runner.losses, middle))
            if apart <= AGREEMENT:
                kept.append(runner)
                worst = max(worst, apart)
            else:
                name = f"{runner.peer.name} on {runner.config}"
                report(f"{name}: void, its first losses differ by {apart:.1e}")
                void.append(f"**{name} void: {apart:.1e}**")
        words += [f"{config} {worst:.0e}", *void]
    return kept, ", ".join(words)


# Tables.


class Results:
    """All runners by configuration and peer, and what the tables say about them."""

    def __init__(self, runners: list[Runner], peers: list[Peer]):
        self.of = {(runner.config, runner.peer.name): runner for runner in runners}
        self.configs = list(dict.fromkeys(runner.config for runner in runners))
        self.peers = [p for p in peers if any(r.peer == p for r in runners)]

    def all(self, config: str) -> list[Runner]:
        found = (self.of.get((config, peer.name)) for peer in self.peers)
        return [runner for runner in found if runner]

    def others(self, config: str) -> list[Runner]:
        return [runner for runner in self.all(config) if runner.peer is not WENGERT]

    def ours(self, config: str) -> Runner | None:
        return self.of.get((config, WENGERT.name))

    def compared(self) -> list[str]:
        """Configurations that somebody else ran too."""
        return [config for config in self.configs if self.others(config)]

    def grid(self, title: str, value: Callable[[Runner], str]) -> None:
        """A row a configuration, a column a peer."""
        heading(title, ["", *(peer.name for peer in self.peers)])
        for config in self.compared():
            cells = (self.of.get((config, peer.name)) for peer in self.peers)
            row(config, *(value(runner) if runner else "-" for runner in cells))

    def times(self) -> None:
        self.grid("Milliseconds a step, medians", lambda runner: milli(runner.seconds()))

    def best(self) -> None:
        columns = ["", "best without flush", "with", "best over ours", "range", "goal", "verdict"]
        heading("Against the best peer", columns)
        ratios = {}
        for config in self.compared():
            others, ours = self.others(config), self.ours(config)
            cells = []
            for flushes in (False, True):
                some = [runner for runner in others if runner.peer.flushes == flushes]
                best = min(some, key=Runner.seconds, default=None)
                cells.append(f"{best.peer.name} {milli(best.seconds())}" if best else "-")
            if ours is None:
                row(config, *cells, "-", "-", "-", "void")
                continue
            middle, low, high = ratio(min(others, key=Runner.seconds), ours)
            goal = FASTER.get(config)
            if goal:
                ratios[config] = middle
            cells += [f"{middle:.2f}", f"{low:.2f}-{high:.2f}"]
            row(config, *cells, *at_least(middle, goal))
        if ratios:
            mean = statistics.geometric_mean(ratios.values())
            goal = FASTER_MEAN if len(ratios) == len(FASTER) else None
            name = f"geometric mean of {len(ratios)}"
            row(name, "", "", f"{mean:.2f}", "", *at_least(mean, goal))

    def memory(self) -> None:
        title = "Peak resident memory above that of the started process, MB"
        self.grid(title, lambda runner: f"{runner.memory:.1f}")
        columns = ["", "leanest peer", "ours over it", "ours over PyTorch's best", "verdict"]
        heading(f"Memory: at most {MEMORY} of PyTorch's, never above the leanest peer", columns)
        for config in self.compared():
            others, ours = self.others(config), self.ours(config)
            if ours is None:
                continue
            leanest = min(others, key=lambda runner: runner.memory)
            over = ours.memory / leanest.memory
            torch = [runner.memory for runner in others if runner.peer.family == "pytorch"]
            half = ours.memory / min(torch) if torch else None
            met = None if half is None else half <= MEMORY and over <= 1
            of_torch = "-" if half is None else f"{half:.2f}"
            name = f"{leanest.peer.name} {leanest.memory:.1f}"
            row(config, name, f"{over:.2f}", of_torch, verdict(met))

    def fraction(self) -> None:
        """Needs the commands `peak` and `flops` of ours, without which there is no table."""
        try:
            peak = max(float(run([OURS, "peak"], env=ENVIRONMENT)) for _ in range(3))
            flops = {
                config: float(run([OURS, "flops", config], env=ENVIRONMENT))
                for config in self.configs
                if config in FRACTION and self.ours(config)
            }
        except PeerError:
            return
        title = f"Fraction of the peak of {peak:.0f} GFLOP/s, measured on {THREADS} threads"
        heading(title, ["", "GFLOP/s", "fraction", "goal", "verdict"])
        for config, count in flops.items():
            rate = count / self.ours(config).seconds() / 1e9
            of_peak = rate / peak
            row(config, f"{rate:.0f}", f"{of_peak:.2f}", *at_least(of_peak, FRACTION[config]))

    def pair(self, title: str, over: str, under: str, goal: float) -> None:
        """One configuration over another that ran in the same turns."""
        for peer in self.peers:
            runners = [self.of.get((config, peer.name)) for config in (over, under)]
            if all(runners):
                middle, low, high = ratio(*runners)
                bound = goal if peer is WENGERT else None
                met = None if bound is None else middle <= bound
                cells = [f"{middle:.2f}", f"{low:.2f}-{high:.2f}", f"{bound or '-'}", verdict(met)]
                row(f"{title}, {peer.name}", *cells)

    def pairs(self) -> None:
        columns = ["", "ratio", "range", "goal", "verdict"]
        if {"E2", "L2"} & set(self.configs):
            title = "Vanished over healthy gradient: loss of the last step over that of all"
            heading(title, columns)
            self.pair("E2 / E2a", "E2", "E2a", VANISHED)
            self.pair("L2 / L2a", "L2", "L2a", VANISHED)
        if {"L1", "L1own"} <= set(self.configs):
            heading("An LSTM of plain operations over the built-in one", columns)
            self.pair("L1own / L1", "L1own", "L1", OWN)
            forms = [self.of.get(("L1", f"PyTorch {form}")) for form in ("loop", "fused")]
            if all(forms):
                middle, low, high = ratio(*forms)
                row("PyTorch loop / fused", f"{middle:.2f}", f"{low:.2f}-{high:.2f}", "-", "-")


def ratio(over: Runner, under: Runner) -> tuple[float, float, float]:
    """Median, least and greatest of the ratios in the turns that both were timed in."""
    pairs = zip(over.times, under.times)
    ratios = [a / b for a, b in pairs if a is not None and b is not None]
    return statistics.median(ratios), min(ratios), max(ratios)


def milli(seconds: float) -> str:
    """Three digits."""
    value = seconds * 1e3
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def verdict(met: bool | None) -> str:
    return {True: "met", False: "**missed**", None: "-"}[met]


def at_least(value: float, goal: float | None) -> tuple[str, str]:
    return ("-", "-") if goal is None else (f"{goal}", verdict(value >= goal))


def heading(title: str, columns: list[str]) -> None:
    print(f"\n{title}:\n")
    row(*columns)
    row(*("---" for _ in columns))


def row(*cells: str) -> None:
    print("|", " | ".join(cells), "|")


def machine() -> str:
    """What the numbers depend on."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    name = model[1] if model else platform.machine()
    commit = run(["git", "describe", "--always", "--dirty"], cwd=ROOT).strip()
    return f"{date.today()}, {os.cpu_count()} cores of {name}, commit {commit}"


def work() -> tuple[float, float, float]:
    """Seconds now, seconds that all processors were busy so far, and those that were ours."""
    user, nice, system, _, _, _, _, stolen = map(int, Path("/proc/stat").read_text().split()[1:9])
    busy = (user + nice + system + stolen) / os.sysconf("SC_CLK_TCK")
    return time.monotonic(), busy, sum(os.times()[:4])


def versions(peers: list[Peer]) -> str:
    families = {peer.family for peer in peers}
    found = [run(["rustc", "--version"]).rsplit(" (", 1)[0], f"Python {platform.python_version()}"]
    for family, package in (("pytorch", "torch"), ("jax", "jax")):
        if family in families:
            show = f"import importlib.metadata as m; print(m.version({package!r}))"
            with contextlib.suppress(PeerError):
                found.append(f"{package} {run([str(PYTHON), '-c', show]).strip()}")
    for family, package in (("candle", "candle-core"), ("burn", "burn-tensor")):
        if family in families:
            lock = (HERE / family / "Cargo.lock").read_text()
            version = re.search(rf'name = "{package}"\nversion = "(.*)"', lock)
            found.append(f"{family} {version[1]}")
    return ", ".join(found)


def names(choices: Iterable[str]) -> Callable[[str], list[str]]:
    """Reads a list with commas."""

    def read(text: str) -> list[str]:
        given = text.split(",")
        for name in given:
            if name not in choices:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(choices)}")
        return given

    return read


def main() -> None:
    known = [config for session in SESSIONS for config in session]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=names(known), default=known, metavar="E1,L2")
    parser.add_argument("--peers", type=names(FAMILIES), default=FAMILIES, metavar="pytorch,jax")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="two turns: does it work at all?")
    args = parser.parse_args()

    try:
        peers = prepare(list(args.peers))
        place = machine()
    except PeerError as error:
        raise SystemExit(f"compare.py: {error}") from None
    turns = 2 if args.quick else args.turns
    runners, agreements, before = [], [], work()
    for session in SESSIONS:
        configs = [config for config in session if config in args.only]
        if configs:
            finished, agreement = measure(configs, peers, turns)
            runners += finished
            agreements.append(agreement)
    note("")
    wall, busy, own = (now - then for then, now in zip(before, work()))
    others = (busy - own) / wall
    results = Results(runners, peers)
    print(f"{place}. {versions(results.peers)}. {THREADS} threads, {turns} turns.")
    print(f"Other programs kept {others:.2f} cores busy meanwhile: above 0.1, run it again.")
    print(f"\nGreatest relative difference of the first three losses: {', '.join(agreements)}.")
    results.times()
    results.best()
    results.memory()
    results.fraction()
    results.pairs()


if __name__ == "__main__":
    main()
