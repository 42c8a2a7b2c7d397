#!/usr/bin/env python3
"""The STFT of one minute of sound beside librosa's and PyTorch's, on one thread each.

    pip install -r tools/peers/requirements-stft-speed.txt
    cargo build --release -p sound --example stft_speed
    python3 tools/peers/stft_speed.py              # measure and print
    python3 tools/peers/stft_speed.py --assert     # ... and fail where ours is slower

One minute of noise at 44.1 kHz in single precision, n_fft 2048, hop_length 512, Hann, centred, constant padding; and the
inverse of the same length. The programs take turns, each in a process of its own; a turn's result is the median over
its runs, and the ratio's is the median over the turns. Each call makes its output anew, as users' calls do.

Let nothing else run beside it.
"""

import argparse
import statistics
import sys
import time

import book_records
import turns
from book_records import Failure, checked, environment
from turns import OURS

PEERS = ("librosa", "torch")
NAMES = ("stft", "istft")
SAMPLES = 60 * 44_100
N_FFT, HOP_LENGTH = 2048, 512

# The bar: our time divided by the peer's. The inverse has none; it is shown.
MOST = {"stft": 1.0}


def run(command):
    # One thread, whichever library counts them.
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    printed = checked(command, env=environment(**dict.fromkeys(counts, "1")))
    times = dict(line.split("\t")[:2] for line in printed.splitlines() if "\t" in line)
    missing = [name for name in NAMES if name not in times]
    if missing:
        raise Failure(f"`{' '.join(command)}` printed no time for: {', '.join(missing)}")
    return {name: float(times[name]) for name in NAMES}


def ours(runs):
    return run(["cargo", "run", "--release", "--quiet", "-p", "sound", "--example", "stft_speed", "--", str(runs)])


def peer(name, runs):
    return run([sys.executable, __file__, "--peer", name, "--runs", str(runs)])


def peer_job(name, runs):
    import numpy as np

    signal = np.random.default_rng(1).uniform(-1, 1, SAMPLES).astype(np.float32)
    calls = librosa_calls(signal) if name == "librosa" else torch_calls(signal)
    for which, call in zip(NAMES, calls):
        times = []
        for _ in range(3 + runs):
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
        print(f"{which}\t{sorted(times[3:])[runs // 2]:.3f}")


def librosa_calls(signal):
    import librosa

    spectrogram = librosa.stft(signal, n_fft=N_FFT, hop_length=HOP_LENGTH)
    return (
        lambda: librosa.stft(signal, n_fft=N_FFT, hop_length=HOP_LENGTH),
        lambda: librosa.istft(spectrogram, hop_length=HOP_LENGTH, length=SAMPLES),
    )


def torch_calls(signal):
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    signal, window = torch.from_numpy(signal), torch.hann_window(N_FFT)
    given = {"n_fft": N_FFT, "hop_length": HOP_LENGTH, "window": window, "center": True}

    def forward():
        return torch.stft(signal, pad_mode="constant", return_complex=True, **given)

    spectrogram = forward()
    return forward, lambda: torch.istft(spectrogram, length=SAMPLES, **given)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--assert", dest="hold", action="store_true", help="exit 1 where ours is slower")
    parser.add_argument("--turns", type=int, default=5, help="how often the programs take turns")
    parser.add_argument("--runs", type=int, default=20, help="runs of a turn")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer_job(options.peer, options.runs)
        return 0

    programs = {OURS: lambda: ours(options.runs)}
    for who in PEERS:
        programs[who] = lambda who=who: peer(who, options.runs)
    done = []
    for times in turns.take(programs, options.turns):
        done.append(times)
        print("; ".join(f"{name}: " + ", ".join(f"{who} {times[who][name]:.1f} ms" for who in programs) for name in NAMES))

    print(f"\n{'':8}{OURS:>10}" + "".join(f"{peer:>10}{'ratio':>8}" for peer in PEERS))
    complaints, bars = [], 0
    for name in NAMES:
        line = f"{name:8}{statistics.median(times[OURS][name] for times in done):>7.1f} ms"
        for who in PEERS:
            ratio = statistics.median(times[OURS][name] / times[who][name] for times in done)
            line += f"{statistics.median(times[who][name] for times in done):>7.1f} ms{ratio:>8.2f}"
            if name in MOST:
                bars += 1
                if ratio > MOST[name]:
                    complaints.append(f"{name}: {ratio:.2f} × the time of {who}, at most {MOST[name]:g} × expected")
        print(line)
    if options.hold:
        for complaint in complaints:
            print(f"FAILED {complaint}")
        print(f"{bars - len(complaints)} passed, {len(complaints)} failed")
    return 1 if options.hold and complaints else 0


if __name__ == "__main__":
    book_records.end(main)
