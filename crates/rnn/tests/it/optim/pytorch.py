"""Writes pytorch.csv: 20 steps of each optimiser, and the factors of each schedule, in f64.

Usage: python3 pytorch.py > pytorch.csv    (PyTorch 2.15)
"""

import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as schedules

torch.set_default_dtype(torch.float64)

OPTIMISERS = {
    "sgd": lambda w: SGD(w, lr=0.1),
    "sgd decay": lambda w: SGD(w, lr=0.1, weight_decay=0.3),
    "sgd momentum": lambda w: SGD(w, lr=0.1, momentum=0.9),
    "sgd dampened": lambda w: SGD(w, lr=0.1, momentum=0.9, dampening=0.25, weight_decay=0.3),
    "sgd nesterov": lambda w: SGD(w, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.3),
    "rmsprop": lambda w: RMSprop(w, lr=0.1),
    "rmsprop alpha": lambda w: RMSprop(w, lr=0.1, alpha=0.5, eps=0.01, weight_decay=0.3),
    "rmsprop momentum": lambda w: RMSprop(w, lr=0.1, alpha=0.75, momentum=0.5),
    "rmsprop centered": lambda w: RMSprop(w, lr=0.1, alpha=0.75, eps=0.01, centered=True, momentum=0.5),
    "adam": lambda w: Adam(w, lr=0.1),
    "adam betas": lambda w: Adam(w, lr=0.1, betas=(0.5, 0.75), eps=0.01, weight_decay=0.3),
    "adamw": lambda w: AdamW(w, lr=0.1, weight_decay=0.3),
    "adagrad": lambda w: Adagrad(w, lr=0.1),
    "adagrad start": lambda w: Adagrad(
        w, lr=0.1, lr_decay=0.125, initial_accumulator_value=0.5, eps=0.01, weight_decay=0.3
    ),
}

SCHEDULES = {
    "stepped": lambda o: schedules.StepLR(o, step_size=3, gamma=0.5),
    "exponential": lambda o: schedules.ExponentialLR(o, gamma=0.9),
    "cosine_restarts": lambda o: schedules.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.1),
    "cosine_restarts equal": lambda o: schedules.CosineAnnealingWarmRestarts(o, T_0=4, eta_min=0.1),
}
LOSSES = [5, 4, 4, 4, 4, 3.9999, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 4, 4, 4, 3.8, 5, 6]


def gradient(w, t):
    i = torch.arange(3, dtype=torch.float64)
    return torch.remainder(7 * i + 3 * t, 11) / 4 - 1.25 + w / 2


print("name,step,w0,w1,w2")
for name, make in OPTIMISERS.items():
    w = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    optimiser = make([w])
    for t in range(20):
        w.grad = gradient(w.detach(), t)
        optimiser.step()
        print(name, t, *(repr(x) for x in w.tolist()), sep=",")

for name, make in SCHEDULES.items():
    optimiser = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimiser)
    for t in range(20):
        print(name, t, optimiser.param_groups[0]["lr"], sep=",")
        optimiser.step()
        schedule.step()

optimiser = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
plateau = schedules.ReduceLROnPlateau(
    optimiser, factor=0.5, patience=2, threshold=1e-3, cooldown=1, min_lr=0.2
)
for t, loss in enumerate(LOSSES):
    plateau.step(loss)
    print("plateau", t, optimiser.param_groups[0]["lr"], sep=",")
