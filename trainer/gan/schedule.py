"""Which stage a step belongs to and how far it is faded in: a function of the step alone."""

from dataclasses import dataclass

from trainer.gan.config import ScheduleConfig


@dataclass(frozen=True)
class Moment:
    """Where training stands. alpha: 0..1, the share of the stage's own layers in the picture."""

    stage: int
    alpha: float
    stage_step: int
    stage_steps: int

    @property
    def ends_stage(self) -> bool:
        """Whether this is the stage's last step."""
        return self.stage_step == self.stage_steps - 1


def stage_steps(schedule: ScheduleConfig) -> tuple[int, ...]:
    """Steps of each stage; at least one where there is a share."""
    whole = sum(schedule.shares)
    return tuple(
        max(1, round(schedule.clips * share / whole / schedule.batch)) if share else 0
        for share in schedule.shares
    )


def total_steps(schedule: ScheduleConfig) -> int:
    """Steps of all stages together."""
    return sum(stage_steps(schedule))


def moment(schedule: ScheduleConfig, step: int) -> Moment:
    """The moment of a step, 0-based; the last one's for any step beyond the end."""
    lengths = stage_steps(schedule)
    step = min(step, sum(lengths) - 1)
    stage = 0
    while step >= lengths[stage]:
        step -= lengths[stage]
        stage += 1
    grows = any(lengths[:stage])  # at first there is nothing to fade from
    fading = round(schedule.fade * lengths[stage]) if grows else 0
    alpha = min(1.0, step / fading) if fading else 1.0
    return Moment(stage, alpha, step, lengths[stage])
