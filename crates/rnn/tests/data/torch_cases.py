"""PyTorch's recurrent modules, as test cases. Run with PyTorch 2.15.0 (CPU) and safetensors 0.8.0.

    python3 torch_cases.py          writes torch_cases.safetensors, the same bytes each time
    python3 torch_cases.py check    loads torch_saved.safetensors, which Wengert saved

Each case is one tensor of f64, named by its options. What goes in is taken from the tensor `random`,
from element `at` on and cyclically, one behind the other: the parameters in the order of the state
dict, x (times `scale`), the initial states if any (h_0, c_0), and the cotangents of the output and
of the final states (h_n, c_n). The elements of the case are what PyTorch makes of them: the output,
the final states, and the gradients of the parameters, x and the initial states.
"""

import itertools
import pathlib
import sys

import safetensors.torch
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = pathlib.Path(__file__).parent
MODULES = {
    "rnn_tanh": lambda *a, **k: torch.nn.RNN(*a, nonlinearity="tanh", **k),
    "rnn_relu": lambda *a, **k: torch.nn.RNN(*a, nonlinearity="relu", **k),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}


def module(kind, layers, bidirectional, proj, bias, batch_first, inputs, hidden):
    options = dict(num_layers=layers, bias=bias, bidirectional=bidirectional)
    if proj:
        options["proj_size"] = proj
    return MODULES[kind](inputs, hidden, batch_first=batch_first, dtype=torch.float64, **options)


class Taken:
    """Numbers of `random`, one behind the other."""

    def __init__(self, at):
        self.at = at

    def __call__(self, *shape):
        count = torch.Size(shape).numel()
        places = torch.arange(self.at, self.at + count) % len(RANDOM)
        self.at += count
        return RANDOM[places].reshape(shape)


def case(number, kind, layers, bidirectional, proj, bias, batch_first, inputs, hidden, steps, batch,
         lengths, initial, scale=1):
    """The name and the elements of a case."""
    at = 61 * number % len(RANDOM)
    take = Taken(at)
    net = module(kind, layers, bidirectional, proj, bias, batch_first, inputs, hidden)
    for parameter in net.parameters():
        parameter.data = take(*parameter.shape)
    x = scale * take(*((batch, steps) if batch_first else (steps, batch)), inputs)
    rows = layers * (1 + bidirectional)
    widths = [proj or hidden] + [hidden] * (kind == "lstm")
    states = [take(rows, batch, width) for width in widths] if initial else []
    leaves = [*net.parameters(), x, *states]
    for leaf in leaves:
        leaf.requires_grad_(True)

    state = None if not initial else tuple(states) if kind == "lstm" else states[0]
    if lengths is None:
        output, final = net(x, state)
    else:
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first, enforce_sorted=False)
        packed, final = net(packed, state)
        output, _ = pad_packed_sequence(packed, batch_first, total_length=steps)
    results = [output, *(final if kind == "lstm" else [final])]
    gradients = torch.autograd.grad(results, leaves, [take(*y.shape) for y in results])

    words = [kind, f"layers={layers}", "bidirectional" * bidirectional, f"proj={proj}" * (proj > 0)]
    words += ["no_bias" * (not bias), "batch_first" * batch_first, f"I={inputs}", f"H={hidden}"]
    words += [f"T={steps}", f"B={batch}", "" if lengths is None else "lengths=" + ",".join(map(str, lengths))]
    words += ["initial" * initial, f"scale={scale}" * (scale != 1), f"at={at}"]
    return " ".join(filter(None, words)), torch.cat([t.detach().flatten() for t in [*results, *gradients]])


LENGTHS = {
    "none": lambda steps: None,
    "sorted": lambda steps: [steps, steps - 1, 1],
    "unsorted": lambda steps: [1, steps, steps - 1],
    "ones": lambda steps: [1, 1, 1],
    "single": lambda steps: [steps - 1],
}
KINDS = [("rnn_tanh", 0), ("rnn_relu", 0), ("lstm", 0), ("lstm", 1), ("gru", 0)]
FLAG = [False, True]


def options():
    # Every combination of architecture, lengths and initial state; batch_first alternates.
    combinations = itertools.product(KINDS, [1, 2, 3], FLAG, FLAG, LENGTHS, FLAG)
    for number, ((kind, proj), layers, bidirectional, bias, how, initial) in enumerate(combinations):
        batch, steps, inputs = 1 if how == "single" else 3, 2 + number // 3 % 2, 1 + number // 5 % 2
        batch_first = (number // 2 + number // 20) % 2 == 1
        yield (kind, layers, bidirectional, proj, bias, batch_first, inputs, 2, steps, batch,
               LENGTHS[how](steps), initial)
    for (kind, proj), bidirectional in itertools.product(KINDS, FLAG):
        # Saturated inputs; more steps than the library projects at once; sizes of 1.
        yield kind, 2, bidirectional, proj, True, False, 3, 3, 4, 2, None, True, 50
        yield kind, 2, bidirectional, 3 * proj, True, True, 4, 5, 19, 4, [3, 19, 1, 18], True
        yield kind, 1, bidirectional, proj, True, False, 1, 1 + proj, 1, 1, None, False


def check():
    """What Wengert saved is a state dict that PyTorch runs."""
    saved = safetensors.torch.load_file(HERE / "torch_saved.safetensors")
    for number, (dtype, prefix) in enumerate([(torch.float64, "encoder."), (torch.float32, "decoder.")]):
        net = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2, dtype=dtype)
        own = {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}
        print(net.load_state_dict(own, strict=True), {str(v.dtype) for v in own.values()})
        print([list(t.shape) for t in (net(torch.ones(5, 1, 3, dtype=dtype))[0],)])
        for at, parameter in enumerate(net.parameters()):
            expected = torch.arange(parameter.numel(), dtype=dtype) / 64 - at - number
            assert (parameter.flatten() == expected).all(), at


if __name__ == "__main__":
    assert torch.__version__.startswith("2.15.0"), torch.__version__
    if sys.argv[1:] == ["check"]:
        check()
    else:
        torch.manual_seed(20261122)
        torch.set_num_threads(1)
        RANDOM = 2 * torch.rand(4096, dtype=torch.float64) - 1
        tensors = dict(case(number, *each) for number, each in enumerate(options()))
        assert len(tensors) == len(list(options()))
        tensors["random"] = RANDOM
        safetensors.torch.save_file(tensors, HERE / "torch_cases.safetensors")
        print(len(tensors), "cases,", sum(t.numel() for t in tensors.values()), "numbers")
