"""From a checkpoint to the sound-model file and its golden vectors.

The embedding has no activation, so it folds into the first GRU layer and costs nothing when played:
W_ih (W_e x + b_e) + b_ih = (W_ih W_e) x + (W_ih b_e + b_ih), computed in float64.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smfosc.model_file import (
    GruLayer,
    GruWeights,
    ModelFileError,
    ModelInfo,
    Parameter,
    mulaw_decode,
    mulaw_encode,
    write_model,
)
from trainer.checkpoint import Checkpoint, averaged_network, load
from trainer.clips import Clips, normalise
from trainer.errors import TrainerError
from trainer.files import replacing
from trainer.freerun import play
from trainer.loudness import lufs
from trainer.machine import machine
from trainer.network import SampleRnn

GOLDEN_FRAMES = 64
# With 8 clips the noise of the mean is as large as the 0.002 nats that rounding may cost.
HELD_CLIPS, HELD_FRAMES, HELD_BURN_IN = 32, 1024, 32


@dataclass(frozen=True)
class ExportConfig:
    """What the file says about itself."""

    name: str = ""  # the recipe's, or the file's
    licence: str = "LicenseRef-unknown"  # SPDX; of the model, as its data allow
    authors: tuple[str, ...] = ()  # who made the model
    description: str = ""  # for musicians, a sentence or two
    data: str = ""  # what it was trained on, for the provenance
    data_licence: str = ""  # and on which terms
    note: str = ""  # whatever else belongs to the provenance
    checkpoint: str = "best.pt"  # the one that played best; or latest.pt
    samplerate: int = 16_000  # Hz, the clips'
    # what the odds are narrowed by for good, so that a voice's temperature of 1 plays so: a tone is
    # drawn as widely as the network errs, and what it draws comes out as hiss between the partials
    temperature: float = 1.0
    loudness_s: float = 3.0  # how long the default note is listened to for its loudness


def export(
    checkpoint: Path,
    out: Path,
    held_out: Clips,
    config: ExportConfig,
    run: dict[str, Any] | None = None,
) -> None:
    """Write `out` (.onnx) and its golden vectors beside it (.golden.npz).

    The parameters are the data's. run: what a recipe's stages tell, for the provenance.
    """
    held = load(checkpoint)
    _require_parameters(checkpoint, held, held_out.ranges)
    network = narrowed(averaged_network(held), config.temperature)
    loudness_lufs = round(_loudness(network, held_out.ranges, config), 1)
    network = network.double()
    info = ModelInfo(
        name=config.name or out.stem,
        samplerate=config.samplerate,
        levels=held.shape["levels"],
        parameters=held_out.ranges,
        loudness_lufs=loudness_lufs,
        licence=config.licence,
        authors=config.authors,
        description=config.description,
        provenance=_provenance(held, config) | ({"run": run} if run else {}),
    )
    try:
        write_model(out, info, folded_weights(network))
    except ModelFileError as error:
        raise TrainerError(f"export: {error}") from error
    write_golden(golden_path(out), network, held_out)


@torch.no_grad()
def narrowed(network: SampleRnn, temperature: float) -> SampleRnn:
    """The network with its logits divided by `temperature`, in place. Raises TrainerError.

    `trainer.model_weights` takes it back, so that a training goes on from the odds it had learnt.
    """
    if not 0 < temperature <= 1:
        raise TrainerError(f"export: temperature {temperature:g}: wanted above 0, 1 at most")
    for weights in network.head.parameters():
        weights.div_(temperature)
    return network


def _require_parameters(path: Path, held: Checkpoint, ranges: tuple[Parameter, ...]) -> None:
    """Refuse data other than those that the checkpoint was trained on, as far as it can tell."""
    trained = [Parameter(**each) for each in held.ranges] or list(ranges)
    if held.shape["parameters"] != len(ranges) or trained != list(ranges):
        names = " ".join(p.name for p in trained) if held.ranges else held.shape["parameters"]
        raise TrainerError(
            f"export: {path}: trained on other parameters ({names}) than the data's "
            f"({' '.join(p.name for p in ranges)}); give --data the folder it was trained on"
        )


def golden_path(model: Path) -> Path:
    """Where a model's golden vectors lie: beside it."""
    return model.with_suffix(".golden.npz")


def folded_weights(network: SampleRnn) -> GruWeights:
    """Weights for the model file, float32, the embedding folded at the network's own precision."""
    layers = [
        GruLayer(*(_array(w) for w in network.layer_weights(k)))
        for k in range(network.config.layers)
    ]
    return GruWeights(tuple(layers), _array(network.head.weight), _array(network.head.bias))


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().numpy().astype(np.float32)


def _loudness(network: SampleRnn, ranges: tuple[Parameter, ...], config: ExportConfig) -> float:
    """LUFS of a free run at the default parameters; silence counts as the gate's -70."""
    defaults = normalise(np.array([p.default for p in ranges]), ranges)
    frames = round(config.loudness_s * config.samplerate)
    samples = play(network, np.broadcast_to(defaults, (frames, 1, len(defaults))).copy())
    return max(lufs(samples[:, 0], config.samplerate), -70.0)


def _provenance(held: Checkpoint, config: ExportConfig) -> dict[str, Any]:
    """How the model came about: JSON values only."""
    return {
        "trainer": "smf-train rnn",
        "data": config.data,
        "data_licence": config.data_licence,
        "steps": held.step,
        "training_hours": round(held.seconds / 3600, 2),
        "machine": machine(),
        "config": held.config,
        "torch": torch.__version__,
        "note": config.note,
    } | ({} if config.temperature == 1 else {"temperature": config.temperature})


def write_golden(path: Path, network: SampleRnn, held_out: Clips) -> None:
    """What a player must compute, from torch in float64 with the embedding unfolded.

    codes (T,): the code heard at each step; parameters (T, P) in 0..1; logits (T, Q) float32.
    held_codes (N, T + 1), held_parameters (N, P): real sound never trained on; held_loss: its
    teacher-forced loss, nats per sample after 32 samples.
    """
    levels = network.config.levels
    codes, parameters = _golden_input(network.config.parameters, levels)
    inputs = torch.from_numpy(_inputs(codes[:, None], parameters[:, None], levels))
    held = held_out.codes[:: max(1, len(held_out) // HELD_CLIPS)][:HELD_CLIPS, : HELD_FRAMES + 1]
    held_parameters = held_out.parameters[:: max(1, len(held_out) // HELD_CLIPS)][:HELD_CLIPS]
    with replacing(path) as part:
        np.savez_compressed(
            part,
            codes=codes,
            parameters=parameters,
            logits=unfolded_logits(network, inputs)[:, 0].numpy().astype(np.float32),
            held_codes=held,
            held_parameters=held_parameters,
            held_loss=teacher_forced_loss(network, held, held_parameters),
        )


def _golden_input(count: int, levels: int) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """A short tone with noise, from silence, while every parameter moves its own way."""
    time = np.arange(GOLDEN_FRAMES)
    rng = np.random.default_rng(0)
    tone = 0.5 * np.sin(2 * np.pi * time / 24) + 0.1 * rng.standard_normal(GOLDEN_FRAMES)
    tone[0] = 0.0
    phase = time[:, None] / GOLDEN_FRAMES + np.arange(count) / count
    return mulaw_encode(tone, levels), (0.5 + 0.5 * np.sin(2 * np.pi * phase)).astype(np.float32)


def _inputs(
    codes: NDArray[np.integer], parameters: NDArray[np.float32], levels: int
) -> NDArray[np.float64]:
    """(T, B, 1 + P) float64 from codes (T, B) and parameters (T, B, P)."""
    heard = mulaw_decode(codes, levels)[..., None]
    return np.concatenate([heard, parameters], axis=-1).astype(np.float64)


@torch.inference_mode()
def unfolded_logits(network: SampleRnn, inputs: Tensor) -> Tensor:
    """Logits (T, B, Q) through torch's own modules, nothing folded: the oracle."""
    logits: Tensor = network.head(network.gru(network.embedding(inputs))[0])
    return logits


def teacher_forced_loss(
    network: SampleRnn, codes: NDArray[np.integer], parameters: NDArray[np.float32]
) -> float:
    """Mean nats per sample of clips codes (N, T + 1), parameters (N, P), after the burn-in."""
    moving = np.broadcast_to(parameters, (codes.shape[1] - 1, *parameters.shape))
    inputs = _inputs(codes[:, :-1].T, moving, network.config.levels)
    logits = unfolded_logits(network, torch.from_numpy(inputs))[HELD_BURN_IN:]
    targets = torch.from_numpy(codes[:, 1:].T.astype(np.int64))[HELD_BURN_IN:]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()).item()
