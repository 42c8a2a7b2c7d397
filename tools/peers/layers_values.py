#!/usr/bin/env python3
"""Writes what PyTorch computes for small inputs: values and gradients of recurrent cells, attention and loss.

    python3 tools/peers/layers_values.py

The numbers go to `code/layers/tests/data/torch.txt`, where the tests of `layers` read them: they need no
Python. PyTorch computes in double precision, so that what the tests find is our error alone. Inputs are
rounded to two digits after the point.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from book_records import write_text

FILE = Path(__file__).resolve().parents[2] / "code/layers/tests/data/torch.txt"


class Case:
    """Named tensors of one operation."""

    def __init__(self, name, seed):
        self.name = name
        self.generator = torch.Generator().manual_seed(seed)
        self.lines = []

    def write(self, name, tensor):
        numbers = " ".join(f"{number:.9g}" for number in tensor.detach().flatten().tolist())
        self.lines.append(f"{self.name}.{name} {numbers}")

    def input(self, name, *shape):
        tensor = torch.randn(shape, generator=self.generator, dtype=torch.float64)
        tensor = (100 * tensor).round() / 100
        self.write(name, tensor)
        return tensor.requires_grad_()

    def outputs(self, **tensors):
        """Writes the outputs, and the gradients of the loss that is the sum of each output times its g."""
        loss = 0
        for name, tensor in tensors.items():
            self.write(name, tensor)
            loss = loss + (tensor * self.input(f"g.{name}", *tensor.shape).detach()).sum()
        loss.backward()


def gate_by_gate(weight, gates):
    """PyTorch's (gates · hidden, inputs) as ours: gate × input × hidden."""
    return weight.view(gates, weight.shape[0] // gates, -1).transpose(1, 2).contiguous()


def joined(weight):
    return weight.transpose(1, 2).reshape(weight.shape[0] * weight.shape[2], -1)


BATCH, TIME, IN, HIDDEN = 2, 3, 3, 4


def recurrent(name, seed, module, gates):
    case = Case(name, seed)
    inputs = {
        "x": case.input("x", BATCH, TIME, IN),
        "hidden": case.input("hidden", BATCH, HIDDEN),
        "weight": case.input("weight", gates, IN, HIDDEN),
        "recurrent_weight": case.input("recurrent_weight", gates, HIDDEN, HIDDEN),
        "bias": case.input("bias", gates, HIDDEN),
    }
    second_bias = torch.zeros(gates * HIDDEN, dtype=torch.float64)
    if name == "lstm":
        inputs["cell"] = case.input("cell", BATCH, HIDDEN)
    else:
        inputs["recurrent_bias"] = case.input("recurrent_bias", HIDDEN)
        second_bias = torch.cat([second_bias[: 2 * HIDDEN], inputs["recurrent_bias"]])
    first = inputs["hidden"][None]
    state = (first, inputs["cell"][None]) if name == "lstm" else first
    weights = {
        "weight_ih_l0": joined(inputs["weight"]),
        "weight_hh_l0": joined(inputs["recurrent_weight"]),
        "bias_ih_l0": inputs["bias"].flatten(),
        "bias_hh_l0": second_bias,
    }
    network = module(IN, HIDDEN, batch_first=True, dtype=torch.float64)
    assert torch.equal(gate_by_gate(weights["weight_ih_l0"], gates), inputs["weight"])
    all_states, last = torch.func.functional_call(network, weights, (inputs["x"], state))
    last = {"last_hidden": last[0][0], "last_cell": last[1][0]} if name == "lstm" else {"last_hidden": last[0]}
    case.outputs(all=all_states, **last)
    for name, tensor in inputs.items():
        case.write(f"gradient.{name}", tensor.grad)
    return case.lines


def attention():
    locations, a, c = 5, 3, 4
    case = Case("attention", 3)
    inputs = {
        "keys": case.input("keys", BATCH, locations, a),
        "query": case.input("query", BATCH, a),
        "v": case.input("v", a),
        "features": case.input("features", BATCH, locations, c),
    }
    scores = torch.tanh(inputs["keys"] + inputs["query"][:, None]) @ inputs["v"]
    alpha = torch.softmax(scores, 1)
    z = (alpha[:, :, None] * inputs["features"]).sum(1)
    case.outputs(alpha=alpha, z=z)
    for name, tensor in inputs.items():
        case.write(f"gradient.{name}", tensor.grad)
    return case.lines


def cross_entropy():
    case = Case("cross_entropy", 4)
    logits = case.input("logits", 5, 4)
    targets = torch.tensor([0, 3, 1, 1, 2])
    weights = torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0], dtype=torch.float64)
    case.write("targets", targets)
    case.write("weights", weights)
    losses = nn.functional.cross_entropy(logits, targets, reduction="none")
    loss = (losses * weights).sum() / weights.sum()
    case.write("loss", loss)
    loss.backward()
    case.write("gradient.logits", logits.grad)
    return case.lines


def main():
    version = torch.__version__.split("+")[0]
    lines = [
        "# Written by tools/peers/layers_values.py: change that and run it again.",
        f"# PyTorch {version}, Python {sys.version.split()[0]}, double precision.",
    ]
    lines += recurrent("lstm", 1, nn.LSTM, 4)
    lines += recurrent("gru", 2, nn.GRU, 3)
    lines += attention()
    lines += cross_entropy()
    FILE.parent.mkdir(exist_ok=True)
    write_text(FILE, "\n".join(lines) + "\n")
    print(f"{len(lines)} lines in {FILE}")


if __name__ == "__main__":
    main()
