"""The paper's figures redrawn from a run's own figures: PNG as bytes.

Only Figure 2 (the mesh) is the mesh stage's own picture; all others are drawn from evaluation.json.
"""

import io
from typing import Any

import numpy as np

INK, PALE, WARM = "#1d3557", "#b8c4d4", "#c8553d"
SAMPLERATE = 16_000


def draw(measures: dict[str, Any]) -> dict[str, list[tuple[str, bytes]]]:
    """Pictures (caption, PNG) by measure's name, of those that there are."""
    painters = {
        "response": _step,
        "pitch": _glide,
        "morph": _morph,
        "grid": _evenness,
        "agreement": _agreement,
        "stability": _levels,
        "ears": _ears,
    }
    return {
        name: paint(measures[name])
        for name, paint in painters.items()
        if name in measures and "absent" not in measures[name]
    }


def _figure(width: float = 8, height: float = 3, panels: int = 1) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    found = figure.subplots(1, panels, squeeze=False)[0]
    for panel in found:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, found


def _png(figure: Any) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=110)
    return held.getvalue()


def _step(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The waveform around a step of pitch: the paper's picture of an immediate response."""
    if "picture" not in found:
        return []
    held = found["picture"]
    samples = np.array(held["samples"])
    time = (np.arange(len(samples)) - len(samples) / 2) / SAMPLERATE * 1000
    figure, (panel,) = _figure()
    panel.plot(time, samples, color=INK, linewidth=0.9)
    panel.axvline(0, color=WARM, linewidth=1)
    panel.set_xlabel("ms from the step")
    caption = f"A step of pitch, {held['from']:g} to {held['to']:g}: the paper's Figure 3."
    return [(caption, _png(figure))]


def _glide(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Pitch asked and heard along a glide."""
    asked, heard = (np.array(found["glide"][name]) for name in ("asked", "heard"))
    figure, (above, below) = _figure(panels=2)
    above.plot(asked, color=PALE, linewidth=4, label="asked")
    above.plot(heard, ".", color=INK, markersize=4, label="heard")
    above.set_ylim(asked.min() - 3, asked.max() + 3)
    above.set_ylabel("MIDI note")
    above.legend(frameon=False)
    below.plot(100 * (heard - asked), ".", color=INK, markersize=4)
    below.set_ylim(-120, 120)
    below.axhspan(-50, 50, color=PALE, alpha=0.4)
    below.set_ylabel("cents off")
    for panel in (above, below):
        panel.set_xlabel("frame of 50 ms")
    return [("A glide over the whole range, asked and heard: the paper's Figure 3.", _png(figure))]


def _morph(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Band levels from end to end of each parameter."""
    pictures = []
    for name, levels in found["levels"].items():
        figure, (panel,) = _figure(6, 3)
        drawn = panel.imshow(
            np.array(levels).T, origin="lower", aspect="auto", cmap="magma", extent=(0, 1, 0, 8)
        )
        panel.set_xlabel(f"{name}, 0 to 1 of its range, the others half-way")
        panel.set_yticks([0, 8], ["0", "8 kHz"])
        panel.set_ylabel("mel-spaced bands")
        figure.colorbar(drawn, ax=panel, label="dB")
        caption = f"Morph along {name}, {len(levels)} stops: the paper's Figure 5."
        pictures.append((caption, _png(figure)))
    return pictures


def _evenness(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    rows = found["distances"]
    names = list(next(iter(rows.values())))
    figure, panels = _figure(10, 2.6, len(names))
    colours = [PALE if row.endswith("before") else INK for row in rows]
    for panel, name in zip(panels, names, strict=True):
        panel.barh(range(len(rows)), [figures[name] for figures in rows.values()], color=colours)
        panel.set_yticks(range(len(rows)), list(rows) if panel is panels[0] else [""] * len(rows))
        panel.invert_yaxis()
        panel.set_title(name.replace("_", " "), fontsize=10)
    return [("Evenness before (pale) and after (dark) the mesh was adapted.", _png(figure))]


def _agreement(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    if "same_class" not in found:
        return []
    figure, (panel, beside) = _figure(10, 3.2, 2)
    rows = found["same_class"]
    panel.barh(list(rows), [100 * value for value in rows.values()], color=[INK, PALE, PALE, PALE])
    panel.set_xlim(0, 100)
    panel.set_xlabel("pairs put into the same class, %")
    panel.invert_yaxis()
    across, up = (np.array(found["margins"][name]) for name in ("GAN", "RNN"))
    beside.axhspan(min(0.0, *up), 0, color=WARM, alpha=0.15, linewidth=0)
    beside.plot(across, up, ".", color=INK)
    beside.axline((0, 0), slope=1, color=PALE, zorder=0)
    beside.set_xlabel("margin of the GAN's class in its own sound (logits)")
    beside.set_ylabel("in the RNN's sound")
    doubt = "; the classifier itself is not to be trusted" if "caution" in found else ""
    caption = "The same class for both sounds of a pair, and how clearly; below 0: another class"
    return [(f"{caption}{doubt}.", _png(figure))]


def _levels(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    figure, (panel,) = _figure()
    for levels in found["level_db"]:
        panel.plot(np.arange(len(levels)) + 0.5, levels, linewidth=1)
    panel.set_xlabel("s")
    panel.set_ylabel("RMS, dB")
    return [("Level of the held sounds, second by second.", _png(figure))]


def _ears(found: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Table 1's twin as a picture: our share with its interval, the paper's beside it."""
    figure, (panel,) = _figure(6, 2.2)
    names = list(found["questions"])
    for place, name in enumerate(names):
        row = found["questions"][name]
        if row["adapted"] is not None:
            panel.plot([100 * row["low"], 100 * row["high"]], [place] * 2, color=INK)
            panel.plot(100 * row["adapted"], place, "o", color=INK)
        papers = [100 * value for key, value in row.items() if key.startswith("paper")]
        panel.plot(papers, [place] * len(papers), "x", color=WARM)
    panel.set_yticks(range(len(names)), names)
    panel.set_xlim(0, 100)
    panel.axvline(50, color=PALE)
    panel.set_xlabel("% for the adapted mesh; crosses: the paper's")
    return [("Listeners, with 95 % confidence: the paper's Table 1.", _png(figure))]
