"""Write docs/results.md from the figures in docs/results, and models/README.md from the models.

    python docs/write_results.py [--take RUN ...] [--card MODEL.json ...]

docs/results/NAME.json are the ablations' (bench/ablations write them), docs/results/model-NAME.json
what --take copied of a run's evaluation.json, its curves left out, with the hours of its stages, or
--card of what `smf-train evaluate MODEL` wrote. What is not there is "not yet measured". A model
that has figures of a run gets its card models/NAME.md, too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from result_claims import CLAIMS, Claim  # noqa: E402
from result_clauses import CLAUSES, MISSING, Clause, derived, value_at  # noqa: E402

from smfosc.model_file import ModelInfo, Parameter, read_info, read_model  # noqa: E402
from trainer.files import write_json, write_text  # noqa: E402

ROOT = Path(__file__).parents[1]
RESULTS, PAGE, MODELS = ROOT / "docs" / "results", ROOT / "docs" / "results.md", ROOT / "models"
SOUNDS = ROOT / "docs" / "sounds"  # docs/write_renders.py
MARK = "<!-- written by docs/write_results.py, do not edit -->\n"
MOST_MB = 40  # of models/, together
Results = dict[str, dict[str, Any]]


# --- figures --------------------------------------------------------------------------------


def take(run: Path, out: Path) -> Path:
    """A run's evaluation as docs/results/model-NAME.json."""
    whole = json.loads((run / "evaluate" / "evaluation.json").read_text())
    paths = sorted(run.glob("*/stage.json"))
    records = {path.parent.name: json.loads(path.read_text()) for path in paths}
    hours = {  # gan.1 and the like were put aside
        name: round(record["seconds"] / 3600, 2)
        for name, record in records.items()
        if name == record["stage"]
    }
    measures = {name: without_curves(found) for name, found in whole["measures"].items()}
    measures |= {"derived": derived(measures), "hours": hours}
    return _kept(out, Path(whole["model"]).stem, measures)


def _kept(out: Path, name: str, measures: dict[str, Any]) -> Path:
    """model-NAME.json with these measures over those that it held."""
    path = out / f"model-{name}.json"
    held = json.loads(path.read_text())["measures"] if path.is_file() else {}
    write_json(path, {"name": name, "model": f"{name}.onnx", "measures": held | measures})
    return path


def without_curves(found: Any) -> Any:
    """Lists are for pictures, and for places one by one."""
    if not isinstance(found, Mapping):
        return found
    plain = {k: v for k, v in found.items() if not isinstance(v, list) and k != "levels"}
    return {key: without_curves(value) for key, value in plain.items() if key != "picture"}


def take_card(path: Path, out: Path) -> Path:
    """The summary of `smf-train evaluate MODEL` as docs/results/model-NAME.json."""
    summary = json.loads(path.read_text())["summary"]
    return _kept(out, path.stem, {"card": summary})


def read_results(folder: Path) -> Results:
    """All of docs/results by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


# --- docs/results.md ------------------------------------------------------------------------


def page(results: Results) -> str:
    """docs/results.md."""
    parts = [
        "# What the paper claims, and what was measured here",
        MARK,
        "The paper: Wyse, Kamath, Gupta, *Sound Model Factory* (EvoMUSART 2022). Every figure was "
        "measured by the command beside it; the files are in docs/results.",
        claims_table(results),
        "## Models against what was asked of them",
        *models_parts(results),
        "## Ablations",
        *ablation_parts(results),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def claims_table(results: Results) -> str:
    """Claim, paper, ours, command, what did not hold."""
    lines = [
        "| claim | paper | here | command | not the same, or did not hold |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(claim_row(claim, results) for claim in CLAIMS)])


def claim_row(claim: Claim, results: Results) -> str:
    """One line."""
    held = results.get(claim.result)
    ours = MISSING if held is None else told(claim, held)
    command = claim.command if held is None else held.get("command", claim.command)
    return f"| {claim.claim} | {claim.paper} | {ours} | `{command}` | {claim.caveat} |"


def told(claim: Claim, held: Mapping[str, Any]) -> str:
    """Our figures; a result of other rows than the claim's tells nothing."""
    try:
        said = claim.tell(held)
    except KeyError:
        return MISSING
    return MISSING if MISSING in said else said


def models_parts(results: Results) -> list[str]:
    """A table for every model that a run measured."""
    found = [held for name, held in results.items() if name.startswith("model-")]
    measured = [held for held in found if set(held["measures"]) != {"card"}]
    if not measured:
        return [f"No model of a GAN's grid: {MISSING}."]
    return [part for held in measured for part in (f"### {held['name']}", clauses_table(held))]


def clauses_table(held: Mapping[str, Any]) -> str:
    """Clause, goal, figure, whether it is met."""
    lines = ["| | goal | measured | met |", "|---|---|---|---|"]
    return "\n".join([*lines, *(clause_row(clause, held["measures"]) for clause in CLAUSES)])


def clause_row(clause: Clause, measures: Mapping[str, Any]) -> str:
    """One line."""
    value = value_at(measures, clause.path)
    if value is None:
        why = measures.get(clause.path.split("/")[0], {}).get("absent", MISSING)
        return f"| {clause.about} | {clause.goal} | {why} | |"
    met = "" if clause.meets is None else ("yes" if clause.meets(value) else "**no**")
    return f"| {clause.about} | {clause.goal} | {value:g} | {met} |"


def ablation_parts(results: Results) -> list[str]:
    """Their tables as they were printed."""
    parts = []
    for name, held in results.items():
        if "rows" in held:
            parts += [
                f"### {name}",
                f"`{held['command']}` ({held['machine']})",
                rows_table(held["rows"]),
            ]
    return parts or [f"None {MISSING}."]


def rows_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown."""
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        cells = (row.get(c, "-") for c in columns)
        lines.append(f"| {name} | " + " | ".join(_short(c) for c in cells) + " |")
    return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# --- models/README.md and the cards ---------------------------------------------------------


def models_page(folder: Path) -> str:
    """models/README.md: one line for each model, then what each was made from."""
    paths = sorted(folder.glob("*.onnx"))
    whole = sum(path.stat().st_size for path in paths)
    lines = [
        "| model | parameters | network | size | licence | card |",
        "|---|---|---|---|---|---|",
    ]
    lines += [model_row(path) for path in paths]
    parts = [
        "# Sound models",
        MARK,
        "Each model is one `.onnx` file (docs/model-format.md), with a card beside it: what it was "
        "made from, how, and how it plays. `smfosc models` lists what the daemon finds, "
        "`smfosc info NAME` what a file says. `NAME.golden.npz` holds what a player must compute, "
        "from torch in float64 (fields: `trainer/export.py`). To make a model of your own: "
        "docs/tutorial.md, docs/training.md.",
        "\n".join(lines),
        f"Together {whole / 1e6:.1f} MB.",
        "## What they were made from",
        *(f"### {path.stem}\n\n{provenance(read_info(path))}" for path in paths),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def model_row(path: Path) -> str:
    """One model's line."""
    info, layers = read_info(path), read_model(path).weights.layers
    ranges = ", ".join(_range(parameter) for parameter in info.parameters)
    card = f"[{path.stem}.md]({path.stem}.md)"
    network = f"{len(layers)} x GRU({layers[0].w_hh.shape[1]})"
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    return f"| {path.stem} | {ranges} | {network} | {size} | {info.licence} | {card} |"


def _range(parameter: Parameter) -> str:
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return f"{parameter.name} {parameter.minimum:g}-{parameter.maximum:g}{unit}"


def provenance(info: ModelInfo) -> str:
    """Data, licences, recipe, hours, machine, seeds: as the file tells them."""
    held = info.provenance
    stages = held.get("run", {}).get("stages", {})
    told_lines = {
        "sound": info.description,
        "data": f"{held.get('data', '')} ({held.get('data_licence', '')})",
        "licence": f"{info.licence}; {', '.join(info.authors)}",
        "recipe": f"{_recipe(held)}; {held.get('steps', '?')} steps of the RNN",
        "hours": _hours(held, stages),
        "machine": held.get("machine", "not told by this file"),
        "seeds": _seeds(held, stages),
        "odds": _odds(held),
        "note": held.get("note", ""),
    }
    return "\n".join(f"- **{name}**: {text}" for name, text in told_lines.items() if text)


def _recipe(held: Mapping[str, Any]) -> str:
    digest = held.get("run", {}).get("recipe")
    return f"sha256 {digest[:12]} of its recipe.toml" if digest else "single commands"


def _hours(held: Mapping[str, Any], stages: Mapping[str, Any]) -> str:
    if not stages:
        return f"{held.get('training_hours', '?')} (the last training)"
    return ", ".join(f"{name} {stage['hours']:g}" for name, stage in stages.items())


def _seeds(held: Mapping[str, Any], stages: Mapping[str, Any]) -> str:
    seeds = {
        name: stage["config"]["seed"]
        for name, stage in stages.items()
        if "seed" in stage.get("config", {})
    } or {"rnn": held.get("config", {}).get("seed", "?")}
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def _odds(held: Mapping[str, Any]) -> str:
    temperature = held.get("temperature")
    return f"narrowed by a temperature of {temperature:g}" if temperature else ""


def card(path: Path, held: Mapping[str, Any]) -> str:
    """models/NAME.md of a model that a run has measured."""
    info = read_info(path)
    parameters = "\n".join(
        f"- `{p.name}`: {p.minimum:g} to {p.maximum:g} {p.unit}".rstrip() + f". {p.description}"
        for p in info.parameters
    )
    parts = [f"# {path.stem}", MARK, info.description, parameters, heard(path.stem, SOUNDS)]
    parts += ["## Made from", provenance(info)]
    parts += [
        "## Measured",
        "By `smf-train evaluate`, on what `smfosc render` plays.",
        clauses_table(held),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def heard(name: str, sounds: Path) -> str:
    """Ten seconds of it, where docs/write_renders.py has made them."""
    if not (sounds / f"{name}.ogg").is_file():
        return ""
    return f"[Ten seconds of it](../docs/sounds/{name}.ogg):\n\n![](../docs/sounds/{name}.png)"


def main() -> None:
    """Take what is asked for, then write all pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--take", type=Path, action="append", default=[], metavar="RUN")
    parser.add_argument("--card", type=Path, action="append", default=[], metavar="MODEL.json")
    options = parser.parse_args()
    for run in options.take:
        print(take(run, RESULTS))
    for path in options.card:
        print(take_card(path, RESULTS))
    results = read_results(RESULTS)
    write_text(PAGE, page(results))
    write_text(MODELS / "README.md", models_page(MODELS))
    for path in sorted(MODELS.glob("*.onnx")):
        held = results.get(f"model-{path.stem}")
        if held is not None and set(held["measures"]) != {"card"}:
            write_text(path.with_suffix(".md"), card(path, held))
    size = sum(path.stat().st_size for path in MODELS.iterdir())
    if size > MOST_MB * 1e6:
        sys.exit(f"Error: models: {size / 1e6:.0f} MB, wanted {MOST_MB} MB at most; leave one out")


if __name__ == "__main__":
    main()
