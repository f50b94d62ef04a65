"""PyTorch: its fused modules, or a loop over the steps as a good user writes it."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

import protocol
from protocol import RATE, Setting

MODULES = {"elman": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def fused(setting: Setting, params: list, x):
    """The module of the cell, with the readout's parameters behind its own."""
    module = MODULES[setting.cell](setting.inputs, setting.hidden)
    with torch.no_grad():
        for param, value in zip(module.parameters(), params):
            param.copy_(value)
    own = len(list(module.parameters()))
    readout = [nn.Parameter(value.clone()) for value in params[own:]]
    return [*module.parameters(), *readout], lambda: module(x)[0]


def loop(setting: Setting, params: list, x):
    """One product for all inputs, then a cell a step."""
    params = [nn.Parameter(value.clone()) for value in params]
    w_ih, w_hh, b_ih, b_hh = params[:4]
    cell = CELLS[setting.cell]
    # The bias of the GRU's candidate is inside the product with the reset gate: its two biases
    # cannot be added beforehand.
    whole = setting.cell == "gru"

    def forward():
        bias = b_ih if whole else b_ih + b_hh
        recurrent = w_hh.t()
        h = x.new_zeros(setting.batch, setting.hidden)
        state = (h, h)
        hidden = []
        for gates in F.linear(x, w_ih, bias).unbind(0):
            state = cell(gates, state, recurrent, b_hh)
            hidden.append(state[0])
        return torch.stack(hidden) if setting.over != "last" else hidden[-1:]

    return params, forward


def elman(gates, state, recurrent, _):
    h = torch.addmm(gates, state[0], recurrent).tanh()
    return h, None


def lstm(gates, state, recurrent, _):
    h, c = state
    i, f, g, o = torch.addmm(gates, h, recurrent).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru(gates, state, recurrent, bias):
    h = state[0]
    ir, iz, i_n = gates.chunk(3, 1)
    hr, hz, hn = torch.addmm(bias, h, recurrent).chunk(3, 1)
    r, z = (ir + hr).sigmoid(), (iz + hz).sigmoid()
    n = (i_n + r * hn).tanh()
    return n + z * (h - n), None


CELLS = {"elman": elman, "lstm": lstm, "gru": gru}
FORMS = {"fused": fused, "loop": loop}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("file")
    parser.add_argument("--as", dest="form", choices=FORMS, default="fused")
    parser.add_argument("--flush", action="store_true", help="flush subnormal numbers to zero")
    args = parser.parse_args()

    # A thread inherits the mode of the one that starts it, so this precedes all threads.
    if args.flush and not torch.set_flush_denormal(True):
        raise SystemExit("pytorch.py: this processor cannot flush subnormal numbers")
    torch.set_num_threads(protocol.THREADS)

    setting = protocol.settings()[args.config]
    frombuffer = lambda data: torch.frombuffer(data, dtype=torch.float32)
    values, x, targets = protocol.read(setting, args.file, frombuffer)
    base = protocol.peak_kb()
    params, forward = FORMS[args.form](setting, values, x)
    if targets is not None:
        targets = targets.flatten().long()

    def loss():
        hidden = forward()
        match setting.over:
            case "last":
                return hidden[-1].square().mean()
            case "all":
                return hidden.square().mean()
        return F.cross_entropy(F.linear(hidden.flatten(0, 1), *params[4:]), targets)

    def step():
        value = loss()
        gradients = torch.autograd.grad(value, params)
        with torch.no_grad():
            for param, gradient in zip(params, gradients):
                param.sub_(gradient, alpha=RATE)
        return value.detach()

    protocol.serve(setting, base, step)


if __name__ == "__main__":
    main()
