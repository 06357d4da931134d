"""`smfosc import`: scores from other files."""

from __future__ import annotations

from pathlib import Path

import click


def controllers_of(given: tuple[str, ...]) -> dict[int, str]:
    """`1=timbre` as {1: "timbre"}. Raises BadParameter."""
    from smfosc.names import why_not_parameter

    found = {}
    for text in given:
        number, _, parameter = text.partition("=")
        if not number.isdecimal() or int(number) > 127:
            raise click.BadParameter(
                f"{text!r}; wanted NUMBER=PARAM, e.g. 1=timbre", param_hint="--cc"
            )
        if reason := why_not_parameter(parameter):
            raise click.BadParameter(f"{text!r}: {reason}", param_hint="--cc")
        found[int(number)] = parameter
    return found


@click.command("import")
@click.argument("midi", type=click.Path(path_type=Path))
@click.option("--voice", default="v1", show_default=True, help="That is to play it.")
@click.option("--model", metavar="NAME", help="Let the score make that voice, of this model.")
@click.option("--channel", type=click.IntRange(1, 16), help="Where several have notes.")
@click.option("--track", type=click.IntRange(1), help="Only that one.")
@click.option("--transpose", default=0.0, help="Semitones, e.g. into the model's range.")
@click.option("--cc", "ccs", multiple=True, metavar="NUMBER=PARAM", help="1=timbre; repeatable.")
def import_midi(
    midi: Path,
    voice: str,
    model: str | None,
    channel: int | None,
    track: int | None,
    transpose: float,
    ccs: tuple[str, ...],
) -> None:
    """Print a Standard MIDI File as a score for one voice.

    \b
        smfosc import song.mid --channel 1 --transpose -12 > song.score
        smfosc play song.score

    Notes with their velocities, pitch bend and its range, the sustain pedal, the tempo map.
    A voice plays one note at a time: of a chord the newest.
    """
    from smfosc.midi_file import Choice, score_lines
    from smfosc.names import why_not_model, why_not_voice

    if reason := why_not_voice(voice) or (why_not_model(model) if model else None):
        raise click.UsageError(reason)
    choice = Choice(voice, channel, track, transpose, controllers_of(ccs), model)
    for line in score_lines(midi, choice):
        click.echo(line)
