#!/usr/bin/env python3
"""Which functions a training step spends its instructions in, counted by Valgrind's callgrind.

    python3 tools/peers/callgrind.py            # count and print
    python3 tools/peers/callgrind.py --write    # ... and write callgrind.json of the chapter "Making it fast"

Needs valgrind (Debian: apt-get install valgrind). A program that does one step is subtracted from one that does two: what is left is a step without the
beginning and the end of the program. Other things may run beside it: instructions are counted, not timed.
"""

import argparse
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import book_records
from book_records import BOOK, Failure, checked

CHAPTER = "making-it-fast"
EXAMPLE = f"{CHAPTER}-steps-alone"
FORMS = ("plain", "fast")
SHOWN = 9


def instructions(program, form, steps):
    """Instructions by function."""
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "callgrind.out"
        environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counted}", program, form, str(steps)]
        checked(valgrind, env=environment)
        text = checked(["callgrind_annotate", "--threshold=100", "--show-percs=no", "--auto=no", counted])
    found = Counter()
    for line in text.splitlines():
        match = re.match(r"\s*([\d,]+)\s+(\S.*?):(.+?)(?: \[[^]]*\])?$", line)
        if match and not line.lstrip().startswith("Events"):
            found[short(match[3])] += int(match[1].replace(",", ""))
    if not found:
        raise Failure(f"callgrind_annotate named no function:\n{text[:2000]}")
    return found


def short(name):
    """The crate, the last module that says something, and the function: `dfdx: select_and_gather::forward`."""
    name = re.sub(r"::h[0-9a-f]{16}(\.llvm\.\d+)?$", "", name.replace("'2", ""))
    before = None
    while before != name:
        before, name = name, re.sub(r"(::)?<[^<>]*>", "", name)
    if "::" not in name:
        return name
    # `multiversion` compiles a function below its own name.
    crate, *rest = [part for part in name.split("::") if part and not part.endswith("_fma_version")]
    rest = [part for part in rest if part not in ("cpu_kernel", "cpu_kernels")]
    return f"{crate}: {'::'.join(rest[-2:])}"


def step(program, form):
    one, two = (instructions(program, form, steps) for steps in (1, 2))
    return Counter({name: two[name] - one[name] for name in two if two[name] > one[name]})


def table(counts):
    total = counts.total()
    rows = [["share", "million instructions", "function"]]
    rows += [[f"{100 * n / total:.0f} %", f"{n / 1e6:.1f}", name] for name, n in counts.most_common(SHOWN)]
    rest = total - sum(n for _, n in counts.most_common(SHOWN))
    rows.append([f"{100 * rest / total:.0f} %", f"{rest / 1e6:.1f}", f"{max(len(counts) - SHOWN, 0)} others"])
    return book_records.table(rows, left=(2,))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="write the chapter's callgrind.json")
    options = parser.parse_args()
    start = time.monotonic()
    program = book_records.program("-p", CHAPTER, "--example", EXAMPLE)
    values, outputs = {}, {}
    for form in FORMS:
        counts = step(program, form)
        outputs[form] = table(counts)
        values[f"{form}_instructions"] = book_records.value(counts.total() / 1e6, "million", 0, {"factor": 1.5})
        first = 100 * counts.most_common(1)[0][1] / counts.total()
        values[f"{form}_first"] = book_records.value(first, "%", 0, {"factor": 1.5})
        print(f"{form}\n{outputs[form]}\n", flush=True)
    ratio = values["plain_instructions"]["number"] / values["fast_instructions"]["number"]
    values["ratio"] = book_records.value(ratio, "×", 0, {"factor": 1.5})
    if options.write:
        valgrind = checked(["valgrind", "--version"]).strip()
        path = book_records.write(
            CHAPTER, "callgrind.json", {"steps": 1}, {"valgrind": valgrind}, values, outputs, time.monotonic() - start
        )
        print(f"written: {path.relative_to(BOOK)}")
    return 0


if __name__ == "__main__":
    book_records.end(main)
