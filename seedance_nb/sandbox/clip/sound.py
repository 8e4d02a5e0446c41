"""A short piece of music made from the seed: slow chords, plucked notes, a little echo."""

from __future__ import annotations

import numpy as np

from seedance_nb.sandbox.clip.chance import key_of, stream
from seedance_nb.sandbox.clip.media import RATE
from seedance_nb.sandbox.clip.planes import F32

LOUDNESS = 0.1
"""Root mean square of the whole, which is -20 dB below full scale."""

PEAK = 0.89
"""No sample is larger."""

_SCALES = ((0, 2, 4, 7, 9), (0, 3, 5, 7, 10), (0, 2, 5, 7, 9), (0, 2, 3, 7, 9), (0, 4, 6, 7, 11))
_CHORDS = ((0, 2, 4), (3, 5, 7), (1, 3, 5), (4, 6, 8), (2, 4, 6))


def music(prompt: str, seed: int, frames: int, reference: F32 | None = None) -> F32:
    """Samples of -1 to 1 for a clip of some frames; a reference is mixed in quietly."""
    count = round(frames / 24 * RATE)
    rng = stream(key_of(prompt, seed), "music")
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
    root = 55.0 * 2 ** (int(rng.integers(0, 12)) / 12)
    beat = 60 / float(rng.uniform(66, 104)) / 2
    mixed = _pad(rng, count, root, scale, beat * 8) + _plucks(rng, count, root, scale, beat)
    for delay, share in ((0.29, 0.30), (0.43, 0.20), (0.71, 0.12)):
        shift = int(delay * RATE)
        if shift < count:
            mixed[shift:] += mixed[: count - shift] * np.float32(share)
    mixed = _level(mixed, LOUDNESS)
    if reference is not None and len(reference):
        piece = np.zeros(count, np.float32)
        piece[: min(count, len(reference))] = reference[:count]
        mixed = _level(mixed + _level(piece, LOUDNESS * 0.7), LOUDNESS)
    fade = min(count // 4, int(0.35 * RATE))
    if fade:
        ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
        mixed[:fade] *= ramp
        mixed[-fade:] *= ramp[::-1]
    loudest = float(np.abs(mixed).max(initial=0.0))
    return mixed * np.float32(min(1.0, PEAK / loudest) if loudest else 1.0)


def _note(root: float, scale: tuple[int, ...], step: int) -> float:
    octave, degree = divmod(step, len(scale))
    return float(root * 2 ** (octave + scale[degree] / 12))


def _pad(rng: np.random.Generator, count: int, root: float, scale: tuple[int, ...], length: float) -> F32:
    """Chords that swell and overlap."""
    total = np.zeros(count, np.float32)
    step = int(length * RATE)
    shape = np.sin(np.linspace(0, 3.1415, int(step * 1.5), dtype=np.float32)) ** np.float32(1.2)
    chords = rng.permutation(len(_CHORDS))
    for index, start in enumerate(range(-step // 2, count, step)):
        here = slice(max(0, start), min(count, start + len(shape)))
        if here.start >= here.stop:
            continue
        time = np.arange(here.start, here.stop, dtype=np.float32) / np.float32(RATE)
        tone = np.zeros(len(time), np.float32)
        for degree in _CHORDS[int(chords[index % len(chords)])]:
            pitch = _note(root * 2, scale, degree)
            for spread, share in ((0.9978, 0.5), (1.0021, 0.5), (2.0, 0.10)):
                turn = np.float32(2 * np.pi * pitch * spread)
                tone += np.float32(share) * np.sin(time * turn + np.float32(rng.uniform(0, 6.28)))
        total[here] += tone * shape[here.start - start : here.stop - start] * np.float32(0.30)
    return total


def _plucks(rng: np.random.Generator, count: int, root: float, scale: tuple[int, ...], beat: float) -> F32:
    """A wandering tune of short notes."""
    total = np.zeros(count, np.float32)
    ring = int(1.1 * RATE)
    time = np.arange(ring, dtype=np.float32) / np.float32(RATE)
    decay = np.exp(-time * np.float32(4.2)) * np.minimum(time * np.float32(220), 1)
    sharp = decay * np.exp(-time * np.float32(6))
    step = int(rng.integers(3, 8))
    pattern = rng.random(8) < 0.62
    pattern[0] = True
    place, turn = beat, 0
    while place * RATE < count:
        if pattern[turn % len(pattern)]:
            pitch = _note(root * 4, scale, step)
            swing = np.float32(2 * np.pi * pitch)
            tone = np.sin(time * swing) * decay + np.float32(0.28) * np.sin(time * swing * 2) * sharp
            start = int(place * RATE)
            part = total[start : start + ring]
            part += tone[: len(part)] * np.float32(rng.uniform(0.35, 0.75))
        step = int(np.clip(step + rng.choice([-2, -1, -1, 1, 1, 2]), 0, 11))
        place += beat
        turn += 1
    return total


def _level(sound: F32, loudness: float) -> F32:
    """A sound at a loudness, its peaks rounded off softly."""
    power = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
    if power < 1e-6:
        return sound
    return np.asarray(np.tanh(sound * np.float32(loudness / power * 1.02)), np.float32)
