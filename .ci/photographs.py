"""Writes a folder of small pictures with captions in Flickr8k's layout: python3 .ci/photographs.py DIR"""

import random
import struct
import sys
import zlib
from pathlib import Path

SIDE = 40


def png(pixels):
    """A PNG file of SIDE × SIDE pixels of red, green and blue."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(pixels[y * SIDE * 3 : (y + 1) * SIDE * 3]) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


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
        (folder / "Images" / file).write_bytes(png(pixels))
        lines.append(f"{file},A {name} square at the {place[1]} .")
        lines.append(f'{file},"On the {place[0]}, something {name} ."')
    (folder / "captions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
