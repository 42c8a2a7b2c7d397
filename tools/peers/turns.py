"""Programs that take turns, each in a process of its own, and what comes of it.

A program prints `NAME<tab>MILLISECONDS` for each training step that it times. A turn's result is the median over its
steps, and the ratio's is the median over the turns.
"""

import os
import statistics
import time
from typing import NamedTuple

import book_records
from book_records import Failure, checked

THREADS = 2
# Milliseconds, as in `chapter_steps.rs`.
SHORT = 5
OURS = "ours"
# PyTorch's memory layouts, the usual one first. Which is faster depends on the network.
LAYOUTS = ("contiguous", "channels_last")


class Timed(NamedTuple):
    milliseconds: float
    # What else the program told of the step.
    more: list


def printed(command):
    """What a program prints that has as many threads as all others."""
    return checked(command, env={**os.environ, "RAYON_NUM_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)})


def timed(command, expected):
    """What a program has timed, by name."""
    found = {}
    for line in printed(command).splitlines():
        name, milliseconds, *more = line.split("\t")
        found[name] = Timed(float(milliseconds), more)
    missing = [name for name in expected if name not in found]
    if missing:
        raise Failure(f"`{' '.join(map(str, command))}` printed no time for: {', '.join(missing)}")
    return found


def milliseconds(step, steps):
    """The median time of a step after three to warm up, and what the very first one gave. Steps that are short are over
    before threads and caches are as warm as in a training: of these ten times as many are taken, after ten times as
    many, here as in the program that this is compared with."""
    first, median = timed_steps(step, steps, 3)
    if median < SHORT:
        _, median = timed_steps(step, 10 * steps, 30)
    return median, first


def timed_steps(step, steps, warming_up):
    """What the first of some steps gave, and the median of their times in milliseconds."""
    times, results = [], []
    for _ in range(warming_up + steps):
        start = time.perf_counter()
        results.append(step())
        times.append(1000 * (time.perf_counter() - start))
    return results[0], sorted(times[warming_up:])[steps // 2]


def training_step(loss_of, optimizer):
    """A step of training in PyTorch, which returns its loss."""

    def step():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def take(programs, count):
    """Lets programs, functions by name, take so many turns. Who goes first changes from turn to turn."""
    order = list(programs)
    for turn in range(count):
        first = turn % len(order)
        yield {name: programs[name]() for name in order[first:] + order[:first]}
        print(f"turn {turn + 1} of {count}", flush=True)


def medians(turns, name):
    """Milliseconds of a step by program, and our time divided by that of PyTorch in each layout that it ran in."""
    layouts = [layout for layout in LAYOUTS if name in turns[0][layout]]
    of = lambda turn, who: turn[who][name].milliseconds
    times = {who: statistics.median(of(turn, who) for turn in turns) for who in [OURS, *layouts]}
    ratios = {layout: statistics.median(of(turn, OURS) / of(turn, layout) for turn in turns) for layout in layouts}
    return {"times": times, "ratios": ratios, "ratio": ratios[LAYOUTS[0]]}


def table(title, results):
    """Text: milliseconds of what the title says, and ratios."""
    titles = {"contiguous": "PyTorch", "channels_last": "channels last"}
    shown = lambda milliseconds: f"{milliseconds:.{1 if milliseconds >= 1 else 2}f}"
    rows = [[title, OURS, *(x for layout in LAYOUTS for x in (titles[layout], "ratio"))]]
    for name, result in results.items():
        row = [name, shown(result["times"][OURS])]
        for layout, ratio in result["ratios"].items():
            row += [shown(result["times"][layout]), f"{ratio:.2f}"]
        rows.append(row)
    return book_records.table(rows)
