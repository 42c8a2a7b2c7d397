"""Writes a folder of small pictures with questions in the format of VQA v2: python3 .ci/questions.py DIR"""

import json
import random
import sys
from pathlib import Path

from squares import COLOURS, square


def main(folder):
    draw = random.Random(1)
    for part, count in [("train", 200), ("val", 40)]:
        (folder / part).mkdir(parents=True, exist_ok=True)
        questions, annotations = [], []
        for number in range(count):
            drawn = square(draw)
            (folder / part / f"{number}.png").write_bytes(drawn.picture())
            asked = draw.choice(sorted(COLOURS))
            right = "yes" if asked == drawn.colour else "no"
            for question, answer in [("What colour is it?", drawn.colour), (f"Is it {asked}?", right)]:
                entry = {"question_id": len(questions), "image_id": number}
                questions.append({**entry, "question": question})
                annotations.append({**entry, "multiple_choice_answer": answer, "answers": [{"answer": answer}] * 10})
        (folder / f"{part}_questions.json").write_text(json.dumps({"data_subtype": part, "questions": questions}))
        (folder / f"{part}_annotations.json").write_text(json.dumps({"annotations": annotations}))


main(Path(sys.argv[1]))
