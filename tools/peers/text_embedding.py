#!/usr/bin/env python3
"""Chapter 1 beside gensim: the same tokens and settings, trained by both, scored by gensim.

    pip install -r tools/peers/requirements-text-embedding.txt
    cargo build --release -p text-embedding
    python3 tools/peers/text_embedding.py            # measure and print
    python3 tools/peers/text_embedding.py --assert   # ... and fail below the bars
    python3 tools/peers/text_embedding.py --write    # ... and write the chapter's peers.json

Both train skip-gram with negative sampling on the same sentences, with the dimensions, window,
negatives, epochs, subsampling and least count of the chapter's record, and with two workers. They
take turns, so that whatever else the machine does falls on both, and medians over the seeds count.

Words per second are the corpus's words that are in the vocabulary, those included that subsampling
then drops, times epochs, per second of training alone. The chapter's program counts so, and prints it
as `words/s`. gensim's log counts a little more as raw words: those too rare for the vocabulary, which
cost it next to nothing.

Both sets of vectors are scored by gensim's `evaluate_word_analogies` on the chapter's questions:
with case, over the whole vocabulary, questions with an unknown word left out, query words excluded.
The chapter's own scorer must come to the same counts.
"""

import argparse
import json
import math
import re
import statistics
import sys
import time

import book_records
from book_records import BOOK, Failure, checked, content, machine, write_json

CHAPTER = BOOK / "chapters" / "1-text-embedding"
QUESTIONS = BOOK / "code" / "text-embedding" / "data" / "questions.txt"
WORK = BOOK / "target" / "peers" / "text-embedding"
SEEDS = (1, 2, 3)
WORKERS = 2

# The bars: points of accuracy that the chapter may lie below gensim, and the least ratio of speeds.
POINTS_BELOW = 1.0
LEAST_SPEED_RATIO = 1.0


def settings(record):
    """gensim's arguments, from the options of the chapter's record."""

    def option(name, kind):
        try:
            return kind(record["options"][name])
        except KeyError:
            known = ", ".join(sorted(record["options"]))
            raise Failure(f"the record's options have no `{name}`; they have {known}") from None
        except ValueError:
            raise Failure(
                f"the record's option `{name}` is not a number: {record['options'][name]!r}"
            ) from None

    return {
        "vector_size": option("dimensions", int),
        "window": option("window", int),
        "negative": option("negatives", int),
        "epochs": option("epochs", int),
        "sample": option("subsample", float),
        "min_count": option("min_count", int),
    }


def load_record(folder, name="record.json"):
    path = folder / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = {
            "record.json": "cargo run --release -- run text-embedding --pages",
            "peers.json": "python3 tools/peers/text_embedding.py --write",
        }[name]
        raise Failure(f"{path} is missing: write it with `{remedy}`") from None
    except json.JSONDecodeError as error:
        raise Failure(f"{path} is not a whole record: {error}") from None


def ours(*arguments):
    """Runs the chapter's program and returns what it printed."""
    return checked(["cargo", "run", "--release", "--quiet", "-p", "text-embedding", "--", *arguments])


def train_ours(seed, vectors):
    printed = ours("--train-only", "--seed", str(seed), "--export", str(vectors))
    found = re.search(r"^words/s: ([0-9][0-9,._]*)\s*$", printed, re.MULTILINE)
    if not found:
        raise Failure(f"--train-only printed no line `words/s: NUMBER`:\n{printed[-2000:]}")
    return float(found[1].replace(",", "").replace("_", ""))


def train_gensim(arguments, tokens, seed, vectors):
    """Trains in a process of its own, so that no run inherits another's memory."""
    # With a fixed seed alone, Python's string hashes would still differ from run to run.
    environment = book_records.environment(PYTHONHASHSEED="0")
    job = {"arguments": arguments, "tokens": str(tokens), "seed": seed, "vectors": str(vectors)}
    printed = checked([sys.executable, __file__, "--gensim", json.dumps(job)], env=environment)
    return float(printed.splitlines()[-1])


def gensim_job(job):
    from gensim.models import Word2Vec

    with open(job["tokens"], encoding="utf-8") as lines:
        sentences = [line.split() for line in lines]
    model = Word2Vec(sg=1, hs=0, workers=WORKERS, seed=job["seed"], **job["arguments"])
    model.build_vocab(sentences)
    start = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    seconds = time.perf_counter() - start
    model.wv.save_word2vec_format(job["vectors"])
    words = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
    print(words * model.epochs / seconds)


def score(vectors):
    """(questions answered rightly, questions whose words are all known, words in the vocabulary)"""
    from gensim.models import KeyedVectors

    words = KeyedVectors.load_word2vec_format(str(vectors), binary=False)
    _, sections = words.evaluate_word_analogies(
        str(QUESTIONS), restrict_vocab=len(words), case_insensitive=False, dummy4unknown=False
    )
    total = next(s for s in sections if s["section"] == "Total accuracy")
    return len(total["correct"]), len(total["correct"]) + len(total["incorrect"]), len(words)


def own_score(vectors):
    """(questions answered rightly, questions whose words are all known) by the chapter's scorer"""
    printed = ours("--vectors", str(vectors), "--questions", str(QUESTIONS))
    found = re.search(r"^all: (\d+) of (\d+) right", printed, re.MULTILINE)
    if not found:
        raise Failure(f"--questions printed no line `all: N of N right`:\n{printed[-2000:]}")
    return int(found[1]), int(found[2])


def measure(arguments, seeds):
    """Lets the two take turns, and returns one row of results a seed."""
    WORK.mkdir(parents=True, exist_ok=True)
    tokens = WORK / "tokens.txt"
    ours("--export-tokens", str(tokens))
    rows = []
    for turn, seed in enumerate(seeds):
        row = {"seed": seed}
        files = {name: WORK / f"{name}-{seed}.txt" for name in ("gensim", "ours")}
        trainers = {
            "gensim": lambda: train_gensim(arguments, tokens, seed, files["gensim"]),
            "ours": lambda: train_ours(seed, files["ours"]),
        }
        # Who goes first changes from seed to seed: neither always meets the warmer machine.
        for name in sorted(trainers, reverse=turn % 2 == 1):
            row[f"{name}_speed"] = trainers[name]()
        for name, file in files.items():
            correct, known, vocabulary = score(file)
            if known == 0:
                raise Failure(f"{file} knows the words of no question of {QUESTIONS}")
            row[f"{name}_scores"] = (correct, known), own_score(file)
            row[f"{name}_accuracy"] = 100 * correct / known
            row[f"{name}_known"] = known
            row[f"{name}_vocabulary"] = vocabulary
        print(
            f"seed {seed}: gensim {row['gensim_speed']:,.0f} words/s {row['gensim_accuracy']:.2f} %, "
            f"ours {row['ours_speed']:,.0f} words/s {row['ours_accuracy']:.2f} %",
            flush=True,
        )
        rows.append(row)
    return rows


def column(rows, name):
    return [row[name] for row in rows]


def accuracy_value(numbers):
    """The mean over the seeds; a repeated run may differ by three standard deviations of the seeds,
    and by a point at least."""
    bound = max(1.0, math.ceil(30 * statistics.stdev(numbers)) / 10) if len(numbers) > 1 else 1.0
    return book_records.value(statistics.mean(numbers), "%", 1, {"within": bound})


def speed_value(numbers):
    return book_records.value(statistics.median(numbers), "words/s")


def values(rows):
    ratios = [row["ours_speed"] / row["gensim_speed"] for row in rows]
    return {
        "gensim_accuracy": accuracy_value(column(rows, "gensim_accuracy")),
        "our_accuracy": accuracy_value(column(rows, "ours_accuracy")),
        "gensim_words_per_second": speed_value(column(rows, "gensim_speed")),
        "our_words_per_second": speed_value(column(rows, "ours_speed")),
        "speed_ratio": book_records.value(statistics.median(ratios), "×", 1, {"factor": 2.0}),
    }


def bars(rows, numbers):
    """Each bar by name, with what falls short of it."""
    mismatched = [
        f"seed {row['seed']}: {name}: gensim {row[f'gensim_{name}']}, ours {row[f'ours_{name}']}"
        for name in ("known", "vocabulary")
        for row in rows
        if row[f"gensim_{name}"] != row[f"ours_{name}"]
    ]
    scorers = [
        f"seed {row['seed']}: of {name}'s vectors, gensim counts {theirs}, the chapter's scorer {own}"
        for name in ("gensim", "ours")
        for row in rows
        for theirs, own in [row[f"{name}_scores"]]
        if theirs != own
    ]
    mean = {name: numbers[f"{name}_accuracy"]["number"] for name in ("gensim", "our")}
    # gensim with two workers gives other vectors each time, and so few seeds tell a mean only to
    # about a point: what is more than two standard errors beyond the bar is below it.
    columns = [[row[f"{name}_accuracy"] for row in rows] for name in ("gensim", "ours")]
    error = math.sqrt(sum(statistics.variance(column) / len(column) for column in columns))
    accuracy = [
        f"analogy accuracy {mean['our']:.2f} %, gensim {mean['gensim']:.2f} %: more than "
        f"{POINTS_BELOW:g} point and two standard errors of {error:.2f} below"
    ]
    ratio = numbers["speed_ratio"]["number"]
    speed = [f"{ratio:.2f} × gensim's words per second, at least {LEAST_SPEED_RATIO:g} × expected"]
    return {
        "same vocabulary": mismatched,
        "same score by both scorers": scorers,
        "accuracy": accuracy if mean["our"] < mean["gensim"] - POINTS_BELOW - 2 * error else [],
        "speed": speed if ratio < LEAST_SPEED_RATIO else [],
    }


def differences(old, numbers):
    """Each value by name, with how it leaves the tolerance of the committed one (the rules of
    `record`)."""
    found = {}
    for name in sorted(old["values"].keys() | numbers.keys()):
        then, now = old["values"].get(name), numbers.get(name)
        if then is None or now is None:
            found[name] = ["recorded, but not measured" if now is None else "measured, but not recorded"]
            continue
        a, b, tolerance = then["number"], now["number"], then["tolerance"]
        if tolerance == "exact":
            fits = a == b
        elif tolerance == "machine":
            fits = math.isfinite(b) and b >= 0
        elif "within" in tolerance:
            fits = abs(a - b) <= tolerance["within"]
        else:
            fits = a / tolerance["factor"] <= b <= a * tolerance["factor"]
        found[name] = [] if fits else [f"recorded {a}, now {b}, allowed {tolerance}"]
    return found


def present(record):
    """The record of a quick run: it tells the sources' fingerprint and the machine as they are now."""
    quick = WORK / "quick"
    ours("--quick", "--fresh", "--record", str(quick))
    now = load_record(quick)
    if now["fingerprint"] not in (record["fingerprint"], (record.get("confirmed") or {}).get("fingerprint")):
        raise Failure(
            "the chapter's record is of other sources than these: first `cargo run --release -- run text-embedding --pages`, "
            "or with `--compare --confirm` if they find the same"
        )
    return now


def peers_record(record, now, arguments, numbers, seconds):
    """The measurement in the format of the chapters' records."""
    import gensim
    import numpy

    options = {**arguments, "seeds": ",".join(map(str, SEEDS)), "workers": WORKERS}
    versions = {"gensim": gensim.__version__, "numpy": numpy.__version__}
    outputs = {"machine": machine(now, versions)}
    return content(now, options, {**record["data"], **versions}, numbers, outputs, seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--assert", dest="hold", action="store_true", help="exit 1 below the bars or outside peers.json"
    )
    parser.add_argument("--write", action="store_true", help="write peers.json into the chapter's folder")
    parser.add_argument("--gensim", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.gensim:
        gensim_job(json.loads(options.gensim))
        return 0

    start = time.monotonic()
    record = load_record(CHAPTER)
    path = CHAPTER / "peers.json"
    recorded = load_record(CHAPTER, path.name) if options.hold and not options.write else None
    arguments = settings(record)
    print("settings: " + ", ".join(f"{name} {value}" for name, value in arguments.items()), flush=True)
    now = present(record) if options.write else None
    rows = measure(arguments, SEEDS)
    numbers = values(rows)
    for name, value in sorted(numbers.items()):
        print(f"{name}: {value['number']:,.2f} {value['unit']}")

    checks = bars(rows, numbers) if options.hold else {}
    if now:
        write_json(path, peers_record(record, now, arguments, numbers, time.monotonic() - start))
        print(f"written: {path.relative_to(BOOK)}")
    if recorded:
        checks |= differences(recorded, numbers)
    for name, complaints in checks.items():
        for complaint in complaints:
            print(f"FAILED {name}: {complaint}")
    failed = sum(1 for complaints in checks.values() if complaints)
    if options.hold:
        print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    book_records.end(main)
