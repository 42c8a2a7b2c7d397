"""Writes a folder of small pictures with questions in the format of VQA v2: python3 .ci/questions.py DIR"""

import json
import random
import sys
from pathlib import Path

from pictures import png

SIDE = 40
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 220), "yellow": (230, 210, 40)}


def picture(colour, draw):
    left, top, size = draw.randrange(20), draw.randrange(20), draw.randrange(10, 20)
    pixels = []
    for y in range(SIDE):
        for x in range(SIDE):
            inside = left <= x < left + size and top <= y < top + size
            pixels += colour if inside else (235, 235, 235)
    return png(pixels, SIDE)


def main(folder):
    draw = random.Random(1)
    for part, count in [("train", 200), ("val", 40)]:
        (folder / part).mkdir(parents=True, exist_ok=True)
        questions, annotations = [], []
        for number in range(count):
            name, colour = draw.choice(sorted(COLOURS.items()))
            (folder / part / f"{number}.png").write_bytes(picture(colour, draw))
            asked = draw.choice(sorted(COLOURS))
            for question, answer in [("What colour is it?", name), (f"Is it {asked}?", "yes" if asked == name else "no")]:
                entry = {"question_id": len(questions), "image_id": number}
                questions.append({**entry, "question": question})
                annotations.append({**entry, "multiple_choice_answer": answer, "answers": [{"answer": answer}] * 10})
        (folder / f"{part}_questions.json").write_text(json.dumps({"data_subtype": part, "questions": questions}))
        (folder / f"{part}_annotations.json").write_text(json.dumps({"annotations": annotations}))


main(Path(sys.argv[1]))
