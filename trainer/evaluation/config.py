"""How much of a run is played and judged."""

from dataclasses import dataclass

from trainer.hearing import HearingConfig


@dataclass(frozen=True)
class RunEvaluationConfig(HearingConfig):
    """Beside the held-out places of `HearingConfig`, what the measures of a run take."""

    clips: int = 128  # of each set that is inverted or compared: covariances of 16 numbers settle
    pairs: int = 143  # RNN beside GAN: the paper's count
    note_s: float = 2.0  # of each steady note: 35 verdicts of YIN
    glides: int = 2  # up and down over the whole range, per place of the other parameters
    glide_s: float = 4.0  # each way: an octave then moves by 15 cents in 50 ms
    steps: int = 12  # of the parameters, response timed
    step_s: float = 0.5  # held before and after a step
    takes: int = 24  # of an unpitched step, averaged: a lone frame of noise says little
    held_out_samples: int = 4096  # of each held-out clip, for bits per sample
    free_runs: int = 5  # places in the range that are held for long
    free_run_s: float = 60.0  # bursts and drift of sample RNNs show within a minute
    bench: bool = True  # cost: differs from machine to machine
