"""What a synthesizer is: named controls with ranges, and a function that plays them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainer.sources.synths.blocks import Canvas
from trainer.sources.takes import Floats

Values = dict[str, float]


@dataclass(frozen=True)
class Control:
    """One free parameter. Its unit is in its name: rate_hz, decay_ms, spread_octaves."""

    name: str
    minimum: float
    maximum: float
    logarithmic: bool = True  # as rates and frequencies are heard

    def draw(self, rng: np.random.Generator) -> float:
        """A value from the range, uniform on the control's scale."""
        if self.logarithmic:
            value = np.exp(rng.uniform(np.log(self.minimum), np.log(self.maximum)))
        else:
            value = rng.uniform(self.minimum, self.maximum)
        return float(f"{value:.4g}")  # what metadata.csv says is what was played


@dataclass(frozen=True)
class Synth:
    """A synthesizer. play: values and a canvas (length, rate, random numbers) to samples (T,)."""

    name: str
    description: str
    controls: tuple[Control, ...]
    play: Callable[[Values, Canvas], Floats]

    def draw(self, rng: np.random.Generator) -> Values:
        """A point of its continuum."""
        return {control.name: control.draw(rng) for control in self.controls}
