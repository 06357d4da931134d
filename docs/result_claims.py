"""The claims of the paper that docs/results.md goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from result_clauses import MISSING, Held, value_at


@dataclass(frozen=True)
class Claim:
    """One of the paper's. ours: a result's name and what to tell of it."""

    claim: str
    paper: str
    result: str  # docs/results/NAME.json
    tell: Callable[[Held], str]
    command: str
    caveat: str = ""  # what did not hold, or is not the same


def cell(row: str, column: str, form: str = "{:g}") -> Callable[[Held], str]:
    """A figure of an ablation's table."""
    return lambda held: form.format(held["rows"][row][column])


def pair(*cells: Callable[[Held], str], words: str) -> Callable[[Held], str]:
    """Several figures in a sentence."""
    return lambda held: words.format(*(each(held) for each in cells))


def figure(path: str, form: str = "{:g}") -> Callable[[Held], str]:
    """A figure of a model's evaluation."""

    def tell(held: Held) -> str:
        value = value_at(held["measures"], path)
        return MISSING if value is None else form.format(value)

    return tell


EVALUATE = "smf-train run trainer/recipes/{0}.toml"

CLAIMS = (
    Claim(
        "A step of the pitch is answered at once",
        "within a period, by eye (Figure 3a)",
        "model-clarinet-trumpet",
        pair(
            figure("card/prt_median_samples"),
            figure("card/prt_worst_samples"),
            figure("card/prt_missed"),
            words="median {} samples, worst {}, {} missed of 300 steps",
        ),
        "smf-train evaluate models/clarinet-trumpet.onnx",
        "the model without a GAN: partials stand in for its in-betweens",
    ),
    Claim(
        "... of a model trained on a GAN's grid",
        "within a period, by eye",
        "model-trumpinet",
        figure(
            "response/within_2_periods_or_100_samples", "{:.0%} within 2 periods or 100 samples"
        ),
        EVALUATE.format("trumpinet"),
        "weights of four trainings after an earlier trumpinet's (models/trumpinet.md); "
        "the recipe's single one is not measured",
    ),
    Claim(
        "A glide of an octave is in tune everywhere",
        "right at every point (Figure 3b)",
        "model-trumpinet",
        pair(
            figure("pitch/where/glides/median_abs_cents"),
            figure("pitch/where/glides/p95_abs_cents"),
            words="median {} cents, 95th percentile {}",
        ),
        EVALUATE.format("trumpinet"),
    ),
    Claim(
        "Textures answer as fast",
        "immediate",
        "model-textures",
        pair(
            figure("response/within_20_ms", "{:.0%}"),
            figure("response/median_samples"),
            words="{} of steps within 20 ms, median {} samples",
        ),
        EVALUATE.format("textures"),
        "weights of seven trainings (models/textures.md); the recipe's single one is not measured",
    ),
    Claim(
        "The RNN sounds like the GAN at the same parameters",
        "127 of 143 pairs of one class, 88.8 %",
        "model-trumpinet",
        pair(
            figure("agreement/same_class/RNN and GAN", "{:.1%}"),
            figure("agreement/same_class/GAN and itself", "{:.1%}"),
            figure("agreement/pairs"),
            words="{} (the GAN with itself {}), {} pairs",
        ),
        EVALUATE.format("trumpinet"),
        "another classifier: log-mel features, logistic regression; the RNN's odds are narrowed "
        "(temperature 0.3)",
    ),
    Claim(
        "Pitched sounds and textures share one mesh (Figure 2)",
        "shown, no figure",
        "model-mixed",
        pair(
            figure("grid/distances/spectrogram_l2, before/cv"),
            figure("grid/distances/spectrogram_l2, after/cv"),
            figure("agreement/same_class/RNN and GAN", "{:.1%}"),
            figure("agreement/same_class/GAN and itself", "{:.1%}"),
            words="CV {} -> {} by the SOM; RNN and GAN of one class {} (the GAN with itself {})",
        ),
        EVALUATE.format("mixed"),
        "tones of one pitch alone: of nine a GAN drew none; weights of six trainings",
    ),
    Claim(
        "An RNN needs the GAN's in-betweens to morph",
        "fails on end points alone (Figure 5)",
        "in-betweens",
        pair(
            cell("ends only", "detour"),
            cell("with in-betweens", "detour"),
            cell("ends only", "in tune between", "{:.0%}"),
            cell("with in-betweens", "in tune between", "{:.0%}"),
            words="detour {} on ends alone, {} with in-betweens; "
            "{} and {} of frames in tune between",
        ),
        "python bench/ablations/in_betweens.py",
        "on the data without a GAN; see in-betweens.png",
    ),
    Claim(
        "The SOM makes the mesh more even and direct",
        "listeners: direct 57.5 / 61.1 %, even 59.4 / 60.5 %",
        "mesh",
        pair(
            cell("not adapted", "spectrogram L2: cv"),
            cell("SOM", "spectrogram L2: cv"),
            cell("SOM, sixth power", "spectrogram L2: cv"),
            cell("not adapted", "log-mel L1: cv"),
            cell("SOM", "log-mel L1: cv"),
            cell("SOM, sixth power", "log-mel L1: cv"),
            words="CV {} -> {} by the SOM's distance, {} by its sixth power; "
            "{} -> {}, {} by log-mel",
        ),
        "python bench/ablations/mesh.py",
        "distances, no listeners: `smf-train listen RUN` asks them; between trumpinet's corners",
    ),
    Claim(
        "(not in the paper) Arc length does it for less",
        "-",
        "mesh",
        pair(
            cell("arc length", "spectrogram L2: cv"),
            cell("arc length", "log-mel L1: cv"),
            cell("SOM", "CPU s"),
            cell("arc length", "CPU s"),
            words="CV {} and {} by log-mel; {} CPU s for the SOM, {} for arc length",
        ),
        "python bench/ablations/mesh.py",
        "the same corners; CPU seconds beside a training",
    ),
    Claim(
        "Phases by PGHI suit pitched and noisy sounds",
        "chosen over instantaneous frequency, no figure",
        "representation",
        pair(
            cell("PGHI, pitched", "half-way (dB)"),
            cell("instantaneous frequency, pitched", "half-way (dB)"),
            cell("PGHI, noisy", "half-way (dB)"),
            cell("instantaneous frequency, noisy", "half-way (dB)"),
            words="half-way between two clips: {} dB off, {} by instantaneous frequency (pitched); "
            "{} and {} (noisy)",
        ),
        "python bench/ablations/representation.py",
        "the inversion's side; pictures as analysed are nearer by instantaneous frequency",
    ),
    Claim(
        "Scheduled sampling keeps the RNN on its way",
        "0.9-0.99 of inputs told, no comparison",
        "scheduled-sampling",
        pair(
            cell("teacher forcing alone", "penalty"),
            cell("teacher forcing + noise 0.02", "penalty"),
            cell("scheduled sampling 0.1", "penalty"),
            words="audition's penalty: {} told everything, {} with noise, "
            "{} with scheduled sampling",
        ),
        "python bench/ablations/scheduled_sampling.py",
        "3 x GRU(128), 1,000 steps; its second pass takes 1.4 times the processor time",
    ),
    Claim(
        "A jump of the volume strikes the instrument's own attack (Wyse and Huzaifah)",
        "transients are learnt, shown",
        "model-expressive",
        pair(
            figure("attack/median/recorded/rise_ms"),
            figure("attack/median/played/rise_ms"),
            figure("attack/median/recorded/release_ms"),
            figure("attack/median/played/release_ms"),
            words="median rise {} ms recorded, {} ms played; release {} and {} ms",
        ),
        EVALUATE.format("expressive"),
        "the mean of three checkpoints of several trainings (models/expressive.md)",
    ),
    Claim(
        "(not in the paper) A small network learns from a big one",
        "-",
        "distillation",
        pair(
            cell("recordings alone", "bits/sample"),
            cell("teacher, share 0.5", "bits/sample"),
            cell("recordings alone, as long", "bits/sample"),
            words="{} bits per sample without a teacher, {} with; {} without after as much time",
        ),
        "python bench/ablations/distillation.py",
        "a few hundred steps only; there a teacher does not pay for its time",
    ),
    Claim(
        "(not in the paper) Light models play where there is no AVX-512",
        "-",
        "light",
        pair(
            cell("3 x GRU(96), avx2", "1 voice"),
            cell("3 x GRU(256), avx2", "1 voice"),
            cell("3 x GRU(96), portable", "1 voice"),
            words="3 x 96: {} x real time per voice on AVX2 (3 x 256: {}), {} in plain C++",
        ),
        "python bench/light.py",
    ),
    Claim(
        "Training the GAN",
        "1.5 days on a V100",
        "model-trumpinet",
        figure("hours/gan", "{:.1f} hours"),
        EVALUATE.format("trumpinet"),
        "a narrower GAN, fewer clips, no GPU; by the clock, beside other work and once stopped",
    ),
    Claim(
        "Training the RNN",
        "3 days on an RTX 3090",
        "model-trumpinet",
        figure("hours/rnn", "{:.1f} hours"),
        EVALUATE.format("trumpinet"),
        "the last of four trainings after an earlier trumpinet's; no GPU",
    ),
)
