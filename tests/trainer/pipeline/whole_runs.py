"""`smf-train run` as a process, and what a finished run holds, to compare two of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from smfosc.model_file import read_model

ROOT = Path(__file__).parents[3]
TOY = ROOT / "trainer" / "recipes" / "toy.toml"
STAGES = ("dataset", "gan", "latents", "mesh", "grid", "rnn", "export", "evaluate")
PATIENCE_S = 1200  # on a crowded machine; what a run costs is counted in CPU seconds
SMF_TRAIN = (sys.executable, "-c", "from trainer.cli import main; main()")


def start(recipe: Path, out: Path, *options: str) -> subprocess.Popen:
    """Begin a run."""
    words = [*SMF_TRAIN, "run", str(recipe), "--out", str(out), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, cwd=ROOT, env=_environment(), text=True, **pipes)


def finish(recipe: Path, out: Path, *options: str) -> str:
    """Run to the end; what it printed."""
    with start(recipe, out, *options) as process:
        try:
            printed, errors = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, errors[-3000:]
    return printed


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}


def record(out: Path, stage: str) -> dict:
    """A stage's stage.json, or {} before it has begun."""
    path = out / stage / "stage.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def content(out: Path) -> dict[str, object]:
    """What was made, without times, paths and the like: sounds, latents, weights, figures."""
    found: dict[str, object] = {
        str(path.relative_to(out)): path.read_bytes()
        for stage in ("dataset", "grid")
        for path in sorted((out / stage).rglob("*"))
        if path.suffix in (".wav", ".csv") or path.name == "parameters.json"
    }
    with np.load(out / "mesh" / "mesh.npz") as mesh:
        found["mesh"] = mesh["latents"].tobytes()
    corners = json.loads((out / "latents" / "corners.json").read_text())
    found["corners"] = [corner["latent"] for corner in corners["corners"]]
    weights = read_model(next((out / "export").glob("*.onnx"))).weights
    found["weights"] = [layer.w_hh.tobytes() for layer in weights.layers]
    found["head"] = weights.out_weight.tobytes()
    if (report := out / "evaluate" / "report.json").is_file():
        found["report"] = json.loads(report.read_text())
    return found
