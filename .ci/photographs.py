"""Writes a folder of small pictures with captions in Flickr8k's layout: python3 .ci/photographs.py DIR"""

import random
import sys
from pathlib import Path

from squares import SIDE, square


def main():
    folder = Path(sys.argv[1])
    (folder / "Images").mkdir(parents=True, exist_ok=True)
    lines = ["image,caption"]
    draw = random.Random(1)
    for number in range(200):
        drawn = square(draw)
        x, y = drawn.left + drawn.size / 2, drawn.top + drawn.size / 2
        place = ("left" if x < SIDE / 2 else "right", "top" if y < SIDE / 2 else "bottom")
        file = f"{number}.png"
        (folder / "Images" / file).write_bytes(drawn.picture())
        lines.append(f"{file},A {drawn.colour} square at the {place[1]} .")
        lines.append(f'{file},"On the {place[0]}, something {drawn.colour} ."')
    (folder / "captions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
