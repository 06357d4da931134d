"""Audio backends: JACK, PortAudio, a WAV file paced by the clock, and nothing.

The libraries of JACK and PortAudio are looked for when their backend is opened,
so that machines without them can do everything else.
"""

from __future__ import annotations

from collections.abc import Callable

from smfosc.audio.backend import AudioError, AudioSettings, Backend, BlockCount

__all__ = ["KINDS", "AudioError", "AudioSettings", "Backend", "BlockCount", "open_backend"]


def _jack(settings: AudioSettings) -> Backend:
    from smfosc.audio.jack import JackBackend

    return JackBackend(settings)


def _portaudio(settings: AudioSettings) -> Backend:
    from smfosc.audio.portaudio import PortAudioBackend

    return PortAudioBackend(settings)


def _file(settings: AudioSettings) -> Backend:
    from smfosc.audio.file import FileBackend

    return FileBackend(settings)


def _null(settings: AudioSettings) -> Backend:
    from smfosc.audio.file import NullBackend

    return NullBackend(settings)


KINDS: dict[str, Callable[[AudioSettings], Backend]] = {
    "jack": _jack,
    "portaudio": _portaudio,
    "file": _file,
    "null": _null,
}
AUTOMATIC = ("jack", "portaudio")  # never silently null


def open_backend(settings: AudioSettings) -> Backend:
    """Open what was asked for, or the first sound system that answers.

    Raises AudioError saying what was tried, why each failed and what to do.
    """
    if settings.kind is not None:
        return _open_named(settings.kind, settings)
    failures = []
    for kind in AUTOMATIC:
        try:
            return KINDS[kind](settings)
        except AudioError as error:
            failures.append(f"  {kind}: {error}")
    tried = "\n".join(failures)
    raise AudioError(
        f"no sound system could be opened; tried\n{tried}\n"
        "Start one of them, or play without: --audio file --out X.wav, or --audio null."
    )


def _open_named(kind: str, settings: AudioSettings) -> Backend:
    if kind not in KINDS:
        raise AudioError(f"audio backend {kind!r} does not exist; there are {', '.join(KINDS)}")
    try:
        return KINDS[kind](settings)
    except AudioError as error:
        raise AudioError(f"{kind}: {error}") from None
