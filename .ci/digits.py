"""Writes a small set of digits in MNIST's format into a folder: what a reader with data of their own has.

    python3 .ci/digits.py FOLDER

Each digit is drawn as on a seven-segment display, shifted and with noise.
"""

import random
import struct
import sys
from pathlib import Path

SIDE = 28
# Which of the segments are lit: top, upper left, upper right, middle, lower left, lower right, bottom.
SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"]
# Left, top, width and height of each.
PLACES = [(9, 5, 10, 2), (8, 6, 2, 8), (18, 6, 2, 8), (9, 13, 10, 2), (8, 14, 2, 8), (18, 14, 2, 8), (9, 21, 10, 2)]


def picture(digit, numbers):
    across, down = numbers.randint(-3, 3), numbers.randint(-3, 3)
    pixels = bytearray(SIDE * SIDE)
    for lit, (left, top, width, height) in zip(SEGMENTS[digit], PLACES):
        if lit == "1":
            for y in range(top + down, top + down + height):
                for x in range(left + across, left + across + width):
                    pixels[y * SIDE + x] = numbers.randint(180, 255)
    return bytes(pixels)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    numbers = random.Random(1)
    for part, count in [("train", 2000), ("t10k", 200)]:
        labels = [i % 10 for i in range(count)]
        numbers.shuffle(labels)
        pictures = b"".join(picture(label, numbers) for label in labels)
        header = struct.pack(">4B3I", 0, 0, 8, 3, count, SIDE, SIDE)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + pictures)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(labels))


main(Path(sys.argv[1]))
