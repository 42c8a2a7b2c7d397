#!/usr/bin/env python3
"""What the settings of the compiler are worth: the chapter "Making it fast", built in several ways.

    python3 tools/peers/builds.py              # build, measure and print
    python3 tools/peers/builds.py --write      # ... and write builds.json of the chapter

Each build has a folder of its own below target/builds/. The programs take turns; a number is the median over
the turns. Let nothing else run beside it.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import book_records
from book_records import BOOK, checked

CHAPTER = "making-it-fast"

ONE_UNIT = {"CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1"}
FAT_LTO = {"CARGO_PROFILE_RELEASE_LTO": "fat"}

# Name, settings of cargo in its environment.
BUILDS = {
    "as it is": {},
    "one unit": ONE_UNIT,
    "fat LTO": FAT_LTO,
    "both": ONE_UNIT | FAT_LTO,
    "native": {"RUSTFLAGS": "-C target-cpu=native"},
}

# Value of the chapter's record, what it is, and whether it is a speed (the larger the better).
MEASURES = {
    "plain_step": ("plain dfdx, a step", False),
    "fast_step": ("layers, a step", False),
    "gelu_composed": ("GELU, composed", False),
    "gelu_vectors": ("GELU, vector loops", False),
    "product_rows": ("matrix product, rows", True),
    "product_tiles": ("matrix product, tiles", True),
}


def build(name, settings):
    folder = BOOK / "target/builds" / name.replace(" ", "-")
    environment = {**os.environ, **settings, "CARGO_TARGET_DIR": str(folder)}
    command = ["cargo", "build", "--release", "--quiet", "-p", CHAPTER]
    start = time.monotonic()
    checked(command, env=environment)
    program = folder / "release" / (CHAPTER + (".exe" if os.name == "nt" else ""))
    return program, time.monotonic() - start


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        checked([program, "--record", folder])
        record = json.loads((Path(folder) / "record.json").read_text(encoding="utf-8"))
    return {name: record["values"][name]["number"] for name in MEASURES}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="write the chapter's builds.json")
    parser.add_argument("--turns", type=int, default=3, help="how often the programs take turns")
    options = parser.parse_args()
    start = time.monotonic()
    programs, seconds, sizes = {}, {}, {}
    for name, settings in BUILDS.items():
        programs[name], seconds[name] = build(name, settings)
        sizes[name] = programs[name].stat().st_size / 1e6
        print(f"built {name}: {seconds[name]:.0f} s, {sizes[name]:.1f} MB", flush=True)
    turns = [{name: measure(program) for name, program in programs.items()} for _ in range(options.turns)]

    usual = next(iter(BUILDS))
    values, rows = {}, [["times as fast", *BUILDS]]
    for measured, (what, is_speed) in MEASURES.items():
        def times_as_fast(turn, name):
            ratio = turn[name][measured] / turn[usual][measured]
            return ratio if is_speed else 1 / ratio

        ratios = {name: statistics.median(times_as_fast(turn, name) for turn in turns) for name in BUILDS}
        rows.append([what, *(f"{ratio:.2f}" for ratio in ratios.values())])
        if measured in ("plain_step", "fast_step"):
            best = max(ratio for name, ratio in ratios.items() if name != usual)
            values[f"{measured}_best"] = book_records.value(best, "×", 2, {"factor": 2.0})
    rows.append(["time to compile", *(f"{seconds[name]:.0f} s" for name in BUILDS)])
    rows.append(["size of the program", *(f"{sizes[name]:.1f} MB" for name in BUILDS)])
    text = book_records.table(rows)
    print(text)
    if options.write:
        settings = {"turns": options.turns}
        path = book_records.write(
            CHAPTER, "builds.json", settings, {}, values, {"table": text}, time.monotonic() - start
        )
        print(f"written: {path.relative_to(BOOK)}")
    return 0


if __name__ == "__main__":
    book_records.end(main)
