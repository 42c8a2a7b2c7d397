#!/usr/bin/env python3
"""Everything that is timed beside another library, with one command: chapter 1 beside gensim, training steps and
operations beside PyTorch, the STFT beside librosa's and PyTorch's.

    python3 tools/peers/all.py             # measure and print
    python3 tools/peers/all.py --assert    # ... and fail where a bar is missed
    python3 tools/peers/all.py --write     # ... and write the peers.json of chapters 1 and 7

Each comparison gets its libraries, in the versions that stand in its requirements, in a folder of its own below
target/peers; what is there already is kept. They run one after the other, and in each of them our program and the
other take turns. A quarter of an hour, with nothing else beside it.
"""

import argparse
import subprocess
import sys
import venv

import book_records
from book_records import BOOK, checked

PEERS = BOOK / "tools/peers"

# The program, its requirements, and whether it writes a record for the pages.
COMPARISONS = (
    ("text_embedding.py", "requirements-text-embedding.txt", True),
    ("steps.py", "requirements-steps.txt", True),
    ("stft_speed.py", "requirements-stft-speed.txt", False),
)

# What the comparisons run of ours.
BUILDS = (
    ("-p", "text-embedding"),
    ("-p", "layers", "--example", "training_step"),
    ("-p", "making-it-fast", "--examples"),
    ("-p", "sound", "--example", "stft_speed"),
)


def python_with(requirements):
    """A Python that has these requirements."""
    folder = BOOK / "target/peers" / requirements.removesuffix(".txt")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    checked([python, "-m", "pip", "install", "--quiet", "-r", PEERS / requirements])
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help="exit 1 where a bar is missed")
    parser.add_argument("--write", action="store_true", help="write the chapters' peers.json")
    options = parser.parse_args()
    pythons = [python_with(requirements) for _, requirements, _ in COMPARISONS]
    for build in BUILDS:
        checked(["cargo", "build", "--release", "--quiet", *build])
    failed = []
    for python, (program, _, writes) in zip(pythons, COMPARISONS):
        wanted = ["--assert"] * options.hold + ["--write"] * (options.write and writes)
        print(f"== {program}", flush=True)
        if subprocess.run([python, PEERS / program, *wanted], cwd=BOOK).returncode != 0:
            failed.append(program)
    print(f"{len(COMPARISONS) - len(failed)} passed, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    book_records.end(main)
