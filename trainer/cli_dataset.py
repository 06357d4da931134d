"""`smf-train dataset`: a folder of clips and metadata.csv from one of several sources."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors

DEFAULT = "clarinet-trumpet"


class _SourceGroup(click.Group):
    """A group that takes `dataset [OPTIONS]` for `dataset clarinet-trumpet [OPTIONS]`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, with the default source put in where only its options are given."""
        options = ("-h", "--help")
        if not args or (args[0].startswith("-") and args[0] not in options):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_SourceGroup)
def dataset() -> None:
    """Make a dataset: 16 kHz mono WAVs and metadata.csv, from one of the sources below.

    \b
      smf-train dataset                        clarinet to trumpet, to train the RNN alone on
      smf-train dataset folder ~/recordings    your own recordings
      smf-train dataset nsynth ~/nsynth-train  NSynth's notes, filtered
      smf-train dataset trumpinet              reed and brass of a SoundFont, for the GAN
      smf-train dataset textures               noises of thirteen synthesizers, for the GAN

    A build that was stopped goes on where it was. `OUT/dataset.html` shows and plays what came of
    it. docs/datasets.md has the details.
    """


OUT = click.option(
    "--out", type=PATH, default=RUNS / "dataset", show_default=True, help="The dataset's folder."
)
SHARED = (
    OUT,
    click.option(
        "--held-out",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.1,
        show_default=True,
        help="Share of sources kept for validation.",
    ),
    click.option(
        "--processes", type=click.IntRange(1), default=2, show_default=True, help="At a time."
    ),
    click.option("--no-sheet", is_flag=True, help="Write no dataset.html."),
)


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that all built sources have."""
    return reduce(lambda decorated, option: option(decorated), reversed(SHARED), command)


@dataset.command("clarinet-trumpet")
@OUT
@click.option("--soundfont", type=PATH, help="A General MIDI SoundFont. [default: FluidR3]")
@click.option("--pitch-step", type=click.FloatRange(0.01, 1), help="Semitones. [default: 0.25]")
@one_line_errors
def clarinet_trumpet(out: Path, soundfont: Path | None, pitch_step: float | None) -> None:
    """Render clarinet to trumpet, MIDI 64-76 (the default source).

    A grid of pitch and timbre to train the RNN on without a GAN. Needs libfluidsynth and a
    SoundFont (Debian: libfluidsynth3 fluid-soundfont-gm).
    """
    from trainer.dataset import DatasetConfig, build, clip_count

    given: dict[str, Any] = {"soundfont": soundfont, "pitch_step": pitch_step}
    config = replace(DatasetConfig(), **_given(given))
    for _ in tqdm(
        build(out, config), total=clip_count(config), unit="clip", desc="dataset", delay=DELAY_S
    ):
        pass
    click.echo(f"{out}: {clip_count(config)} clips and metadata.csv")


RESAMPLE = click.option("--resample", is_flag=True, help="Take files of different sample rates.")


@dataset.command()
@click.argument("recordings", type=PATH)
@shared
@RESAMPLE
@click.option(
    "--clips-per-file",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="At most; the steadiest parts that do not overlap.",
)
@click.option("--pitch", is_flag=True, help="Measure it where metadata.csv has none.")
@one_line_errors
def folder(recordings: Path, resample: bool, clips_per_file: int, pitch: bool, **how: Any) -> None:
    """Take your own recordings from the folder RECORDINGS.

    Of each file the steadiest second is cut out, mixed to mono, brought to 16 kHz and to one
    level. A metadata.csv in the folder may say more of the files (file_name,pitch,class,...); all
    its columns are kept. Without one, sub-folders are classes.
    """
    from trainer.sources.folder import Folder, FolderConfig

    _build(Folder(FolderConfig(recordings, resample, clips_per_file, pitch)), **how)


@dataset.command()
@click.argument("nsynth_folder", metavar="NSYNTH", type=PATH)
@shared
@RESAMPLE
@click.option("--family", multiple=True, help="brass, reed, ...; may be given again.")
@click.option("--source", multiple=True, help="acoustic, electronic, synthetic.")
@click.option("--instrument", multiple=True, help="Such as brass_acoustic_006.")
@click.option("--velocity", multiple=True, type=int, help="25, 50, 75, 100, 127.")
@click.option("--lowest", type=click.IntRange(0, 127), default=0, help="MIDI note.")
@click.option("--highest", type=click.IntRange(0, 127), default=127, help="MIDI note.")
@one_line_errors
def nsynth(
    nsynth_folder: Path,
    resample: bool,
    family: tuple[str, ...],
    source: tuple[str, ...],
    instrument: tuple[str, ...],
    velocity: tuple[int, ...],
    lowest: int,
    highest: int,
    **how: Any,
) -> None:
    """Take notes of NSynth from the folder NSYNTH (examples.json and audio/).

    \b
    The paper's set:
      smf-train dataset nsynth nsynth-train --family brass --family reed --source acoustic \\
                --lowest 64 --highest 76
    """
    from trainer.sources.nsynth import Nsynth, NsynthConfig

    config = NsynthConfig(
        nsynth_folder, family, source, instrument, velocity, lowest, highest, resample
    )
    _build(Nsynth(config), **how)


@dataset.command()
@shared
@click.option("--soundfont", type=PATH, help="A General MIDI SoundFont. [default: FluidR3]")
@click.option("--takes", type=click.IntRange(1), help="Per brass key. [default: 16; reed 10]")
@click.option("--lowest", type=click.IntRange(24, 96), help="MIDI note. [default: 56]")
@click.option("--highest", type=click.IntRange(24, 96), help="MIDI note. [default: 76]")
@click.option("--seed", type=int, help="[default: 1]")
@one_line_errors
def trumpinet(
    soundfont: Path | None,
    takes: int | None,
    lowest: int | None,
    highest: int | None,
    seed: int | None,
    **how: Any,
) -> None:
    """Render reed and brass: 13 instruments, many takes of each key.

    Class is the family, reed or brass. Each clip is checked by YIN; what is out of tune or not
    steady is drawn again, then left out. Needs libfluidsynth and a SoundFont.
    """
    from trainer.sources.trumpinet import Trumpinet, TrumpinetConfig

    given = {"soundfont": soundfont, "lowest": lowest, "highest": highest, "seed": seed}
    if takes:
        given |= {"brass_takes": takes, "reed_takes": max(1, round(takes * 10 / 16))}
    _build(Trumpinet(replace(TrumpinetConfig(), **_given(given))), **how)


@dataset.command()
@shared
@click.option("--clips", type=click.IntRange(1), help="Of each synthesizer. [default: 500]")
@click.option("--synth", multiple=True, help="Only this one; may be given again.")
@click.option("--seed", type=int, help="[default: 1]")
@one_line_errors
def textures(clips: int | None, synth: tuple[str, ...], seed: int | None, **how: Any) -> None:
    """Synthesise noises: wind, rain, fire, bubbles, clicks and others.

    Class is the synthesizer; its controls, drawn at random, are columns of metadata.csv. Each clip
    is measured; what is pitched or uneven is drawn again.
    """
    from trainer.sources.textures import Textures, TexturesConfig

    given = {"clips": clips, "synths": synth or None, "seed": seed}
    _build(Textures(replace(TexturesConfig(), **_given(given))), **how)


@dataset.command()
@click.argument("data", type=PATH, default=RUNS / "dataset")
@click.option("--clips", type=click.IntRange(1), default=80, show_default=True, help="Shown.")
@one_line_errors
def sheet(data: Path, clips: int) -> None:
    """Write DATA/dataset.html: any dataset to see and hear. [default: runs/dataset]"""
    from trainer.sources.sheet import SheetConfig, write

    click.echo(write(data, SheetConfig(clips=clips)))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _build(source: Any, *, out: Path, held_out: float, processes: int, no_sheet: bool) -> None:
    """Build with a progress bar, and tell what came of it."""
    from trainer.sources.build import BuildConfig, build, summary

    with tqdm(unit="take", desc="dataset", delay=DELAY_S) as bar:
        for state in build(source, out, BuildConfig(held_out, processes)):
            if bar.total is None:
                bar.total, bar.initial = state.total, state.done  # resumed: the rate is of now
            bar.update(state.done - bar.n)
            bar.set_postfix_str(f"{state.skipped} skipped", refresh=False)
    click.echo(f"{out}: " + "\n".join(summary(out).lines()))
    if not no_sheet:
        from trainer.sources.sheet import write

        click.echo(f"to see and hear it: {write(out)}")
