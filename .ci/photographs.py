"""Writes a folder of small pictures with captions in Flickr8k's layout: python3 .ci/photographs.py DIR"""

import random
import sys
from pathlib import Path

from pictures import png

SIDE = 40


def main():
    folder = Path(sys.argv[1])
    (folder / "Images").mkdir(parents=True, exist_ok=True)
    colours = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 220), "yellow": (230, 210, 40)}
    lines = ["image,caption"]
    draw = random.Random(1)
    for number in range(200):
        name, colour = draw.choice(sorted(colours.items()))
        left, top, size = draw.randrange(20), draw.randrange(20), draw.randrange(10, 20)
        pixels = []
        for y in range(SIDE):
            for x in range(SIDE):
                inside = left <= x < left + size and top <= y < top + size
                pixels += colour if inside else (235, 235, 235)
        place = ("left" if left + size / 2 < SIDE / 2 else "right", "top" if top + size / 2 < SIDE / 2 else "bottom")
        file = f"{number}.png"
        (folder / "Images" / file).write_bytes(png(pixels, SIDE))
        lines.append(f"{file},A {name} square at the {place[1]} .")
        lines.append(f'{file},"On the {place[0]}, something {name} ."')
    (folder / "captions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
