"""Plays models of any graph by onnxruntime, behind the engine's own interface.

    unrolled   the graph of one sample -> one graph of T samples for B voices, draws included
    session    onnxruntime: providers, threads, I/O binding
    renderer   the thread that makes the samples of all voices of a model, ahead of time
    loading    a model file -> what a voice needs

onnxruntime is imported when the first such model is loaded, and never without one.
"""

from smfosc.onnx_engine.loading import LEAD_S, load

__all__ = ["LEAD_S", "load"]
