"""onnxruntime's part: a model's unrolled graph, run for a batch of voices at a time.

Buffers are bound once per shape (I/O binding), so a run neither looks up names nor allocates;
with CUDA the states travel to the GPU and back once per run, not once per sample.

Shapes: T samples, B voices, P parameters, H a state's width.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smfosc.model_file import ModelFileError, SoundGraph
from smfosc.onnx_engine import unrolled

Floats = NDArray[np.float32]

# Voices in one run: on a core eight cost little more than one in small models, and more
# would let the others wait; a GPU is filled by far more (untried here).
WIDEST = {"cpu": 8, "cuda": 64}
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
BELOW_ONE = np.float32(1 - 2**-24)  # the largest float32 below 1


@dataclass(frozen=True, eq=False)
class Batch:
    """What a run needs, and what it leaves."""

    first: Floats  # (B, 1) the sample before
    states: list[Floats]  # (B, H) each
    params: Floats  # (T, B, P) 0..1
    temperature: Floats  # (T, B)
    uniform: NDArray[np.float64]  # (T, B)


class Session:
    """A model in onnxruntime. One thread at a time. device: cpu or cuda.

    Raises ModelFileError when onnxruntime or the device is not there, or refuses the graph.
    """

    def __init__(self, sound: SoundGraph, device: str = "cpu") -> None:
        self.states = sound.states
        self.parameters = len(sound.info.parameters)
        self._runtime = _runtime(device)
        self._device = device
        self._step = self._open(sound.graph.SerializeToString())
        self._unrolled = self._open(unrolled.unroll(sound).SerializeToString())
        fixed = sound.graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value
        self.widest = fixed or WIDEST[device]
        self._bound = lru_cache(maxsize=32)(self._bind)  # a few chunks, times the widths

    def silence(self, voices: int) -> tuple[Floats, list[Floats]]:
        """The sample before the first, and the states at the start: zeros."""
        first = np.zeros((voices, 1), np.float32)
        return first, [np.zeros((voices, state.width), np.float32) for state in self.states]

    def run(self, batch: Batch) -> tuple[Floats, Floats, list[Floats]]:
        """T samples of B voices: (T, B), the last of them (B, 1), and the states after them."""
        count, voices, _ = batch.params.shape
        binding, inputs, outputs = self._bound(count, voices)
        inputs[unrolled.FIRST][:] = batch.first
        for state, values in zip(self.states, batch.states, strict=True):
            inputs[unrolled.before(state.input)][:] = values
        inputs[unrolled.PARAMS][:] = batch.params
        inputs[unrolled.SLOPE][..., 0] = 1.0 / batch.temperature
        inputs[unrolled.UNIFORM][..., 0] = np.minimum(batch.uniform, BELOW_ONE)
        binding.synchronize_inputs()
        self._unrolled.run_with_iobinding(binding)
        binding.synchronize_outputs()
        states = [outputs[unrolled.after(state.input)].copy() for state in self.states]
        samples = outputs[unrolled.SAMPLES][..., 0].copy()
        return samples, outputs[unrolled.LAST].copy(), states

    def logits(self, samples: Floats, params: Floats) -> Floats:
        """Teacher-forced from silence: samples (T,), params (T, P) -> (T, Q). Slow; for tests."""
        _, states = self.silence(1)
        rows = []
        for sample, values in zip(samples, params, strict=True):
            given = {"sample": np.full((1, 1), sample, np.float32), "params": values[None]}
            given |= {s.input: value for s, value in zip(self.states, states, strict=True)}
            names = ["logits", *(state.output for state in self.states)]
            row, *states = self._step.run(names, given)
            rows.append(row[0])
        return np.array(rows)

    def _bind(self, count: int, voices: int) -> tuple[Any, dict[str, Floats], dict[str, Floats]]:
        """A binding for this shape, and the arrays that it reads and writes."""
        widths = {state.input: state.width for state in self.states}
        states = {unrolled.before(name): (voices, width) for name, width in widths.items()}
        ends = {unrolled.after(name): (voices, width) for name, width in widths.items()}
        row = (count, voices, 1)
        inputs = _arrays(
            {
                unrolled.FIRST: (voices, 1),
                unrolled.PARAMS: (count, voices, self.parameters),
                unrolled.SLOPE: row,
                unrolled.UNIFORM: row,
                **states,
            }
        )
        outputs = _arrays({unrolled.LAST: (voices, 1), unrolled.SAMPLES: row, **ends})
        binding = self._unrolled.io_binding()
        for bind, arrays in ((binding.bind_input, inputs), (binding.bind_output, outputs)):
            for name, array in arrays.items():
                bind(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        return binding, inputs, outputs

    def _open(self, data: bytes) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the cores are the voices'
        options.log_severity_level = 3  # errors; it warns of weights that it may drop
        try:
            return self._runtime.InferenceSession(
                data, options, providers=[PROVIDERS[self._device]]
            )
        except Exception as error:  # onnxruntime's own, of several modules
            raise ModelFileError(f"onnxruntime refuses the graph: {_line(error)}") from error


def _arrays(shapes: dict[str, tuple[int, ...]]) -> dict[str, Floats]:
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def _runtime(device: str) -> Any:
    """onnxruntime with a provider for the device. Raises ModelFileError."""
    try:
        import onnxruntime
    except ImportError:
        extra = "gpu" if device == "cuda" else "onnx"
        raise ModelFileError(
            f"this graph needs onnxruntime, which is not installed: pip install smfosc[{extra}]"
        ) from None
    if PROVIDERS[device] not in onnxruntime.get_available_providers():
        raise ModelFileError(
            f"onnxruntime has no {PROVIDERS[device]} here: pip install smfosc[gpu], or play it"
            ' with engine = "onnx"'
        )
    return onnxruntime


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def timed(session: Session, chunk: int, widths: Sequence[int], repeats: int = 3) -> Iterator[float]:
    """Seconds that one sample of so many voices takes, as the renderer makes them: by the chunk.

    The quickest of some runs: whatever disturbs makes them slower. A graph of fixed width runs
    as often as it must.
    """
    for width in widths:
        voices = min(width, session.widest)
        first, states = session.silence(voices)
        params = np.full((chunk, voices, session.parameters), 0.5, np.float32)
        halves = np.full((chunk, voices), 0.5)
        batch = Batch(first, states, params, np.ones((chunk, voices), np.float32), halves)
        session.run(batch)  # binds its buffers
        quickest = min(_seconds(session, batch) for _ in range(repeats))
        yield quickest / chunk * -(-width // voices)


def _seconds(session: Session, batch: Batch) -> float:
    start = time.perf_counter()
    session.run(batch)
    return time.perf_counter() - start


def probe(path: Path, session: Session) -> None:
    """Two samples of two voices (or one), so that a graph that cannot run is refused at once.

    Raises ModelFileError.
    """
    voices = min(2, session.widest)
    first, states = session.silence(voices)
    params = np.zeros((2, voices, session.parameters), np.float32)
    ones = np.ones((2, voices))
    try:
        samples, *_ = session.run(Batch(first, states, params, ones.astype("f4"), ones / 2))
    except Exception as error:  # onnxruntime's own, of several modules
        raise ModelFileError(f"{path}: graph: does not run: {_line(error)}") from error
    if not np.isfinite(samples).all():
        raise ModelFileError(f"{path}: graph: its samples are not finite; train or export again")
