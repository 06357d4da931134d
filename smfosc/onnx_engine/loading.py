"""A model file, made ready to be played by onnxruntime. Loader thread: takes 0.1 to 1 s."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

from smfosc import _core
from smfosc.admission import WIDTHS
from smfosc.model_file import ModelFileError, ModelInfo, read_graph
from smfosc.onnx_engine.renderer import Renderer
from smfosc.onnx_engine.session import Session, probe, timed
from smfosc.voices import LoadedModel

# A chunk is taken when it is told, made in less than its own length, and needed when `lead` is
# over: 2 chunks, and the audio thread's longest block (1,024 frames at 48 kHz: 21 ms). The rest
# is what a thread of normal priority may be late.
CHUNK_S = 0.008
LEAD_S = 0.064


def load(
    path: Path, device: str = "cpu", called: Callable[[ModelInfo], ModelInfo] = lambda info: info
) -> LoadedModel:
    """The model in `path`, on `device`: cpu or cuda. Parameters act LEAD_S later than natively.

    called: gives the info its name here. What is returned must be kept for as long as voices
    are to be made of it.

    Raises ModelFileError: also when onnxruntime is not installed or cannot run the graph.
    """
    sound = read_graph(path)
    try:
        session = Session(sound, device)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error.__cause__
    probe(path, session)
    info = sound.info
    chunk = round(CHUNK_S * info.samplerate)
    kernel = _core.AheadKernel(
        parameters=len(info.parameters),
        levels=info.levels,
        lead=round(LEAD_S / CHUNK_S) * chunk,
        chunk=chunk,
    )
    model = LoadedModel(called(info), kernel, tuple(timed(session, chunk, WIDTHS)))
    renderer = Renderer(session, kernel, info.name)
    weakref.finalize(model, renderer.retire).atexit = False  # voices may outlive it
    return model
