#!/usr/bin/env python3
"""Training steps beside PyTorch, on two threads each: of small networks, and of every chapter's own model; and single
operations, forward and back.

    pip install -r tools/peers/requirements-steps.txt
    cargo build --release -p layers --example training_step
    cargo build --release -p making-it-fast --examples
    python3 tools/peers/steps.py              # measure and print
    python3 tools/peers/steps.py --assert     # ... and fail above the bar
    python3 tools/peers/steps.py --write      # ... and write peers.json of the chapter "Making it fast"

The small networks are those of `code/layers/examples/nets`: 3 → 32 → 64 → 128 channels, 3 × 3 kernels, ReLU,
with or without pooling and batch normalisation, global average, linear layer, cross entropy, Adam; and
decoders: attention alone, a GRU, and Show, Attend and Tell. `nets.py` has them in PyTorch. The chapters' models
are those of `code/making-it-fast/examples/chapter_steps.rs`, with the chapters' default settings; `chapters.py`
has them in PyTorch, with as many parameters, and with a first loss of about the same size: both are checked. The
operations are those of `layers`, by `code/making-it-fast/examples/operation_times.rs`; `operations.py` has them in PyTorch.

The programs take turns, each in a process of its own; a turn's result is the median over its steps, and the
ratio's is the median over the turns. PyTorch runs in both of its memory layouts, since the faster one depends on
the network: the table has a ratio to each. What has no picture runs in one.

Let nothing else run beside it.
"""

import argparse
import math
import platform
import sys
import time

import book_records
import chapters
import nets
import operations
import torch
import turns
from book_records import BOOK, Failure
from turns import LAYOUTS, OURS, THREADS

# The bars: our time divided by that of PyTorch's usual layout.
OF_NETS = {
    **{name: 1.0 for name, *_ in nets.NETS},
    nets.ATTENTION: 0.6,
    nets.GRU: 0.65,
    nets.SHOW_ATTEND_AND_TELL: 0.65,
}
OF_CHAPTERS = {**{name: 1.0 for name in chapters.TWINS}, chapters.TEXT_EMBEDDING: 0.35}
OF_OPERATIONS = {name: 1.5 for name in operations.NAMES if name not in operations.LARGE}
# What is measured, and its bar; infinite where it has none.
GROUPS = {
    "nets": OF_NETS,
    "chapters": OF_CHAPTERS,
    "operations": {name: OF_OPERATIONS.get(name, math.inf) for name in operations.NAMES},
}

# By how much the first losses of ours and of a twin may differ: their random weights do.
NEAR = 0.2

BATCHES = BOOK / "target/peers/batches.txt"


def names(group, layout):
    of_one_layout = {*nets.DECODERS, *chapters.WITHOUT_PICTURES, *operations.OTHERS}
    return [name for name in GROUPS[group] if layout == LAYOUTS[0] or name not in of_one_layout]


def example(group, argument):
    crate, name = {
        "nets": ("layers", "training_step"),
        "chapters": ("making-it-fast", "chapter_steps"),
        "operations": ("making-it-fast", "operation_times"),
    }[group]
    return ["cargo", "run", "--release", "--quiet", "-p", crate, "--example", name, "--", str(argument)]


def ours(groups, steps):
    found = {}
    for group in groups:
        found |= turns.timed(example(group, steps), GROUPS[group])
    return found


def theirs(groups, layout, steps):
    found = {}
    for group in groups:
        command = [sys.executable, __file__, "--torch", layout, "--groups", group, "--steps", str(steps)]
        found |= turns.timed(command, names(group, layout))
    return found


def torch_job(group, layout, steps):
    torch.set_num_threads(THREADS)
    batches = batches_of_ours() if group == "chapters" else {}
    for name in names(group, layout):
        torch.manual_seed(1)
        if group == "nets":
            step, more = nets.twin(name, layout), []
        elif group == "operations":
            step, more = operations.twin(name, layout), []
        else:
            step, parameters = chapters.twin(name, batches[name], layout)
            more = [str(parameters)]
        milliseconds, loss = turns.milliseconds(step, steps)
        print(name, f"{milliseconds:.3f}", f"{loss:.6f}", *more, sep="\t")


def batches_of_ours():
    """The whole numbers of each chapter's batch, as ours has written them: for each name, what they are, and which."""
    batches = {}
    for line in BATCHES.read_text(encoding="utf-8").splitlines():
        name, what, numbers = line.split("\t")
        batches.setdefault(name, {})[what] = [int(number) for number in numbers.split()]
    return batches


def check_twins(turn):
    """Whether the chapters' models are the same ones in both: as many parameters, and about the same loss."""
    for layout in LAYOUTS:
        for name in names("chapters", layout):
            (loss, parameters), (their_loss, their_parameters) = turn[OURS][name].more, turn[layout][name].more
            if parameters != their_parameters:
                raise Failure(f"{name}: {parameters} parameters, in PyTorch {their_parameters}")
            if not abs(float(their_loss) - float(loss)) <= NEAR * float(loss):
                raise Failure(f"{name}: the first loss is {loss}, in PyTorch {their_loss}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help="exit 1 above the bar")
    parser.add_argument("--write", action="store_true", help="write the chapter's peers.json")
    parser.add_argument("--turns", type=int, default=5, help="how often the programs take turns")
    parser.add_argument("--steps", type=int, default=15, help="training steps of a network in a turn")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS), help="measure these alone")
    parser.add_argument("--torch", choices=LAYOUTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch:
        for group in options.groups:
            torch_job(group, options.torch, options.steps)
        return 0
    if options.write and set(options.groups) != set(GROUPS):
        parser.error("--write needs all groups: the chapter's tables have all of them")

    start, done = time.monotonic(), []
    if "chapters" in options.groups:
        BATCHES.parent.mkdir(parents=True, exist_ok=True)
        BATCHES.write_text(turns.printed(example("chapters", "batches")), encoding="utf-8")
    programs = {OURS: lambda: ours(options.groups, options.steps)}
    for layout in LAYOUTS:
        programs[layout] = lambda layout=layout: theirs(options.groups, layout, options.steps)
    for turn in turns.take(programs, options.turns):
        if "chapters" in options.groups:
            check_twins(turn)
        done.append(turn)

    bars = {name: most for group in options.groups for name, most in GROUPS[group].items()}
    results = {name: turns.medians(done, name) for name in bars}
    for text in tables(results).values():
        print(f"{text}\n")
    if options.write:
        path = write(results, options, time.monotonic() - start)
        print(f"written: {path.relative_to(BOOK)}")
    if not options.hold:
        return 0
    slow = [
        f"{name}: {results[name]['ratio']:.2f} × PyTorch's time, at most {most:g} × expected"
        for name, most in bars.items()
        if results[name]["ratio"] > most
    ]
    for complaint in slow:
        print(f"FAILED {complaint}")
    held = sum(most < math.inf for most in bars.values())
    print(f"{held - len(slow)} passed, {len(slow)} failed")
    return 1 if slow else 0


def tables(results):
    """The tables that the page shows, of what was measured: steps of training, and operations."""
    of = lambda wanted: {name: result for name, result in results.items() if (name in operations.NAMES) == wanted}
    named = {"table": ("milliseconds a step", of(False)), "operations": ("milliseconds, forward and back", of(True))}
    return {key: turns.table(title, rows) for key, (title, rows) in named.items() if rows}


def write(results, options, seconds):
    keys = {name: "".join(c if c.isalnum() else "_" for c in name.lower().replace(" × ", "x")) for name in OF_NETS}
    values = {}
    # The page names the ratios of the small networks; those of the chapters stand in its table.
    for name, key in keys.items():
        values[f"{key}_ratio"] = book_records.value(results[name]["ratio"], "×", 2, {"factor": 2.0})
    large = dict(zip(("large_index_select_ratio", "large_leaky_relu_ratio"), operations.LARGE))
    for key, name in large.items():
        values[key] = book_records.value(results[name]["ratio"], "×", 2, {"factor": 2.0})
    for key, bars in (("", OF_NETS | OF_CHAPTERS), ("operation_", OF_OPERATIONS)):
        ratios = [results[name]["ratio"] for name in bars]
        values[f"least_{key}ratio"] = book_records.value(min(ratios), "×", 2, {"factor": 2.0})
        values[f"largest_{key}ratio"] = book_records.value(max(ratios), "×", 2, {"factor": 2.0})
    settings = {"turns": options.turns, "steps": options.steps, "threads": THREADS}
    data = {"PyTorch": torch.__version__, "Python": platform.python_version()}
    return book_records.write("making-it-fast", "peers.json", settings, data, values, tables(results), seconds, True)


if __name__ == "__main__":
    book_records.end(main)
