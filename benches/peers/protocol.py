"""What every peer in Python does alike: its configuration, its data, and the lines it answers."""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path

RATE = 0.1
THREADS = 2
GATES = {"elman": 1, "lstm": 4, "gru": 3}


@dataclass(frozen=True)
class Setting:
    """One configuration; `over` says what the loss is of: "last", "all" or "classes"."""

    name: str
    cell: str
    batch: int
    steps: int
    inputs: int
    hidden: int
    over: str

    def shapes(self) -> list[tuple[int, ...]]:
        """Of the parameters, in the order of the file: those of the cell, then the readout's."""
        rows = GATES[self.cell] * self.hidden
        shapes = [(rows, self.inputs), (rows, self.hidden), (rows,), (rows,)]
        if self.over == "classes":
            shapes += [(self.inputs, self.hidden), (self.inputs,)]
        return shapes


def settings() -> dict[str, Setting]:
    """All configurations by name, in the order of the tables."""
    table = {}
    for line in Path(__file__).with_name("settings.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, cell, *sizes, over = line.split()
            table[name] = Setting(name, cell, *map(int, sizes), over)
    return table


def read(setting: Setting, file: str, array: Callable) -> tuple[list, object, object]:
    """Parameters, inputs [T, B, I] and targets [T, B] if there are any: views of one `array`."""
    values = array(bytearray(Path(file).read_bytes()))
    rows = (setting.steps, setting.batch)
    shapes = [*setting.shapes(), (*rows, setting.inputs)]
    if setting.over == "classes":
        shapes.append(rows)
    views = []
    for shape in shapes:
        views.append(values[: prod(shape)].reshape(shape))
        values = values[prod(shape) :]
    count = len(setting.shapes())
    return views[:count], views[count], views[-1] if setting.over == "classes" else None


def peak_kb() -> int:
    """The most memory that this process has had."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def serve(setting: Setting, base: int, step: Callable, wait: Callable = lambda loss: None) -> None:
    """Answers the lines of `compare.py` until they end; `wait` returns when the step has ended."""
    print("ready", setting.name, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["losses", n]:
                print(*(float(step()) for _ in range(int(n))), flush=True)
            case ["run", n]:
                start = time.perf_counter()
                for _ in range(int(n)):
                    loss = step()
                wait(loss)
                print((time.perf_counter() - start) / int(n), flush=True)
            case _:
                print(peak_kb() - base, flush=True)
