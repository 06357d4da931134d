"""PortAudio: sounddevice opens the stream, a native callback plays on its thread.

sounddevice's `_StreamBase` takes a C function by address (python-rtmixer shows
the way); it and `_ffi` are private names that the pinned version has and
tests/test_portaudio.py watches.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from smfosc import _core
from smfosc.audio.backend import (
    DEFAULT_BLOCKSIZE,
    AudioError,
    AudioSettings,
    BlockCount,
    OnLoss,
    PlayableEngine,
    abandon,
    run_bounded,
)
from smfosc.audio.jack import jack_is_gone

CLOSE_S = 2.0  # closing a stream can hang when its JACK server is gone
STALL_S = 2.0  # no block for this long: the device is gone, though it may not say so

_lost: list[str] = []  # devices that went away while they played


class PortAudioBackend:
    """An output stream of PortAudio: ALSA, CoreAudio, WASAPI, ..."""

    def __init__(self, settings: AudioSettings) -> None:
        """Choose the device. Raises AudioError when there is none."""
        self._sounddevice = load_library()
        self.settings = settings
        self._device = find_device(self._sounddevice, settings.device)
        self.samplerate = self._playable_rate()
        self.blocksize = settings.blocksize or DEFAULT_BLOCKSIZE
        api = self._sounddevice.query_hostapis(self._device["hostapi"])["name"]
        self._api: str = api
        # PortAudio holds one JACK client for its life, which does not outlive the server.
        self.on_loss = OnLoss.END if "JACK" in api else OnLoss.REOPEN
        self._callback: _core.PortAudioCallback | None = None
        self._engine: PlayableEngine | None = None  # kept alive while it is called
        self._stream: Any = None
        self._blocks = 0
        self._moved_at = 0.0  # when a new block was last seen
        self._stalled = False

    @property
    def description(self) -> str:
        """One line: what plays, where, at which rate."""
        return (
            f"PortAudio, {self._device['name']} ({self._api}), {self.samplerate} Hz,"
            f" blocks of {self.count().blocksize}"
        )

    @property
    def lost(self) -> str | None:
        """Why no more blocks will come; None while all is well."""
        if self._stream is None:
            return None
        if self._stalled or not self._stream.active:
            ends = self.on_loss is OnLoss.END
            remedy = "; with --audio jack it would come back" if ends else ""
            return f"the device {self._device['name']} no longer asks for sound{remedy}"
        return None

    def start(self, engine: PlayableEngine) -> None:
        """Open the stream and let it call the engine. Raises AudioError."""
        self._engine = engine
        self._callback = _core.PortAudioCallback(engine.address, self.settings.channels)
        try:
            with _quiet_stderr():
                self._stream = open_stream(self._sounddevice, self, self._callback)
                self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise AudioError(f"{self._device['name']}: {error}") from None
        self._moved_at = time.monotonic()

    def poll(self) -> None:
        """See whether blocks still come."""
        if self._callback is None:
            return
        now = time.monotonic()
        if self._callback.blocks != self._blocks:
            self._blocks = self._callback.blocks
            self._moved_at = now
        self._stalled = now - self._moved_at > STALL_S

    def stop(self) -> None:
        """Return when the stream is closed, or given up: a dead server's hangs for ever."""
        lost = self.lost is not None
        stream, self._stream = self._stream, None
        if stream is None:
            return
        if not run_bounded(lambda: _close(stream), CLOSE_S) or lost:
            abandon(stream, self._callback, self._engine)
            _lost.append(self._device["name"])

    def reopen(self) -> PortAudioBackend:
        """The same device again, after PortAudio looked for devices anew. Raises AudioError."""
        try:
            look_again(self._sounddevice)
        except self._sounddevice.PortAudioError as error:
            raise AudioError(f"PortAudio cannot be started again: {error}") from None
        return PortAudioBackend(self.settings)

    def count(self) -> BlockCount:
        """Blocks and underflows so far."""
        callback = self._callback
        if callback is None or not callback.blocks:
            return BlockCount(0, 0, self.blocksize, 0)
        return BlockCount(callback.blocks, callback.frames, callback.blocksize, callback.xruns)

    def _playable_rate(self) -> int:
        """The rate that was asked for, else the device's own. Raises AudioError."""
        own = int(self._device["default_samplerate"])
        reasons = []
        for samplerate in dict.fromkeys((self.settings.samplerate or own, own)):
            try:
                self._check_format(samplerate)
            except (self._sounddevice.PortAudioError, ValueError) as error:
                reasons.append(f"at {samplerate} Hz: {error}")
            else:
                return samplerate
        channels = self.settings.channels
        raise AudioError(
            f"{self._device['name']} does not play {channels} channels {'; '.join(reasons)}"
        )

    def _check_format(self, samplerate: int) -> None:
        with _quiet_stderr():
            self._sounddevice.check_output_settings(
                self._device["index"],
                channels=self.settings.channels,
                dtype="float32",
                samplerate=samplerate,
            )


def load_library() -> ModuleType:
    """sounddevice's module. Raises AudioError when PortAudio's library is missing."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise AudioError(
            "libportaudio is not installed or does not start; install it"
            f" (Debian: apt-get install libportaudio2): {error}"
        ) from None
    atexit.unregister(sounddevice._exit_handler)
    atexit.unregister(_terminate)  # of an earlier call
    atexit.register(_terminate, sounddevice)
    module: ModuleType = sounddevice
    return module


def look_again(sounddevice: Any) -> None:
    """Let PortAudio list the devices anew, unless that could abort the process.

    With a JACK host API it could (see _terminate); devices of the other host APIs can be
    reopened without.
    """
    if not _has_jack(sounddevice):
        sounddevice._terminate()
        sounddevice._initialize()


def _terminate(sounddevice: Any) -> None:
    """End PortAudio at exit; without that its JACK thread may crash the ending process.

    But where the JACK server that it met has died, an assertion of pa_jack.c would abort
    the process: then it is left as it is.
    """
    if not _has_jack(sounddevice) or not (_lost or jack_is_gone()):
        sounddevice._exit_handler()


def _has_jack(sounddevice: Any) -> bool:
    return any("JACK" in api["name"] for api in sounddevice.query_hostapis())


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep PortAudio's own complaints off the terminal; they come as exceptions, too."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def find_device(sounddevice: Any, wanted: str | None) -> dict[str, Any]:
    """The output device of that name or number, or the default. Raises AudioError."""
    device = int(wanted) if wanted is not None and wanted.isdigit() else wanted
    try:
        found: dict[str, Any] = sounddevice.query_devices(device, kind="output")
    except (sounddevice.PortAudioError, ValueError) as error:
        names = [d["name"] for d in sounddevice.query_devices() if d["max_output_channels"]]
        there = f"there are: {', '.join(names)}" if names else "PortAudio finds no output device"
        asked = f"device {wanted!r}: {error}; " if wanted is not None else ""
        raise AudioError(f"{asked}{there}") from None
    return found


def _close(stream: Any) -> None:
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)


def open_stream(
    sounddevice: Any, backend: PortAudioBackend, callback: _core.PortAudioCallback
) -> Any:
    """An output stream, not started, that calls the native callback."""
    ffi = sounddevice._ffi
    return sounddevice._StreamBase(
        kind="output",
        samplerate=backend.samplerate,
        blocksize=backend.blocksize,
        device=backend._device["index"],
        channels=backend.settings.channels,
        dtype="float32",
        latency="low",
        callback=ffi.cast("PaStreamCallback *", callback.process),
        userdata=ffi.cast("void *", callback.context),
        wrap_callback=None,
    )
