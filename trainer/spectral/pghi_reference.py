"""PGHI as the paper writes it: slow, with `heapq`. The native one is held to it by a test.

s[n, m] is the log-magnitude of frame n, bin m; a the hop; M the FFT. For the Gaussian window
exp(-pi t^2 / gamma), phases relative to each frame's centre:

    dphi/dn = 2 pi m a / M + (a M / gamma) ds/dm        per frame
    dphi/dm = -(gamma / (a M)) ds/dn                    per bin
"""

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.gabor import Gabor

Floats = NDArray[np.float64]
Bin = tuple[int, int]


def phase_gradient(s: Floats, gabor: Gabor) -> tuple[Floats, Floats]:
    """(dphi/dn, dphi/dm), each (frames, bins), by centred differences.

    Frames are circular, though no phase is carried over the seam. A real sound's spectrum is
    even about DC and Nyquist.
    """
    ratio = gabor.gamma / (gabor.hop * gabor.fft)
    along_frames = (np.roll(s, -1, axis=0) - np.roll(s, 1, axis=0)) / 2
    mirrored = np.pad(s, ((0, 0), (1, 1)), mode="reflect")
    along_bins = (mirrored[:, 2:] - mirrored[:, :-2]) / 2
    carrier = 2 * np.pi * np.arange(gabor.bins) * gabor.hop / gabor.fft
    return carrier + along_bins / ratio, -ratio * along_frames


def pghi_of_one(s: Floats, gabor: Gabor, background: Floats, depth: float) -> Floats:
    """The heap integration. s, background: (frames, bins). Returns the same shape, radians.

    Bins `depth` or more below the maximum keep their background phase.
    """
    per_frame, per_bin = phase_gradient(s.astype(np.float64), gabor)
    phase = np.array(background, dtype=np.float64)
    todo = {(int(n), int(m)) for n, m in np.argwhere(s > s.max() - np.float32(depth))}
    while todo:
        island = max(todo, key=lambda bin: (s[bin], bin))
        phase[island] = 0.0
        todo.remove(island)
        frontier = [_entry(s, island)]
        while frontier:
            here = _bin(heapq.heappop(frontier))
            for there, step, gradient in _neighbours(here, gabor, per_frame, per_bin):
                if there in todo:
                    reached = phase[here] + step * (gradient[here] + gradient[there]) / 2
                    phase[there] = _allowed(reached, there, gabor)
                    todo.remove(there)
                    heapq.heappush(frontier, _entry(s, there))
    return phase


def _allowed(phase: float, bin: Bin, gabor: Gabor) -> float:
    """At DC and Nyquist a real sound's transform is real: the nearer of 0 and pi, modulo 2 pi."""
    return np.pi * round(phase / np.pi) if bin[1] in (0, gabor.bins - 1) else phase


def _entry(s: Floats, bin: Bin) -> tuple[float, int, int]:
    """Sorts the strongest bin first; among equals the last one."""
    return (-s[bin], -bin[0], -bin[1])


def _bin(entry: tuple[float, int, int]) -> Bin:
    return (-entry[1], -entry[2])


def _neighbours(
    here: Bin, gabor: Gabor, per_frame: Floats, per_bin: Floats
) -> Iterator[tuple[Bin, int, Floats]]:
    n, m = here
    if n + 1 < gabor.frames:
        yield (n + 1, m), 1, per_frame
    if n > 0:
        yield (n - 1, m), -1, per_frame
    if m + 1 < gabor.bins:
        yield (n, m + 1), 1, per_bin
    if m > 0:
        yield (n, m - 1), -1, per_bin
