#!/usr/bin/env python3
"""Training steps of small convolution nets and decoders beside PyTorch, on two threads each.

    cargo build --release -p layers --example training_step
    python3 tools/peers/layers.py              # measure and print
    python3 tools/peers/layers.py --assert     # ... and fail above the bar
    python3 tools/peers/layers.py --write      # ... and write peers.json of the chapter "Making it fast"

The networks are those of `code/layers/examples/nets`: 3 → 32 → 64 → 128 channels, 3 × 3 kernels, ReLU, with
or without pooling and batch normalisation, global average, linear layer, cross entropy, Adam; and the
decoders: attention alone, a GRU, and Show, Attend and Tell. The two programs take turns, each in a process
of its own; a turn's result is the median over its steps, and the ratio's is the median over the turns.
PyTorch runs in both of its memory layouts, since the faster one depends on the network: the table has a
ratio to each. The decoders have no picture, and run in one.

Let nothing else run beside it.
"""

import argparse
import os
import statistics
import sys
import time

import book_records
from book_records import BOOK, Failure, checked

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

# The decoders of code/layers/examples/nets/decoders.rs.
ATTENTION = "attention, 196 × 128, 12 steps"
GRU = "GRU decoder, 256, 16 steps"
SHOW_ATTEND_AND_TELL = "Show, Attend and Tell"
DECODERS = (ATTENTION, GRU, SHOW_ATTEND_AND_TELL)

# The bars: our time divided by that of PyTorch's usual layout.
MOST = {**{name: 1.0 for name, *_ in NETS}, ATTENTION: 0.6, GRU: 0.65, SHOW_ATTEND_AND_TELL: 0.65}


def names(layout):
    return [name for name in MOST if layout == LAYOUTS[0] or name not in DECODERS]


def run(command, expected):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)}
    times = {}
    for line in checked(command, env=environment).splitlines():
        name, milliseconds = line.split("\t")[:2]
        times[name] = float(milliseconds)
    missing = [name for name in expected if name not in times]
    if missing:
        raise Failure(f"`{' '.join(command)}` printed no time for: {', '.join(missing)}")
    return times


def ours(steps):
    cargo = ["cargo", "run", "--release", "--quiet", "-p", "layers", "--example", "training_step"]
    return run([*cargo, "--", str(steps)], names(LAYOUTS[0]))


def torch_times(layout, steps):
    return run([sys.executable, __file__, "--torch", layout, "--steps", str(steps)], names(layout))


def torch_job(layout, steps):
    import torch

    torch.set_num_threads(THREADS)
    for name in names(layout):
        torch.manual_seed(1)
        loss_of, parameters = torch_decoder(name) if name in DECODERS else torch_net(name, layout)
        optimizer = torch.optim.Adam(parameters, lr=1e-3)
        times = []
        for _ in range(3 + steps):
            start = time.perf_counter()
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            optimizer.step()
            times.append(1000 * (time.perf_counter() - start))
        print(f"{name}\t{sorted(times[3:])[steps // 2]:.3f}\t{loss.item():.6f}")


def torch_net(name, layout):
    import torch
    from torch import nn

    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    _, batch, side, pooling, normalisation = next(net for net in NETS if net[0] == name)
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
    return lambda: nn.functional.cross_entropy(net(pictures), labels), net.parameters()


def torch_decoder(name):
    import torch
    from torch import nn

    locations, width, hidden, words = 196, 128, 256, 500
    cross_entropy = nn.functional.cross_entropy

    def vocabulary(*shape):
        return (torch.arange(shape[0] * shape[1]) * 7919 % words).view(shape)

    if name == GRU:
        batch, steps = 64, 16
        modules = nn.Embedding(words, width), nn.GRU(width, hidden, batch_first=True), nn.Linear(hidden, words)
        embedding, gru, to_logits = modules
        inputs, targets = vocabulary(batch, steps), vocabulary(batch, steps)

        def loss():
            logits = to_logits(gru(embedding(inputs))[0])
            return cross_entropy(logits.view(-1, words), targets.view(-1))

        return loss, [parameter for module in modules for parameter in module.parameters()]

    batch, steps = 32, 12
    features = torch.randn(batch, locations, width, requires_grad=True)
    to_keys, v = nn.Linear(width, width), nn.Parameter(0.1 * torch.randn(width))

    def attend(keys, query):
        alpha = torch.softmax(torch.tanh(keys + query[:, None]) @ v, 1)
        return alpha, torch.bmm(alpha[:, None], features)[:, 0]

    if name == ATTENTION:
        to_query = nn.Linear(width, width)

        def loss():
            features.grad = None
            keys, z, loss = to_keys(features), torch.zeros(batch, width), 0
            for _ in range(steps):
                _, z = attend(keys, to_query(z))
                loss = loss + z.square().mean()
            return loss

        return loss, [v, *to_keys.parameters(), *to_query.parameters()]

    to_query, embedding = nn.Linear(hidden, width), nn.Embedding(words, width)
    lstm, to_logits = nn.LSTMCell(2 * width, hidden), nn.Linear(hidden, words)
    inputs, targets = vocabulary(steps, batch), vocabulary(steps, batch)

    def loss():
        features.grad = None
        keys, seen, all_hidden = to_keys(features), torch.zeros(batch, locations), []
        state = (torch.zeros(batch, hidden), torch.zeros(batch, hidden))
        for step in range(steps):
            alpha, z = attend(keys, to_query(state[0]))
            seen = seen + alpha
            state = lstm(torch.cat([embedding(inputs[step]), z], 1), state)
            all_hidden.append(state[0])
        logits = to_logits(torch.stack(all_hidden))
        return cross_entropy(logits.view(-1, words), targets.view(-1)) + (1 - seen).square().mean()

    modules = (to_keys, to_query, embedding, lstm, to_logits)
    return loss, [v, *(parameter for module in modules for parameter in module.parameters())]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help="exit 1 above the bar")
    parser.add_argument("--write", action="store_true", help="write the chapter's peers.json")
    parser.add_argument("--turns", type=int, default=5, help="how often the programs take turns")
    parser.add_argument("--steps", type=int, default=15, help="training steps of a network in a turn")
    parser.add_argument("--torch", choices=LAYOUTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch:
        torch_job(options.torch, options.steps)
        return 0

    start, turns = time.monotonic(), []
    for turn in range(options.turns):
        programs = {"ours": lambda: ours(options.steps)}
        for layout in LAYOUTS:
            programs[layout] = lambda layout=layout: torch_times(layout, options.steps)
        # Who goes first changes from turn to turn.
        order = list(programs)
        order = order[turn % 3 :] + order[: turn % 3]
        turns.append({name: programs[name]() for name in order})
        print(f"turn {turn + 1} of {options.turns}", flush=True)

    results = {name: medians(turns, name) for name in MOST}
    print(table(results))
    if options.write:
        path = write(results, options, time.monotonic() - start)
        print(f"written: {path.relative_to(BOOK)}")
    if not options.hold:
        return 0
    slow = [
        f"{name}: {results[name]['ratio']:.2f} × PyTorch's time, at most {most:g} × expected"
        for name, most in MOST.items()
        if results[name]["ratio"] > most
    ]
    for complaint in slow:
        print(f"FAILED {complaint}")
    print(f"{len(MOST) - len(slow)} passed, {len(slow)} failed")
    return 1 if slow else 0


def medians(turns, name):
    """Milliseconds of a step by program, and our time divided by that of PyTorch's usual layout."""
    layouts = [layout for layout in LAYOUTS if name in names(layout)]
    times = {who: statistics.median(turn[who][name] for turn in turns) for who in ["ours", *layouts]}
    ratios = {layout: statistics.median(turn["ours"][name] / turn[layout][name] for turn in turns) for layout in layouts}
    return {"times": times, "ratios": ratios, "ratio": ratios[LAYOUTS[0]]}


def table(results):
    """Text: milliseconds a step, and ratios."""
    titles = {"contiguous": "PyTorch", "channels_last": "channels last"}
    rows = [["milliseconds a step", "ours", *(x for layout in LAYOUTS for x in (titles[layout], "ratio"))]]
    for name, result in results.items():
        row = [name, f"{result['times']['ours']:.1f}"]
        for layout, ratio in result["ratios"].items():
            row += [f"{result['times'][layout]:.1f}", f"{ratio:.2f}"]
        rows.append(row)
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]))]
    align = lambda row: [row[0].ljust(widths[0]), *(entry.rjust(width) for entry, width in zip(row[1:], widths[1:]))]
    return "\n".join("  ".join(align(row)).rstrip() for row in rows)


def write(results, options, seconds):
    import torch

    keys = {name: "".join(c if c.isalnum() else "_" for c in name.lower().replace(" × ", "x")) for name in results}
    values = {}
    for name, result in results.items():
        values[f"{keys[name]}_ratio"] = book_records.value(result["ratio"], "×", 2, {"factor": 2.0})
    ratios = [result["ratio"] for result in results.values()]
    values["least_ratio"] = book_records.value(min(ratios), "×", 2, {"factor": 2.0})
    values["largest_ratio"] = book_records.value(max(ratios), "×", 2, {"factor": 2.0})
    settings = {"turns": options.turns, "steps": options.steps, "threads": THREADS}
    data = {"PyTorch": torch.__version__}
    return book_records.write(
        "making-it-fast", "peers.json", settings, data, values, {"table": table(results)}, seconds
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"layers.py: {failure}")
