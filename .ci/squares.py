"""Pictures of a coloured square somewhere on a light ground, each drawn from random numbers."""

from typing import NamedTuple

from pictures import png

SIDE = 40
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 220), "yellow": (230, 210, 40)}


class Square(NamedTuple):
    colour: str
    # Columns and rows of pixels.
    left: int
    top: int
    size: int

    def picture(self):
        """The picture as a PNG file."""
        pixels = []
        for y in range(SIDE):
            for x in range(SIDE):
                inside = self.left <= x < self.left + self.size and self.top <= y < self.top + self.size
                pixels += COLOURS[self.colour] if inside else (235, 235, 235)
        return png(pixels, SIDE)


def square(draw):
    """The next square of a `random.Random`."""
    return Square(draw.choice(sorted(COLOURS)), draw.randrange(20), draw.randrange(20), draw.randrange(10, 20))
