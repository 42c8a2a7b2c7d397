#!/usr/bin/env python3
"""Writes what librosa and SciPy compute for short signals: windows, transforms, filterbanks, decibels.

    pip install -r tools/peers/requirements-sound-fixtures.txt
    python3 tools/peers/sound_fixtures.py            # write the fixtures
    python3 tools/peers/sound_fixtures.py --check    # ... or tell whether they are as they would be written

The numbers go to `code/sound/tests/fixtures/`, where the tests of `sound` read them: they need no Python. All is
computed in double precision, so that what the tests find is our error alone. Signals are rounded to four digits after
the point. Spectrograms are written frame by frame: real parts, then imaginary parts.
"""

import argparse
import json
import sys
from pathlib import Path

import librosa
import numpy as np
import scipy
from scipy import signal as scipy_signal

from book_records import write_text

FOLDER = Path(__file__).resolve().parents[2] / "code/sound/tests/fixtures"
VERSIONS = {"librosa": librosa.__version__, "numpy": np.__version__, "scipy": scipy.__version__}


def noise(seed, samples):
    return np.round(np.random.default_rng(seed).uniform(-1, 1, samples), 4)


def floats(numbers):
    return [float(number) for number in np.ravel(numbers)]


def frame_by_frame(spectrogram):
    """Rows of librosa's arrays are frequencies."""
    numbers = np.ravel(spectrogram, order="F")
    return {"re": floats(numbers.real), "im": floats(numbers.imag)}


def windows():
    kinds = ["boxcar", "hann", "hamming", "blackman", ("kaiser", 0.0), ("kaiser", 8.6), ("kaiser", 30.0)]
    return [
        {
            "window": kind if isinstance(kind, str) else kind[0],
            "beta": 0.0 if isinstance(kind, str) else kind[1],
            "periodic": periodic,
            "values": floats(scipy_signal.get_window(kind, length, fftbins=periodic)),
        }
        for kind in kinds
        for periodic in (True, False)
        for length in (1, 2, 7, 16)
    ]


def overlaps():
    """SciPy's check_COLA and check_NOLA."""
    return [
        {
            "window": kind,
            "periodic": periodic,
            "length": length,
            "hop": hop,
            "cola": bool(scipy_signal.check_COLA(window, length, length - hop)),
            "nola": bool(scipy_signal.check_NOLA(window, length, length - hop)),
        }
        for kind in ("boxcar", "hann", "hamming", "blackman")
        for periodic in (True, False)
        for length in (12, 16)
        for hop in (1, 3, 4, 5, 6, 8, 12, 15, 16)
        if hop <= length
        for window in [scipy_signal.get_window(kind, length, fftbins=periodic)]
    ]


# n_fft, hop_length, win_length, window, center, pad_mode, samples
TRANSFORMS = (
    (16, None, None, "hann", True, "constant", 50),
    (16, 4, None, "hann", True, "reflect", 50),
    (16, 4, None, "hamming", True, "edge", 49),
    (32, 5, 20, "hann", True, "constant", 40),
    (32, 5, 21, "blackman", True, "reflect", 40),
    (16, 4, None, "hamming", False, "constant", 50),
    (15, 4, None, "hann", True, "constant", 45),
    (31, 7, 22, "hamming", False, "constant", 70),
    (30, 10, None, "boxcar", True, "reflect", 75),
    (16, 4, None, ("kaiser", 6.0), True, "edge", 40),
    # Shorter than a frame.
    (16, 4, None, "hann", True, "reflect", 10),
    (16, 4, None, "hann", True, "constant", 3),
)


def transform(seed, n_fft, hop_length, win_length, window, center, pad_mode, samples):
    given = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center}
    x = noise(seed, samples)
    forward = librosa.stft(x, pad_mode=pad_mode, **given)
    # No signal has this transform: the inverse has to find the nearest one that has.
    changed = forward * (1 + noise(100 + seed, forward.size).reshape(forward.shape))
    changed += 0.1j * noise(200 + seed, forward.size).reshape(forward.shape)
    inverses = [
        {"length": length, "values": floats(librosa.istft(changed, length=length, **given))}
        for length in (None, samples, samples + 9, samples // 2)
    ]
    return {
        **given,
        "window": window if isinstance(window, str) else window[0],
        "beta": 0.0 if isinstance(window, str) else window[1],
        "pad_mode": pad_mode,
        "signal": floats(x),
        "forward": frame_by_frame(forward),
        "changed": frame_by_frame(changed),
        "inverses": inverses,
    }


def scipy_transform():
    """scipy.signal.stft, whose numbers are divided by the sum of the window."""
    x = noise(50, 96)
    window = scipy_signal.get_window("hann", 32)
    _, _, found = scipy_signal.stft(x, window=window, nperseg=32, noverlap=24, boundary="zeros", padded=False)
    return {"signal": floats(x), "n_fft": 32, "hop_length": 8, "forward": frame_by_frame(found * window.sum())}


# sample rate, n_fft, n_mels, fmin, fmax, htk, norm
BANKS = (
    (22050, 1024, 128, 0.0, None, False, "slaney"),
    (16000, 512, 40, 0.0, None, True, None),
    (16000, 512, 40, 20.0, 7600.0, False, None),
    (44100, 511, 20, 300.0, 10000.0, True, "slaney"),
    # Some bands have no bin.
    (16000, 128, 64, 0.0, None, False, "slaney"),
)


def bank(sample_rate, n_fft, n_mels, fmin, fmax, htk, norm):
    matrix = librosa.filters.mel(
        sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm, dtype=np.float64
    )
    rows, columns = np.nonzero(matrix)
    return {
        "sample_rate": sample_rate,
        "n_fft": n_fft,
        "n_mels": n_mels,
        "fmin": fmin,
        "fmax": fmax,
        "htk": htk,
        "norm": norm is not None,
        # Row, column, weight, where there is one.
        "weights": [[int(r), int(c), float(matrix[r, c])] for r, c in zip(rows, columns)],
    }


def features():
    """From a signal to cepstral coefficients."""
    x = noise(60, 400) * np.hanning(400)
    given = {"sr": 8000, "n_fft": 128, "hop_length": 64, "n_mels": 12, "dtype": np.float64}
    mel = librosa.feature.melspectrogram(y=x, **given)
    decibels = {
        "plain": librosa.power_to_db(mel, top_db=None),
        "below_the_loudest": librosa.power_to_db(mel, ref=np.max, top_db=20.0),
        "reference_5": librosa.power_to_db(mel, ref=5.0, amin=1e-2, top_db=80.0),
    }
    db = librosa.power_to_db(mel)
    return {
        "signal": floats(x),
        "mel": floats(np.ravel(mel, order="F")),
        "decibels": {name: floats(np.ravel(numbers, order="F")) for name, numbers in decibels.items()},
        "mfcc": floats(np.ravel(librosa.feature.mfcc(S=db, n_mfcc=8), order="F")),
    }


def griffin_lim():
    """A few steps from phases of zero."""
    x = noise(70, 96)
    given = {"n_fft": 32, "hop_length": 8}
    magnitudes = np.abs(librosa.stft(x, **given))
    found = {
        str(momentum): floats(
            librosa.griffinlim(magnitudes, n_iter=6, momentum=momentum, init=None, length=96, **given)
        )
        for momentum in (0.0, 0.99)
    }
    return {**given, "signal": floats(x), "iterations": 6, "found": found}


def contents():
    return {
        "windows.json": {"windows": windows(), "overlaps": overlaps()},
        "stft.json": {
            "librosa": [transform(seed, *settings) for seed, settings in enumerate(TRANSFORMS)],
            "scipy": scipy_transform(),
            "griffin_lim": griffin_lim(),
        },
        "mel.json": {"banks": [bank(*settings) for settings in BANKS], "features": features()},
    }


def differences(old, new, at=""):
    """Where two fixtures differ by more than rounding on another processor."""
    if isinstance(new, dict) and isinstance(old, dict) and old.keys() == new.keys():
        return [found for key in new for found in differences(old[key], new[key], f"{at}/{key}")]
    if isinstance(new, list) and isinstance(old, list) and len(old) == len(new):
        return [found for i, (a, b) in enumerate(zip(old, new)) for found in differences(a, b, f"{at}/{i}")]
    if isinstance(new, float) and isinstance(old, float) and abs(old - new) <= 1e-12 * max(1, abs(new)):
        return []
    return [] if old == new else [f"{at}: {str(old)[:40]} is now {str(new)[:40]}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a fixture is not as it would be written")
    options = parser.parse_args()
    failed = 0
    for name, content in contents().items():
        path = FOLDER / name
        content = {"versions": VERSIONS, **content}
        if options.check:
            found = differences(json.loads(path.read_text(encoding="utf-8")), content)
            print(f"{name}: {'; '.join(found[:5]) or 'as it is'}")
            failed += bool(found)
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(content, separators=(",", ":")) + "\n")
            print(f"written: {path.relative_to(FOLDER.parents[3])} ({path.stat().st_size} bytes)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
