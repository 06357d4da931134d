"""How a GAN is built and trained, and why so. Holds no torch: the command line reads it."""

from dataclasses import dataclass, field, replace
from math import ceil

from trainer.errors import TrainerError

NARROW_CHANNELS = (64, 48, 32, 24, 16)  # a step at full size is 4 times cheaper than the paper's
PAPER_CHANNELS = (128, 64, 64, 64, 32)


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of generator and critic; a checkpoint of another shape is refused."""

    channels: tuple[int, ...] = NARROW_CHANNELS  # one per stage, coarse to fine
    latent: int = 128  # the paper's
    image_channels: int = 1  # 1 for log magnitude, 2 with instantaneous frequency
    bins: int = 257  # DC to Nyquist of an FFT of 512
    frames: int = 128  # hop 128: 16,384 samples
    pitches: tuple[int, ...] = ()  # MIDI numbers of the one-hot condition; empty: unconditional
    # A learned picture of each pitch over the bins of every stage; one for all without pitches.
    # A narrow one without had no harmonics after 147,000 clips: lines are far from what 3 x 3
    # convolutions draw from a coarse map. The paper has none.
    pitch_maps: bool = True
    # How much of the map each latent takes, by channel. Without, one map for tones and noises left
    # the tone's lines standing in wind, rain and hiss (a warm-up of 3,900 steps on one pitch).
    map_gates: bool = False
    group: int = 4  # clips whose spread the critic sees together (progressive GAN's 4)

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(bins, frames) of each stage, coarse to fine: (17, 8) ... (257, 128)."""
        sizes = [(self.bins, self.frames)]
        for _ in self.channels[1:]:
            bins, frames = sizes[0]
            sizes.insert(0, (ceil(bins / 2), ceil(frames / 2)))
        return tuple(sizes)


@dataclass(frozen=True)
class ScheduleConfig:
    """How many clips each stage is shown, in which batches."""

    clips: int = 600_000  # of all stages; some 5 hours on 2 cores, 12 million in the paper
    # Most where the detail is. Zeros first: it begins at the first stage that has a share.
    shares: tuple[float, ...] = (0.1, 0.1, 0.15, 0.25, 0.4)
    batch: int = 8  # the paper's at full size; a multiple of the group
    fade: float = 0.5  # part of a stage over which it is faded in


@dataclass(frozen=True)
class WarmUpConfig:
    """The generator as a decoder of its clips, before there is a critic (gan/warm_up.py)."""

    steps: int = 0  # batches at the schedule's first size; 0: none, as in the paper
    learning_rate: float = 2e-3  # no adversary: it may be fast
    latent_step: float = 0.05  # radians that a clip's latent turns each time it is shown
    critic_steps: int = 200  # of the critic alone, which else would judge before it knows anything
    # Of the decoder's error in the generator's loss from then on: without it the critic's first
    # slopes undo in minutes what was learned. A slope of 1 / sqrt(pixels) per unit: 181 at full
    # size weigh as much as the critic's, which its penalty holds at 1. 0: none.
    anchor: float = 200.0


@dataclass(frozen=True)
class GanConfig:
    """Everything that makes a run what it is, beside its data."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    warm_up: WarmUpConfig = field(default_factory=WarmUpConfig)
    representation: str = "log-magnitude"  # the paper's
    conditional: bool = False  # one-hot pitch; the mesh then moves along timbre alone
    crops: int = 1  # windows per clip; 1 is the centre, as in the paper
    # Faded at either end of a window. Pictures are circular in time: the end of a note meets its
    # start in a click, 26 dB above its treble, which a GAN learns. 128 take it to 2 dB; 0 keeps to
    # the paper, and noises have no click. The grid leaves the ends out in any case.
    seam_samples: int = 0
    learning_rate: float = 8e-4  # GANSynth's
    generator_pace: float = 1.0  # of that rate; after a warm-up 0.5, lest it forgets what it knows
    beta2: float = 0.99  # Adam(0, .99), progressive GAN's
    penalty: float = 10.0  # WGAN-GP's lambda
    penalty_every: int = 1  # k > 1: k times the penalty every k-th step; 4 saves a quarter
    drift: float = 1e-3  # keeps the critic's scores near zero
    classifier: float = 10.0  # GANSynth's weight of the pitch classifier
    average_decay: float = 0.999  # the generator that is used looks back 1,000 steps
    bfloat16: bool = True  # products only; weights, norms, scores and losses stay float32
    shards: int = 2  # the batch in as many threads; part of the recipe: it orders the sums
    checkpoint_every_s: float = 300.0  # at most this much work is lost
    health_every: int = 500  # steps between looks at diversity
    report_every: int = 10  # steps between losses read back
    seed: int = 1  # of weights, latents and the order of clips


PRESETS = {
    "narrow": GanConfig(),
    "paper": replace(
        GanConfig(),
        network=NetworkConfig(channels=PAPER_CHANNELS, pitch_maps=False),
        schedule=ScheduleConfig(clips=12_000_000, shares=(0.2, 0.2, 0.2, 0.2, 0.2)),
    ),
}


def require_sound(config: GanConfig, processes: int = 1) -> None:
    """Refuse what cannot be trained, in one line. Raises TrainerError."""
    network, schedule = config.network, config.schedule
    if not 0 <= config.seam_samples <= 2048:
        raise TrainerError(f"gan: seam_samples: got {config.seam_samples}, wanted 0 to 2048")
    if len(schedule.shares) != len(network.channels):
        raise TrainerError(
            f"gan: shares: {len(schedule.shares)} of them for {len(network.channels)} stages; "
            "give one per stage"
        )
    if min(_from_the_first(schedule.shares)) <= 0:
        raise TrainerError(
            f"gan: shares: got {schedule.shares}, wanted more than 0 each; only the first ones "
            "may be 0, to begin at a finer stage"
        )
    if config.warm_up.steps < 0 or config.warm_up.critic_steps < 0:
        raise TrainerError(f"gan: warm_up: got {config.warm_up}, wanted no steps below 0")
    if schedule.batch % (network.group * processes):
        raise TrainerError(
            f"gan: batch: {schedule.batch} clips on {processes} process(es); wanted a multiple "
            f"of {network.group} on each, for the critic compares {network.group} at a time"
        )


def _from_the_first(shares: tuple[float, ...]) -> tuple[float, ...]:
    """The shares of the stages that are trained, those before the first one left out."""
    first = next((k for k, share in enumerate(shares) if share), 0)
    return shares[first:]
