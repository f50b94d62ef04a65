"""Losses and gradients of torch.nn.functional in double precision: python3 losses.py > losses.json

Written with PyTorch 2.15.0 (CPU). Matrices are lists of numbers, row-major; `gradient` is that of
the mean by the logits or the prediction.
"""

import json

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def flat(x):
    return None if x is None else x.detach().flatten().tolist()


def case(loss, what, x, reduced, inputs):
    """What a loss says of a case: `reduced(x, reduction)` is the loss."""
    x = x.clone().requires_grad_()
    mean = reduced(x, "mean")
    (gradient,) = torch.autograd.grad(mean, x)
    return {
        "loss": loss,
        "case": what,
        "shape": list(x.shape),
        "x": flat(x),
        **inputs,
        "each": flat(reduced(x, "none")),
        "sum": reduced(x, "sum").item(),
        "mean": mean.item(),
        "gradient": flat(gradient),
    }


def cross_entropies():
    settings = [
        ("plain", 5, 4, False, 0.0, None, 1.0),
        ("weights", 6, 3, True, 0.0, None, 1.0),
        ("smoothing", 5, 4, False, 0.1, None, 1.0),
        ("weights and smoothing", 7, 5, True, 0.3, None, 1.0),
        ("only smoothing", 4, 3, True, 1.0, None, 1.0),
        ("ignored", 8, 3, False, 0.0, 1, 1.0),
        ("all together", 9, 4, True, 0.2, 2, 1.0),
        ("saturated", 6, 4, True, 0.1, 0, 1000.0),
        ("one", 1, 1, False, 0.0, None, 1.0),
    ]
    for what, n, k, weighted, smoothing, ignored, scale in settings:
        targets = torch.randint(k, (n,))
        weights = torch.rand(k) + 0.1 if weighted else None
        options = {"weight": weights, "label_smoothing": smoothing}
        yield case(
            "cross_entropy",
            what,
            scale * torch.randn(n, k),
            lambda x, r: F.cross_entropy(
                x, targets, reduction=r, ignore_index=-100 if ignored is None else ignored, **options
            ),
            {
                "targets": targets.tolist(),
                "weights": flat(weights),
                "smoothing": smoothing,
                "ignored": ignored,
            },
        )
        if ignored is None:
            p = torch.rand(n, k).softmax(1)
            yield case(
                "soft_cross_entropy",
                what,
                scale * torch.randn(n, k),
                lambda x, r: F.cross_entropy(x, p, reduction=r, **options),
                {"probabilities": flat(p), "weights": flat(weights), "smoothing": smoothing},
            )


def binaries():
    for what, n, k, weighted, scale in [
        ("plain", 4, 3, False, 1.0),
        ("weights", 3, 5, True, 1.0),
        ("saturated", 4, 2, True, 1000.0),
        ("one", 1, 1, True, 1.0),
    ]:
        targets = torch.rand(n, k).mul(2).sub(0.5).clamp(0, 1)
        weights = 3 * torch.rand(k) if weighted else None
        yield case(
            "binary_cross_entropy",
            what,
            scale * torch.randn(n, k),
            lambda x, r: F.binary_cross_entropy_with_logits(
                x, targets, reduction=r, pos_weight=weights
            ),
            {"targets": flat(targets), "weights": flat(weights)},
        )


def regressions():
    for what, shape, scale in [("plain", (4, 3), 1.0), ("large", (5,), 1000.0), ("one", (1,), 1.0)]:
        y, target = scale * torch.randn(shape), torch.randn(shape)
        log_variance = torch.randn(shape)
        inputs = {"targets": flat(target)}
        yield case(
            "squared_error", what, y, lambda x, r: F.mse_loss(x, target, reduction=r), inputs
        )
        yield case("absolute_error", what, y, lambda x, r: F.l1_loss(x, target, reduction=r), inputs)
        for delta in [0.5, 2.0]:
            yield case(
                "huber",
                f"{what}, delta {delta}",
                y,
                lambda x, r: F.huber_loss(x, target, reduction=r, delta=delta),
                {"delta": delta, **inputs},
            )
        yield case(
            "gaussian_nll",
            what,
            y,
            lambda x, r: F.gaussian_nll_loss(
                x, target, log_variance.exp(), full=True, eps=1e-300, reduction=r
            ),
            {"log_variance": flat(log_variance), **inputs},
        )


def ctcs():
    settings = [
        ("one sample", 6, 4, 0, [6], [[1, 2, 3]], 1.0),
        ("repeated labels", 7, 3, 0, [7], [[1, 1, 2]], 1.0),
        ("just long enough", 5, 3, 0, [5], [[2, 2, 2]], 1.0),
        ("no labels", 4, 3, 1, [4, 3], [[], []], 1.0),
        ("ragged", 9, 5, 0, [4, 9, 1, 6], [[1, 3], [2, 2, 4, 1], [3], []], 1.0),
        ("the last class is the blank", 8, 4, 3, [8, 5, 8], [[0, 1, 0], [2, 2], [1]], 1.0),
        # At 1000 PyTorch loses three digits of the gradient, the exponential of differences of 1e4.
        ("confident", 10, 4, 0, [10, 7], [[1, 2, 2, 3], [3, 1]], 30.0),
        ("long", 40, 12, 0, [40, 33], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11], [5] * 15], 2.0),
        ("too short for two of them", 4, 3, 0, [2, 4, 3], [[1, 1], [1, 2], [2, 1, 2, 1]], 1.0),
    ]
    for what, t, k, blank, lengths, targets, scale in settings:
        b = len(lengths)
        labels = torch.tensor([label for target in targets for label in target], dtype=torch.long)

        def loss(x, reduction):
            return F.ctc_loss(
                x.view(t, b, k).log_softmax(2),
                labels,
                torch.tensor(lengths),
                torch.tensor([len(target) for target in targets]),
                blank=blank,
                reduction=reduction,
                zero_infinity=True,
            )

        yield case(
            "ctc",
            what,
            scale * torch.randn(t * b, k),
            loss,
            {"steps": t, "blank": blank, "lengths": lengths, "targets": targets},
        )


cases = [*cross_entropies(), *binaries(), *regressions(), *ctcs()]
print("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]")
