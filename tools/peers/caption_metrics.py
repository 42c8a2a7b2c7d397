#!/usr/bin/env python3
"""Chapter 3's caption scores beside COCO's scorers (pycocoevalcap: Bleu, Rouge, Cider).

    python3 tools/peers/caption_metrics.py            # score random captions with both, and print
    python3 tools/peers/caption_metrics.py --assert   # ... and fail where they differ
    python3 tools/peers/caption_metrics.py --time     # ... and how long 5,000 captions × 5 references take
    python3 tools/peers/caption_metrics.py --write    # write the tests' scores.json
    python3 tools/peers/caption_metrics.py --write-tokens   # write the tests' tokens.json (needs Java)

Both score the same text, already split at blanks: ours through the program (`--score --tokenised
--json`), theirs called directly. Compared are BLEU-1 to BLEU-4, ROUGE-L and CIDEr of every corpus and of
every image in it. A corpus has one to eight images of one to six references. Some are odd on purpose:
empty captions, words that repeat, words in other scripts, other white space than single blanks. The
same `--seed` gives the same corpora.

Only the tokeniser needs Java. `--write-tokens` runs it over the captions in CAPTIONS below.
"""

import argparse
import importlib.metadata
import json
import platform
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import book_records
from book_records import BOOK, Failure, program, write_text

DATA = BOOK / "code" / "captioning" / "tests" / "data"
MEASURES = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr")

# The most that a score may differ.
MOST = 1e-6

# Corpora that a random one might miss: lists of (hypothesis, references).
ODD = {
    "one image": [("a dog runs on the grass", ["a dog runs on the grass", "the dog is running"])],
    "one empty hypothesis": [("", ["a dog runs"]), ("a cat sleeps here", ["a cat sleeps here now"])],
    "all hypotheses empty": [("", ["a dog"]), ("", ["two cats", "cats"])],
    "one empty reference": [("a dog", ["", "a dog runs"]), ("two cats", [""])],
    "both empty": [("", [""]), ("a dog runs fast", ["a dog runs very fast"])],
    "nothing but blanks": [(" ", ["  ", "a dog"]), ("   ", [" "])],
    "one-word sentences": [("dog", ["dog"]), ("cat", ["dog", "cat"]), ("dog", ["cat"])],
    "two and three words": [("a dog", ["a dog"]), ("a cat sleeps", ["a cat sleeps", "cat"])],
    "the the the": [("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"])],
    "repeated words": [
        ("a a a b b a a a b b", ["a a b b a", "a b a b a b"]),
        ("dog dog", ["dog"]),
        ("dog", ["dog dog dog"]),
    ],
    "identical sentences": [
        ("a dog runs on the grass", ["a dog runs on the grass"] * 3),
        ("a dog runs on the grass", ["a dog runs on the grass"]),
    ],
    "identical images but one": [("a b c d", ["a b c d"])] * 5 + [("e f g h", ["e f g h"])],
    "in every image": [("a dog", ["a dog", "x y"]), ("a dog", ["a dog z"]), ("a dog", ["w a dog"])],
    "too short": [("a dog", ["a dog runs on the very green grass of the park"]), ("x", ["a b c d e f"])],
    "too long": [("a dog runs on the grass of the park and on and on", ["a dog runs"]), ("x y z", ["x"])],
    "equally close lengths": [("a b c d", ["a b", "a b c d e f"]), ("a b c", ["c b a a", "a b"])],
    "nothing in common": [("a b c d e", ["f g h i j"]), ("k l m", ["n o p", "q"])],
    "other scripts": [
        ("犬 が 芝生 を 走る", ["犬 が 走る", "白い 犬 が 芝生 を 走る"]),
        ("café naïve ÜBER über", ["Café naïve über", "cafe\u0301 naïve über"]),
        ("🐕 🐈 собака", ["🐕 собака 🐈", "σκύλος"]),
    ],
    "other white space": [
        ("a\tdog\u00a0runs", ["a dog runs", "a\ndog runs"]),
        ("a  dog   runs ", [" a dog runs", "a  dog"]),
        ("a\u2003dog\x1cruns\u3000fast\x85now", ["a dog runs fast now", "a\u200bdog runs\u2028fast now"]),
    ],
    "case and punctuation count": [("A dog .", ["a dog .", "A dog"]), ("a, b", ["a , b", "a, b"])],
    "many references": [("a dog runs", [f"a dog {word}" for word in "abcdefghijklmnopqrst"]), ("b", ["a b"])],
    "very long": [(" ".join("abcdefg"[i * i % 7] for i in range(400)), [" ".join("abcdefg" * 40)]), ("a", ["b"])],
}

# Ordinary captions, for the tokeniser.
CAPTIONS = (
    "A man riding a wave on top of a surfboard.",
    "Two dogs, one black and one white, play in the snow",
    "A woman's hat is lying on the dog's bed.",
    "The red-haired girl isn't looking; she's reading a book!",
    "Three children are sitting at a table - one of them is laughing.",
    "A MAN IN A T-SHIRT",
    " a bowl of fruit  next to a cup of tea . ",
    "There are people skiing, sledding, and snowboarding down the hill.",
    "A sign that says \"STOP\" on a street corner.",
    "A sign reading 'no parking' hangs on the fence.",
    "The clock shows 10:30 a.m. and it's raining",
    "A plane flies at 1,000 feet over St. Paul.",
    "It costs $5.00, or 20% less on Sundays.",
    "A black/white photo of a cat and/or a dog.",
    "A cat (or is it a fox?) stands near the door.",
    "The two girls' bikes are parked by the boys' house.",
    "They don't know that you can't swim here, do they?",
    "We're sure they've seen what I'm holding; he'd say we'll be fine.",
    "A dog that won't let go of a frisbee...",
    "The beach--kite flying, bathing, and lying in the sun.",
    "A kitchen with a stove, oven and refrigerator",
    "a person on a skate board\n",
    "A vintage car from the '50s and a truck of the 1960's",
    "A 3-story building with a 20-foot sign",
    "Mr. Smith and Mrs. Jones vs. the dog",
    "An old T.V. sits on Main St. near a shop.",
    "A café with naïve paintings on its walls",
    "A “smart” dog’s toy – or a cat’s — on the floor…",
    "Salt & pepper shakers + a plate",
    "Player #7 is about to hit the ball!!",
    "What is this dog doing?!",
    "You cannot see what he is gonna do with that",
    "He and I.",
    "The bus, number 5, is here.",
    "It's 5 o'clock; the O'Neil family eats dinner.",
    "A stack of [old] books {and papers}",
    "dogs",
    "",
    "A man.",
    "\"Happy Birthday,\" says the cake's icing.",
)


def theirs(pictures):
    """COCO's scores of (hypothesis, references) pairs: of the corpus, and of each image."""
    try:
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.cider.cider import Cider
        from pycocoevalcap.rouge.rouge import Rouge
    except ImportError as error:
        raise Failure(
            f"{error}. Install it with `pip install -r tools/peers/requirements-captions.txt`"
        ) from None
    references = {i: list(references) for i, (_, references) in enumerate(pictures)}
    hypotheses = {i: [hypothesis] for i, (hypothesis, _) in enumerate(pictures)}
    bleu, bleu_of_images = Bleu(4).compute_score(references, hypotheses, verbose=0)
    rouge, rouge_of_images = Rouge().compute_score(references, hypotheses)
    if any(reference.split() for _, references in pictures for reference in references):
        cider, cider_of_images = Cider().compute_score(references, hypotheses)
    else:
        # Without a single word in the references Cider stops at the maximum of an empty list.
        cider, cider_of_images = 0.0, [0.0] * len(pictures)

    def scores(bleu, rouge, cider):
        return {"bleu": [float(x) for x in bleu], "rouge_l": float(rouge), "cider": float(cider)}

    of_images = zip(zip(*bleu_of_images), rouge_of_images, cider_of_images)
    return {"corpus": scores(bleu, rouge, cider), "images": [scores(*image) for image in of_images]}


def write_files(folder, pictures, ids):
    """COCO's two files of a corpus, their entries in an order of their own."""
    shuffled = random.Random(len(pictures))
    results = [{"image_id": i, "caption": hypothesis} for i, (hypothesis, _) in zip(ids, pictures)]
    annotations = [
        {"image_id": i, "caption": reference, "id": 100 * n + k}
        for n, (i, (_, references)) in enumerate(zip(ids, pictures))
        for k, reference in enumerate(references)
    ]
    shuffled.shuffle(results)
    shuffled.shuffle(annotations)
    files = folder / "hypotheses.json", folder / "references.json"
    files[0].write_text(json.dumps(results, ensure_ascii=len(pictures) % 2 == 0), encoding="utf-8")
    content = {"images": [{"id": i} for i in ids], "annotations": annotations}
    files[1].write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return files


def ours(binary, pictures, folder):
    """The program's scores of the same pairs, in their order."""
    # Half of the corpora have numbers for ids, half names.
    ids = [17 * n - 3 if len(pictures) % 2 else f"picture {n}.png" for n in range(len(pictures))]
    files = write_files(folder, pictures, ids)
    done = subprocess.run(
        [binary, "--score", *files, "--tokenised", "--json"], capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise Failure(f"the program ended with exit code {done.returncode}:\n{done.stderr[-4000:]}")
    report = json.loads(done.stdout)
    of_images = {image["image_id"]: image for image in report["images"]}
    return {"corpus": report["corpus"], "images": [of_images[i] for i in ids]}


def random_corpus(draw):
    """One to eight images of captions that share many words."""
    words = ["a", "the", "dog", "cat", "on", "of", "runs", "red", "犬", "café", "ÜBER", "🐕", "x.", "n't"]
    words = words[: draw.randint(2, len(words))]
    odd = draw.random() < 0.3

    def sentence():
        length = draw.choice((0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 40))
        separators = [" "] * 30 + (["  ", "\t", "\u00a0", "\n", "\x1f", "\u2009", "\u200b", "\r\n"] if odd else [])
        text = "".join(draw.choice(words) + draw.choice(separators) for _ in range(length))
        return text if odd else text.rstrip(" ")

    def altered(text):
        """The text with some words left out, replaced, repeated, or moved."""
        result = text.split(" ")
        for _ in range(draw.randint(0, 4)):
            at = draw.randrange(len(result) + 1)
            result[at : at + draw.randint(0, 2)] = draw.choices(words, k=draw.randint(0, 2))
        return " ".join(result)

    pictures = []
    for _ in range(draw.randint(1, 8)):
        references = [sentence() for _ in range(draw.randint(1, 6))]
        if draw.random() < 0.3:
            references += [references[0]] * draw.randint(1, 2)
        hypothesis = draw.choice(
            (sentence(), altered(draw.choice(references)), altered(draw.choice(references)), references[0])
        )
        pictures.append((hypothesis, references))
    return pictures


def corpora(seed, count):
    """The odd ones, then random ones."""
    draw = random.Random(seed)
    return list(ODD.items()) + [(f"random {seed}.{n}", random_corpus(draw)) for n in range(count)]


def numbers(scores):
    return [*scores["bleu"], scores["rouge_l"], scores["cider"]]


def compare(seed, count):
    """How far the two lie apart: for each measure the most, and what lies above the bar."""
    binary = program("-p", "captioning")
    most = [0.0] * len(MEASURES)
    complaints, images = [], 0
    with tempfile.TemporaryDirectory() as folder:
        all_corpora = corpora(seed, count)
        for name, pictures in all_corpora:
            here, there = ours(binary, pictures, Path(folder)), theirs(pictures)
            images += len(pictures)
            pairs = [("corpus", here["corpus"], there["corpus"])]
            pairs += [(f"image {n}", *pair) for n, pair in enumerate(zip(here["images"], there["images"]))]
            for where, x, y in pairs:
                for m, (x, y) in enumerate(zip(numbers(x), numbers(y), strict=True)):
                    most[m] = max(most[m], abs(x - y))
                    if not abs(x - y) <= MOST:
                        complaints.append(f"{name}, {where}: {MEASURES[m]} is {x!r}, COCO's scorer has {y!r}")
    print(f"{len(all_corpora)} corpora, {images} images; the largest difference of a score:")
    for name, difference in zip(MEASURES, most):
        print(f"{name:8} {difference:.1e}")
    return len(all_corpora), complaints


def speed(images=5000, references=5, turns=5):
    """Seconds for a corpus of the size of COCO's test set: medians over turns taken in alternation."""
    binary = program("-p", "captioning")
    draw = random.Random(1)
    words = [f"w{n}" for n in range(5000)]
    weights = [1 / (n + 1) for n in range(len(words))]

    def sentence():
        return " ".join(draw.choices(words, weights, k=draw.randint(8, 14)))

    pictures = [(sentence(), [sentence() for _ in range(references)]) for _ in range(images)]
    times = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder), pictures, list(range(images)))
        command = [binary, "--score", *files, "--tokenised", "--json"]
        for _ in range(turns):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times["ours"].append(time.perf_counter() - start)
            start = time.perf_counter()
            theirs(pictures)
            times["theirs"].append(time.perf_counter() - start)
    mine, other = (statistics.median(times[who]) for who in ("ours", "theirs"))
    print(
        f"{images} images × {references} references: {mine:.2f} s with start, files and output, "
        f"COCO's scorers alone {other:.2f} s, {other / mine:.0f} times as long"
    )


def versions():
    packages = {name: importlib.metadata.version(name) for name in ("pycocoevalcap", "numpy")}
    return {"python": platform.python_version(), **packages}


def scores_file():
    """The odd corpora and some random ones, with COCO's scores."""
    cases = [
        {
            "name": name,
            "pictures": [{"hypothesis": h, "references": references} for h, references in pictures],
            **theirs(pictures),
        }
        for name, pictures in corpora(7, 20)
    ]
    return {"written_by": "tools/peers/caption_metrics.py --write", "versions": versions(), "cases": cases}


def tokens_file():
    """The captions as COCO's tokeniser splits them."""
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    try:
        tokens = PTBTokenizer().tokenize({i: [{"caption": c}] for i, c in enumerate(CAPTIONS)})
    except FileNotFoundError as error:
        raise Failure(f"COCO's tokeniser could not be started ({error}). Install Java") from None
    cases = [{"caption": caption, "tokens": tokens[i][0]} for i, caption in enumerate(CAPTIONS)]
    return {
        "written_by": "tools/peers/caption_metrics.py --write-tokens",
        "versions": {**versions(), "stanford-corenlp": "3.4.1"},
        "cases": cases,
    }


def write(path, content):
    """A case a line."""
    cases = ",\n".join(json.dumps(case, ensure_ascii=False) for case in content.pop("cases"))
    head = json.dumps(content)[:-1]
    write_text(path, f'{head}, "cases": [\n{cases}\n]}}\n')
    print(f"written: {path.relative_to(BOOK)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help=f"exit 1 beyond {MOST:g}")
    parser.add_argument("--seed", type=int, default=1, help="of the random corpora")
    parser.add_argument("--corpora", type=int, default=300, help="how many random corpora")
    parser.add_argument("--time", action="store_true", help="measure the time too")
    parser.add_argument("--write", action="store_true", help="write the tests' scores.json")
    parser.add_argument("--write-tokens", action="store_true", help="write the tests' tokens.json, with Java")
    options = parser.parse_args()
    if options.write or options.write_tokens:
        if options.write:
            write(DATA / "scores.json", scores_file())
        if options.write_tokens:
            write(DATA / "tokens.json", tokens_file())
        return 0

    count, complaints = compare(options.seed, options.corpora)
    if options.time:
        speed()
    for complaint in complaints[:20]:
        print(f"FAILED {complaint}")
    failed = len({complaint.split(", ", 1)[0] for complaint in complaints})
    if options.hold:
        print(f"{count - failed} passed, {failed} failed")
    return 1 if options.hold and failed else 0


if __name__ == "__main__":
    book_records.end(main)
