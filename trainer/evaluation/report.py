"""evaluation.json as one page that needs nothing else: tables, pictures, and what is absent."""

import base64
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from trainer.evaluation.material import Material
from trainer.evaluation.pictures import draw

MESH_PICTURE = "mesh.png"


@dataclass(frozen=True)
class Section:
    """A measure's title and what it means, in a sentence."""

    title: str
    meaning: str


SECTIONS = {
    "inversion": Section(
        "Inversion",
        "Clips through the GAN's representation and back; interior frames, lower is nearer.",
    ),
    "pitch": Section("Pitch", "YIN every 50 ms, over all notes; in tune: within 50 cents."),
    "response": Section(
        "Parameter response time", "Samples at 16 kHz from a step to the sound that was asked for."
    ),
    "attack": Section(
        "Attacks",
        "A jump of the volume beside the recorded note with the same jump: to 20 dB below the "
        "note's level, from there to 3 dB below it, and back; centroid_rise: how many times higher "
        "the spectral centroid is behind the attack than in its first 25 ms.",
    ),
    "grid": Section(
        "Evenness of the grid",
        "Before and after adaptation. CV, detour - 1 and centredness are 0 when perfect.",
    ),
    "morph": Section("Morph", "The model's spectrum from end to end of each parameter, 21 stops."),
    "agreement": Section(
        "RNN beside GAN",
        "Pairs at the same parameters, even over the grid, and each beside itself: the GAN with "
        "other random phases, the RNN with other seeds.",
    ),
    "distribution": Section(
        "Distributions",
        "Sets of sounds in an embedding of our own: comparable within this page only.",
    ),
    "likelihood": Section("Likelihood", "Held-out clips, teacher-forced."),
    "stability": Section(
        "Free runs",
        "Held sounds: the last ten seconds against the first (a third each of shorter ones); "
        "repetition: greatest autocorrelation at 0.5 to 5 s, of the wave and of its envelope. "
        "The wave of a steady tone repeats by nature.",
    ),
    "loudness": Section(
        "Loudness over the space",
        "BS.1770 at the middle and at places all over the range; told: by the model file.",
    ),
    "precision": Section(
        "Precision", "The worst of eight places, the weights rounded as the daemon rounds them."
    ),
    "cost": Section("Cost", "smfosc bench on the machine that made this page."),
    "ears": Section(
        "Listeners", "Share of answers for the adapted mesh in the blind test: Table 1's twin."
    ),
}


@dataclass(frozen=True)
class Table:
    """Rows of text below a head."""

    head: list[str]
    rows: list[list[str]]


def page(whole: dict[str, Any], held: Material) -> str:
    """The report as HTML."""
    from jinja2 import Environment, StrictUndefined

    template = (files("trainer.evaluation") / "assets" / "report.html").read_text()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pictures = draw(whole["measures"])
    if held.mesh is not None and (picture := held.mesh.with_name(MESH_PICTURE)).is_file():
        caption = "Distances before, the adapted mesh, distances after: the paper's Figure 2."
        pictures.setdefault("grid", []).insert(0, (caption, picture.read_bytes()))
    sections = [
        {
            "name": name,
            "about": SECTIONS[name],
            "absent": found.get("absent"),
            "tables": [] if "absent" in found else tables(found),
            "pictures": [
                (caption, base64.b64encode(png).decode()) for caption, png in pictures.get(name, [])
            ],
        }
        for name, found in whole["measures"].items()
    ]
    return environment.from_string(template).render(
        model=whole["model"], parameters=whole["parameters"], sections=sections
    )


def tables(found: dict[str, Any]) -> list[Table]:
    """Plain values as one table; tables of tables, and lists of rows, as one each.

    Curves (lists of numbers) are for pictures.
    """
    plain = [[_words(key), _text(value)] for key, value in found.items() if _is_plain(value)]
    made = [Table([], plain)] if plain else []
    for key, value in found.items():
        if isinstance(value, dict) and "samples" not in value:
            made += _nested(_words(key), value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            made.append(_by_rows("", {str(k): row for k, row in enumerate(value, start=1)}))
    return made


def _nested(title: str, value: dict[str, Any]) -> list[Table]:
    if value and all(isinstance(each, dict) for each in value.values()):
        return [_by_rows(title, value)]
    rows = [[_words(key), _text(each)] for key, each in value.items() if _is_plain(each)]
    return [Table([title, ""], rows)] if rows else []


def _by_rows(title: str, value: dict[str, dict[str, Any]]) -> Table:
    columns = list(dict.fromkeys(key for row in value.values() for key in row))
    rows = [[name, *(_text(row.get(c, "")) for c in columns)] for name, row in value.items()]
    return Table([title, *map(_words, columns)], rows)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and value and not isinstance(value[0], str)
    )


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")
