"""The measured part of a model's card, as Markdown."""

from trainer.evaluate import Report, Steady


def card(report: Report) -> str:
    """Tables of pitch, response and drift, worst over the seeds."""
    parts = [_headline(report), _pitch_table(report.steady), _responses(report), _drifts(report)]
    return "\n\n".join(part for part in parts if part)


def _headline(report: Report) -> str:
    config, summary = report.config, report.summary()
    return (
        f"Worst of {len(config.seeds)} seeds x {config.seconds:g} s per note, YIN every 50 ms, "
        f"{summary['notes']} notes: within {summary['worst_cents_ends']:.1f} cents (median) at the "
        f"whole semitones of both instruments, {summary['worst_cents_between']:.1f} elsewhere; "
        f"at least {100 * summary['worst_in_tune']:.1f} % of frames within 50 cents."
    )


def _pitch_table(steady: list[Steady]) -> str:
    """Pitch down, timbre across: median cents, and the share in tune where it is not whole."""
    timbres = sorted({note.timbre for note in steady})
    held = {(note.pitch, note.timbre): note for note in steady}
    lines = [
        "| pitch | " + " | ".join(f"timbre {t:g}" for t in timbres) + " |",
        "|---" * (len(timbres) + 1) + "|",
    ]
    for pitch in sorted({note.pitch for note in steady}):
        cells = [_cell(held[pitch, timbre]) for timbre in timbres]
        lines.append(f"| {pitch:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(note: Steady) -> str:
    share = "" if note.in_tune >= 0.9995 else f" ({100 * note.in_tune:.1f} %)"
    return f"{note.cents:+.1f}{share}"


def _responses(report: Report) -> str:
    lines = ["| timbre | pitch steps | median PRT | worst | missed |", "|---|---|---|---|---|"]
    lines += [
        f"| {r.timbre:g} | {r.steps} | {r.median:.0f} samples | {r.worst:.0f} samples "
        f"| {r.missed} |"
        for r in report.response
    ]
    return "\n".join(lines) if report.response else ""


def _drifts(report: Report) -> str:
    lines = [
        f"| {report.config.drift_s:g} s at | level | pitch | frames in tune |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| pitch {d.pitch:g}, timbre {d.timbre:g} | {d.level_db:+.2f} dB "
        f"| {d.cents:+.1f} cents | {100 * d.in_tune:.1f} % |"
        for d in report.drift
    ]
    return "\n".join(lines) if report.drift else ""
