#!/usr/bin/env python3
"""Training steps of small convolution nets beside PyTorch, on two threads each.

    cargo build --release -p layers --example training_step
    python3 tools/peers/layers.py              # measure and print
    python3 tools/peers/layers.py --assert     # ... and fail above the bar

The networks are those of `code/layers/examples/nets`: 3 → 32 → 64 → 128 channels, 3 × 3 kernels, ReLU, with
or without pooling and batch normalisation, global average, linear layer, cross entropy, Adam. The two
programs take turns, each in a process of its own; a turn's result is the median over its steps, and the
ratio's is the median over the turns. PyTorch runs in both of its memory layouts, since the faster one
depends on the network: the table has a ratio to each.

Let nothing else run beside it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2]
THREADS = 2
CLASSES = 10

# Name, batch, side of the pictures, pooling, normalisation: as NETS in code/layers/examples/nets/mod.rs.
NETS = (
    ("56 × 56", 32, 56, False, False),
    ("56 × 56, pooling", 32, 56, True, False),
    ("32 × 32, pooling", 128, 32, True, False),
    ("32 × 32, pooling, batch norm", 128, 32, True, True),
)
LAYOUTS = ("contiguous", "channels_last")

# The bar: our time divided by that of PyTorch's usual layout.
MOST = 1.0


class Failure(Exception):
    """Something that the caller can mend; its text says how."""


def run(command):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    done = subprocess.run(command, cwd=BOOK, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"`{' '.join(command)}` ended with exit code {done.returncode}:\n{done.stderr[-4000:]}")
    times = {}
    for line in done.stdout.splitlines():
        name, milliseconds = line.split("\t")[:2]
        times[name] = float(milliseconds)
    missing = [name for name, *_ in NETS if name not in times]
    if missing:
        raise Failure(f"`{' '.join(command)}` printed no time for: {', '.join(missing)}")
    return times


def ours(steps):
    cargo = ["cargo", "run", "--release", "--quiet", "-p", "layers", "--example", "training_step"]
    return run([*cargo, "--", str(steps)])


def torch_times(layout, steps):
    return run([sys.executable, __file__, "--torch", layout, "--steps", str(steps)])


def torch_job(layout, steps):
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    for name, batch, side, pooling, normalisation in NETS:
        torch.manual_seed(1)
        layers = []
        for inputs, outputs in ((3, 32), (32, 64), (64, 128)):
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if normalisation:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.ReLU())
            if pooling and outputs < 128:
                layers.append(nn.MaxPool2d(2))
        net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, CLASSES))
        net = net.to(memory_format=layout)
        pictures = torch.randn(batch, 3, side, side).to(memory_format=layout)
        labels = torch.arange(batch) % CLASSES
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        loss_of = nn.CrossEntropyLoss()
        times = []
        for _ in range(3 + steps):
            start = time.perf_counter()
            optimizer.zero_grad()
            loss = loss_of(net(pictures), labels)
            loss.backward()
            optimizer.step()
            times.append(1000 * (time.perf_counter() - start))
        print(f"{name}\t{sorted(times[3:])[steps // 2]:.3f}\t{loss.item():.6f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help="exit 1 above the bar")
    parser.add_argument("--turns", type=int, default=5, help="how often the programs take turns")
    parser.add_argument("--steps", type=int, default=15, help="training steps of a network in a turn")
    parser.add_argument("--torch", choices=LAYOUTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch:
        torch_job(options.torch, options.steps)
        return 0

    turns = []
    for turn in range(options.turns):
        programs = {"ours": lambda: ours(options.steps)}
        for layout in LAYOUTS:
            programs[layout] = lambda layout=layout: torch_times(layout, options.steps)
        # Who goes first changes from turn to turn.
        names = list(programs)
        names = names[turn % 3 :] + names[: turn % 3]
        turns.append({name: programs[name]() for name in names})
        print(f"turn {turn + 1} of {options.turns}", flush=True)

    print(f"{'milliseconds a step, medians':32}{'ours':>8}" + "".join(f"{x:>16}{'ratio':>8}" for x in LAYOUTS))
    slow = []
    for name, *_ in NETS:
        line = f"{name:32}{statistics.median(turn['ours'][name] for turn in turns):8.1f}"
        for layout in LAYOUTS:
            ratio = statistics.median(turn["ours"][name] / turn[layout][name] for turn in turns)
            line += f"{statistics.median(turn[layout][name] for turn in turns):16.1f}{ratio:8.2f}"
            if layout == LAYOUTS[0] and ratio > MOST:
                slow.append(f"{name}: {ratio:.2f} × PyTorch's time, at most {MOST:g} × expected")
        print(line)
    if not options.hold:
        return 0
    for complaint in slow:
        print(f"FAILED {complaint}")
    print(f"{len(NETS) - len(slow)} passed, {len(slow)} failed")
    return 1 if slow else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"layers.py: {failure}")
