"""The short-time Fourier transform that phases can be found for, and its exact inverse.

A Gabor transform with the window g(t) = exp(-pi t^2 / gamma), t in samples. Three choices:

- **Gaussian, gamma = 55,000.** Only for a Gaussian is the phase's gradient the log-magnitude's
  (`pghi.py`). gamma = hop * fft = 65,536 would spread a sound over as many frames as bins; a
  window a little shorter tells neighbouring partials less apart but follows them better. From
  45,000 to 65,000 steady tones gain what noise and horns lose; 55,000 was the one at which no
  kind of sound came out worse than from pghipy (`docs/representation.md`).
- **Longer than the FFT.** Cut to 512 samples, that Gaussian would still be at 2 % of its height,
  and the cut rings in every bin. So it keeps 1,024 samples (3e-7 at the ends), folded modulo 512
  before the FFT: which reads a 1,024-point spectrum at every second bin.
- **Circular in time.** 128 frames of hop 128 are just 16,384 samples: no padding, no frame that
  knows only half of a window, one inverse for all samples, and a network that sees every clip at
  the same place. The price is a seam where a clip's end meets its start, a click spread over the
  three frames on either side. Mirrored or padded edges would not be free of it: they kink or step
  there, and leave their first samples to half a window.

Frames are the second last axis and bins the last one here. Phases are relative to the frame's
centre, sample n * hop for frame n. Source: Walnut's representation of the frame operator,
in Gröchenig, Foundations of Time-Frequency Analysis.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Coefficients = NDArray[np.complex64]


@dataclass(frozen=True)
class Gabor:
    """A circular Gaussian-window transform of `samples` samples. Immutable; any thread."""

    samples: int = 16_384  # 1.024 s at 16 kHz, the paper's clip
    fft: int = 512  # the paper's; 31 Hz a bin at 16 kHz
    hop: int = 128  # the paper's; four-fold redundant
    gamma: float = 55_000.0  # samples^2; measured, see above
    support: int = 1_024  # samples of window kept; 2 * fft at most (`_spectrum_of_frame_operator`)

    @property
    def frames(self) -> int:
        """T: frames of a clip, 128."""
        return self.samples // self.hop

    @property
    def bins(self) -> int:
        """F: from DC to Nyquist, 257."""
        return self.fft // 2 + 1

    @cached_property
    def window(self) -> Floats:
        """(support,) float32, centre at support / 2. Sums to 2: a sine of peak 1 gives 1."""
        time = np.arange(self.support) - self.support // 2
        gaussian = np.exp(-np.pi * time**2 / self.gamma)
        return np.asarray(2 * gaussian / gaussian.sum(), dtype=np.float32)

    def analyse(self, sounds: Floats) -> Coefficients:
        """X[n, m] = sum over l of x[l] g[l - n hop] exp(-2 pi i m (l - n hop) / fft).

        sounds: (N, samples) float32. Returns (N, frames, bins) complex64.
        """
        half = self.support // 2
        around = np.concatenate([sounds[:, -half:], sounds, sounds[:, :half]], axis=1)
        segments = sliding_window_view(around, self.support, axis=1)[:, : self.samples : self.hop]
        windowed = segments * self.window
        folded = windowed.reshape(*windowed.shape[:2], -1, self.fft).sum(axis=2)
        return np.asarray(scipy.fft.rfft(self._centre_first(folded)), dtype=np.complex64)

    def synthesise(self, coefficients: Coefficients) -> Floats:
        """The sound whose transform is nearest (least squares): S^-1 of the adjoint of `analyse`.

        coefficients: (N, frames, bins). Returns (N, samples) float32. Exact where they are
        the transform of a sound.
        """
        folded = self._centre_first(scipy.fft.irfft(coefficients, self.fft, norm="forward"))
        segments = np.tile(folded, self.support // self.fft) * self.window
        return self._solve_frame_operator(self._overlap_add(segments))

    def _centre_first(self, folded: Floats) -> Floats:
        """Swap window position support / 2 and position 0; its own inverse, as support is even."""
        return np.roll(folded, (self.support // 2) % self.fft, axis=-1)

    def _overlap_add(self, segments: Floats) -> Floats:
        """segments: (N, frames, support) -> (N, samples); frame n starts at n hop - support / 2."""
        pieces = segments.reshape(*segments.shape[:2], -1, self.hop)
        ahead = pieces.shape[2] // 2
        total = np.zeros((len(segments), self.frames + 2 * ahead, self.hop), np.float32)
        for piece in range(2 * ahead):
            total[:, piece : piece + self.frames] += pieces[:, :, piece]
        total[:, self.frames : self.frames + ahead] += total[:, :ahead]
        total[:, ahead : 2 * ahead] += total[:, self.frames + ahead :]
        return total[:, ahead : self.frames + ahead].reshape(-1, self.samples)

    def _solve_frame_operator(self, adjoint: Floats) -> Floats:
        """S^-1: S couples samples that lie multiples of `fft` apart, by circulants."""
        chains = scipy.fft.rfft(adjoint.reshape(-1, self.samples // self.fft, self.fft), axis=1)
        solved = scipy.fft.irfft(
            chains / self._spectrum_of_frame_operator, self.samples // self.fft, axis=1
        )
        return np.asarray(solved, dtype=np.float32).reshape(-1, self.samples)

    @cached_property
    def _spectrum_of_frame_operator(self) -> Floats:
        """(samples / fft / 2 + 1, fft): w_0 + 2 w_1 cos(2 pi q fft / samples), where

        w_k[l] = fft * sum over n of g[l - n hop] g[l + k fft - n hop], periodic in l by hop.
        A window of 2 fft samples overlaps itself for k = -1, 0, 1 only; w_-1 = w_1 as hop
        divides fft.
        """
        window = self.window.astype(np.float64)
        same = window**2
        across = np.zeros_like(window)
        across[: -self.fft or None] = (window * np.roll(window, -self.fft))[: -self.fft or None]
        w_0, w_1 = (self.fft * w.reshape(-1, self.hop).sum(axis=0) for w in (same, across))
        chain = self.samples // self.fft
        cosine = np.cos(2 * np.pi * np.arange(chain // 2 + 1) / chain)
        spectrum = w_0 + 2 * cosine[:, None] * w_1
        return np.tile(spectrum, self.fft // self.hop).astype(np.float32)


def with_phases(magnitudes: Floats, phases: NDArray[np.floating]) -> Coefficients:
    """magnitude exp(i phase), complex64. By cos and sin: NumPy's complex exp is 15x slower."""
    phases = phases.astype(np.float32, copy=False)
    coefficients = np.empty(magnitudes.shape, np.complex64)
    np.multiply(magnitudes, np.cos(phases), out=coefficients.real)
    np.multiply(magnitudes, np.sin(phases), out=coefficients.imag)
    return coefficients
