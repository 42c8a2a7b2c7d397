#!/usr/bin/env python3
"""Writes a folder of recordings, named LABEL_SPEAKER_INDEX.wav, for the program's --data.

    sounds.py FOLDER

Three words, said by two speakers eight times each: tones that rise, fall or stay. With the standard library alone.
"""

import math
import random
import sys
import wave
from pathlib import Path

RATE = 8000
WORDS = {"rise": 1.5, "fall": 0.66, "stay": 1.0}
SPEAKERS = {"low": 300.0, "high": 420.0}


def tone(start, end, seconds):
    phase, samples = 0.0, []
    count = int(RATE * seconds)
    for place in range(count):
        hertz = start + (end - start) * place / count
        phase += 2 * math.pi * hertz / RATE
        samples.append(int(12000 * math.sin(phase) * math.sin(math.pi * place / count)))
    return samples


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    for word, ratio in WORDS.items():
        for speaker, hertz in SPEAKERS.items():
            for index in range(8):
                start = hertz * rng.uniform(0.9, 1.1)
                samples = tone(start, start * ratio, rng.uniform(0.4, 0.7))
                with wave.open(str(folder / f"{word}_{speaker}_{index}.wav"), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(RATE)
                    file.writeframes(b"".join(x.to_bytes(2, "little", signed=True) for x in samples))


if __name__ == "__main__":
    main()
