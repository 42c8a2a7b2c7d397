"""Records of comparisons in the format of the chapters' records, for the pages to show."""

import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2]


class Failure(Exception):
    """Something that the caller can mend; its text says how."""


def end(main):
    """Ends the program with what `main` returns, or with what went wrong, under the program's name."""
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{Path(sys.argv[0]).name}: {failure}")


def value(number, unit="", digits=0, tolerance="machine"):
    """A number with its unit; `tolerance` is `machine`, `{"within": bound}` or `{"factor": f}`."""
    return {"number": number, "unit": unit, "digits": digits, "tolerance": tolerance}


def table(rows, left=(0,)):
    """Text: the entries of each row, in columns that are aligned on the right, but for these. The first row has an entry
    for every column; others may end sooner."""
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(len(rows[0]))]

    def line(row):
        sized = enumerate(zip(row, widths))
        aligned = (entry.ljust(width) if column in left else entry.rjust(width) for column, (entry, width) in sized)
        return "  ".join(aligned).rstrip()

    return "\n".join(map(line, rows))


def environment(**more):
    """The environment for a program that computes with NumPy, with these variables. Settings meant for old builds of
    OpenBLAS would slow NumPy's current one."""
    return {name: text for name, text in os.environ.items() if not name.startswith("OPENBLAS_")} | more


def checked(command, **more):
    """What the command prints. `more` is for `subprocess.run`, which runs it in the book's folder."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, cwd=BOOK, capture_output=True, text=True, **more)
    except FileNotFoundError:
        raise Failure(f"`{command[0]}` is not installed") from None
    if done.returncode != 0:
        raise Failure(f"`{' '.join(command)}` ended with exit code {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def program(*target):
    """The program of these arguments of `cargo build`, built if it has to be: `-p CRATE`, with `--example NAME` or without."""
    command = ["cargo", "build", "--release", "--quiet", *target, "--message-format=json"]
    messages = map(json.loads, checked(command).splitlines())
    for message in messages:
        if message.get("executable") and message["target"]["name"] == target[-1]:
            return message["executable"]
    raise Failure(f"`{' '.join(command)}` built no program `{target[-1]}`")


def present(chapter):
    """The record of a quick run: it tells the sources' fingerprint and the machine as they are now."""
    with tempfile.TemporaryDirectory() as folder:
        checked(["cargo", "run", "--release", "--quiet", "-p", chapter, "--", "--quick", "--record", folder])
        return json.loads((Path(folder) / "record.json").read_text(encoding="utf-8"))


def machine(now, data):
    """What was measured with, in words: the processor and the versions."""
    by = now["machine"]
    versions = [by["rustc"].split(" (")[0], *(f"{name} {version}" for name, version in data.items())]
    return f"{by['processor']}, {by['cores']} cores, {by['system']}; {', '.join(versions)}"


def content(now, options, data, values, outputs, seconds, tells_machine=False):
    """What stands in the record: `now` is the record of a present run of the same chapter. If it tells the machine, that
    is an output, too, for a page to show."""
    if tells_machine:
        outputs = {**outputs, "machine": machine(now, data)}
    usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "format": now["format"],
        "chapter": now["chapter"],
        "tier": "full",
        "fingerprint": now["fingerprint"],
        "options": {key: str(option) for key, option in options.items()},
        "data": data,
        "machine": now["machine"],
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "duration_seconds": seconds,
        "peak_memory_bytes": usage * (1 if sys.platform == "darwin" else 1024),
        "values": values,
        "outputs": {key: {"text": text, "exact": False} for key, text in outputs.items()},
        "figures": {},
    }


def write_text(path, text):
    """Beside the old file first, then in its place: never a half-written one."""
    new = path.with_name(f".new-{path.name}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def write_json(path, record):
    """A record, indented."""
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def write(chapter, name, options, data, values, outputs, seconds, tells_machine=False):
    """Writes `name` beside the record of the chapter, and returns its path. See `content`."""
    folders = list((BOOK / "chapters").glob(f"[0-9]*-{chapter}"))
    if len(folders) != 1:
        raise Failure(f"expected one folder chapters/N-{chapter}, found {len(folders)}")
    path = folders[0] / name
    write_json(path, content(present(chapter), options, data, values, outputs, seconds, tells_machine))
    return path
