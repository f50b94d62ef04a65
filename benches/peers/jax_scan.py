"""JAX: one compiled program of gradient and update, with a scan over the steps."""

import argparse
import os

# Read when XLA starts its pool of threads, so set before the import. On processors XLA flushes
# subnormal numbers to zero by itself.
os.environ["NPROC"] = "2"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import protocol
from protocol import RATE, Setting


def elman(gates, state, w_hh, _):
    return (jnp.tanh(gates + state[0] @ w_hh.T),)


def lstm(gates, state, w_hh, _):
    h, c = state
    i, f, g, o = jnp.split(gates + h @ w_hh.T, 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(gates, state, w_hh, b_hh):
    (h,) = state
    ir, iz, i_n = jnp.split(gates, 3, axis=1)
    hr, hz, hn = jnp.split(h @ w_hh.T + b_hh, 3, axis=1)
    r, z = jax.nn.sigmoid(ir + hr), jax.nn.sigmoid(iz + hz)
    n = jnp.tanh(i_n + r * hn)
    return (n + z * (h - n),)


CELLS = {"elman": elman, "lstm": lstm, "gru": gru}


def training(setting: Setting, hoist: bool):
    """A step of training: parameters to loss and new parameters."""
    cell = CELLS[setting.cell]
    # E1 hoisted on two cores, 2026-11-23: 3.2-4.2 ms unrolled by 4, 3.7-6.0 ms not. No other
    # configuration gained beyond the noise.
    unroll = 4 if hoist and setting.name == "E1" else 1

    def loss(params, x, targets):
        w_ih, w_hh, b_ih, b_hh, *readout = params
        bias = b_ih if setting.cell == "gru" else b_ih + b_hh
        h = jnp.zeros((setting.batch, setting.hidden))
        state = (h, h) if setting.cell == "lstm" else (h,)

        def project(x):
            return x @ w_ih.T + bias

        def body(state, x):
            state = cell(x if hoist else project(x), state, w_hh, b_hh)
            return state, None if setting.over == "last" else state[0]

        state, hidden = lax.scan(body, state, project(x) if hoist else x, unroll=unroll)
        match setting.over:
            case "last":
                return jnp.mean(jnp.square(state[0]))
            case "all":
                return jnp.mean(jnp.square(hidden))
        weight, bias = readout
        logs = jax.nn.log_softmax(hidden @ weight.T + bias)
        return -jnp.mean(jnp.take_along_axis(logs, targets[..., None], axis=-1))

    def update(params, x, targets):
        value, gradients = jax.value_and_grad(loss)(params, x, targets)
        return value, [p - RATE * g for p, g in zip(params, gradients)]

    return jax.jit(update, donate_argnums=0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("file")
    parser.add_argument("--hoist", action="store_true", help="all inputs' products before the scan")
    args = parser.parse_args()

    setting = protocol.settings()[args.config]
    frombuffer = lambda data: np.frombuffer(data, dtype=np.float32)
    values, x, targets = protocol.read(setting, args.file, frombuffer)
    jax.devices()
    base = protocol.peak_kb()
    params = [jnp.array(value) for value in values]
    x = jnp.asarray(x)
    targets = None if targets is None else jnp.asarray(targets, dtype=jnp.int32)
    update = training(setting, args.hoist)

    def step():
        nonlocal params
        loss, params = update(params, x, targets)
        return loss

    protocol.serve(setting, base, step, lambda loss: jax.block_until_ready((loss, params)))


if __name__ == "__main__":
    main()
