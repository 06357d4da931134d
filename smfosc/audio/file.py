"""Playing without a sound system: the clock sets the pace, a WAV keeps the sound.

A native thread renders each block when it is due; a Python thread carries the
sound from a ring to the disk, so that a slow disk never delays the rendering.
"""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
import soundfile

from smfosc import _core
from smfosc.audio.backend import (
    DEFAULT_BLOCKSIZE,
    DEFAULT_SAMPLERATE,
    AudioError,
    AudioSettings,
    BlockCount,
    OnLoss,
    PlayableEngine,
)

RING_S = 20.0  # how long the disk may stall before sound is lost,
RING_BYTES = 32 << 20  # unless there are so many channels that it would take more than this
WAV_BYTES = 4_000_000_000  # a WAV counts its bytes in 32 bits
FORMATS = {".wav": "WAV", ".w64": "W64", ".rf64": "RF64"}  # the last two know no such limit
WRITE_EVERY_S = 0.05
WRITE_FRAMES = 16_384  # at most per write; 0.34 s at 48 kHz
JOIN_S = 30.0  # a disk that needs longer than this at the end is given up
SUBTYPES = {24: "PCM_24", 32: "FLOAT"}


class NullBackend:
    """Renders in step with the clock and keeps nothing."""

    on_loss = OnLoss.GO_ON  # nobody is to hear a gap because a disk is full
    ring_s = 0.0

    def __init__(self, settings: AudioSettings) -> None:
        self.settings = settings
        self.samplerate = settings.samplerate or DEFAULT_SAMPLERATE
        self.blocksize = settings.blocksize or DEFAULT_BLOCKSIZE
        self._pacer: _core.Pacer | None = None
        self._engine: PlayableEngine | None = None  # kept alive while it is called

    @property
    def description(self) -> str:
        """One line: what plays, where, at which rate."""
        return f"null (no sound), {self.samplerate} Hz, blocks of {self.blocksize}"

    @property
    def lost(self) -> str | None:
        """The clock does not fail."""
        return None

    def start(self, engine: PlayableEngine) -> None:
        """Begin to render, from now on, in step with the monotonic clock."""
        self._engine = engine
        self._pacer = _core.Pacer(
            engine.address,
            self.samplerate,
            self.blocksize,
            self.settings.channels,
            self._ring_frames(),
        )
        self._pacer.start()

    def poll(self) -> None:
        """Nothing to look after."""

    def stop(self) -> None:
        """Return after the last block."""
        if self._pacer is not None:
            self._pacer.stop()

    def _ring_frames(self) -> int:
        most = RING_BYTES // (4 * self.settings.channels)
        return min(int(self.ring_s * self.samplerate), most)

    def reopen(self) -> NullBackend:
        """The same again, not started."""
        return type(self)(self.settings)

    def count(self) -> BlockCount:
        """Blocks so far; an xrun is a slip of the clock by more than half a second."""
        pacer = self._pacer
        if pacer is None:
            return BlockCount(0, 0, self.blocksize, 0)
        return BlockCount(pacer.blocks, pacer.frames, self.blocksize, pacer.xruns)


class FileBackend(NullBackend):
    """Renders in step with the clock into a WAV."""

    ring_s = RING_S

    def __init__(self, settings: AudioSettings) -> None:
        super().__init__(settings)
        if settings.out is None:
            raise AudioError("no file to write; say --out X.wav")
        self._file = open_wav(settings, self.samplerate)
        self._writer: WavWriter | None = None

    @property
    def description(self) -> str:
        """One line: what plays, where, at which rate."""
        return f"file {self.settings.out}, {self.samplerate} Hz, blocks of {self.blocksize}"

    @property
    def lost(self) -> str | None:
        """Why the disk took no more; None while all is well."""
        if self._writer is not None and self._writer.error is not None:
            return f"{self.settings.out}: {self._writer.error}"
        return None

    @property
    def lost_frames(self) -> int:
        """Frames that are missing in the file because the disk was too slow."""
        return self._pacer.lost_frames if self._pacer is not None else 0

    def start(self, engine: PlayableEngine) -> None:
        """Begin to render and to write."""
        super().start(engine)
        assert self._pacer is not None
        self._writer = WavWriter(self._pacer, self._file)
        self._writer.start()

    def stop(self) -> None:
        """Return when all that was rendered is in the file and the file is closed."""
        super().stop()
        if self._writer is not None:
            self._writer.stop()
        with suppress(soundfile.SoundFileError, OSError):  # a full disk: `lost` has told it
            self._file.close()


class WavWriter(threading.Thread):
    """Carries sound from a Pacer's ring to a file until it is stopped."""

    def __init__(self, pacer: _core.Pacer, file: soundfile.SoundFile) -> None:
        super().__init__(name="smfosc-wav", daemon=True)
        self.error: str | None = None
        self._pacer = pacer
        self._file = file
        self._buffer = np.zeros((WRITE_FRAMES, file.channels), np.float32)
        self._done = threading.Event()
        frame_bytes = file.channels * (3 if file.subtype == "PCM_24" else 4)
        self._room = WAV_BYTES // frame_bytes if file.format == "WAV" else None  # frames

    def run(self) -> None:
        """Write what there is, twenty times per second."""
        try:
            while not self._done.wait(WRITE_EVERY_S):
                self._drain()
            self._drain()
        except (soundfile.SoundFileError, OSError) as error:
            self.error = str(error)

    def stop(self) -> None:
        """Write the rest and return. The pacer must have stopped."""
        self._done.set()
        self.join(JOIN_S)

    def _drain(self) -> None:
        while frames := self._pacer.read_into(self._buffer):
            self._file.write(self._buffer[:frames])
            if self._room is not None and self._file.frames > self._room:
                raise OSError("a WAV ends at 4 GB; record longer into a file named .w64")


def open_wav(settings: AudioSettings, samplerate: int) -> soundfile.SoundFile:
    """Open settings.out for writing. Raises AudioError naming the file."""
    assert settings.out is not None
    form = FORMATS.get(settings.out.suffix.lower(), "WAV")
    if settings.bits not in SUBTYPES:
        raise AudioError(f"bits {settings.bits}: a WAV is written with 24 or 32 (float)")
    try:
        return soundfile.SoundFile(
            settings.out, "w", samplerate, settings.channels, SUBTYPES[settings.bits], format=form
        )
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise AudioError(f"{settings.out}: cannot be written: {error}") from None
