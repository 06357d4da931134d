"""The native module (smfosc/native/bindings). Its types are checked where it is called, at run
time, by nanobind; the Python faces (engine.py, models.py, udp.py, audio/) carry the types."""

from typing import Any

def __getattr__(name: str) -> Any: ...
