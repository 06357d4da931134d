"""How bench/soak.py listens: one voice alone, at its model's defaults, for some seconds.

The sound comes through OSCQuery's /scope: pieces of 64 ms, some 15 a second, at 16 kHz. Pitch is
the median of YIN over the pieces, level the mean power of all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp
import click
import numpy as np
from soak_daemon import Daemon
from soak_messages import VoiceInfo

from smfosc import osc
from trainer.yin import yin

SETTLE_S = 0.4  # from a probe's values to its sound: ramps, attack, a model made ahead


@dataclass(frozen=True)
class Hearing:
    """One voice heard alone. pitch_hz: None where there is no pitch to be found."""

    at_s: float
    voice: str
    pitch_hz: float | None
    level_db: float


def hear(daemon: Daemon, voices: Sequence[VoiceInfo], seconds: float, at_s: float) -> list[Hearing]:
    """Every voice alone, one after another; then all gates are open again."""
    send_away(daemon, {voice.name for voice in voices})
    heard = []
    for voice in voices:
        for address, arguments in _alone(voices, voice):
            daemon.client.send(address, *arguments)
        daemon.synced()
        time.sleep(SETTLE_S)
        rate, pieces = asyncio.run(_scope(daemon.http_port, seconds))
        if not len(pieces):
            raise click.ClickException("nothing came of /scope")
        pitch = pitch_of(pieces, rate) if "pitch" in voice.parameters else None
        heard.append(Hearing(round(at_s, 1), voice.name, pitch, round(level_of(pieces), 3)))
    for voice in voices:
        daemon.client.send(f"/voice/{voice.name}/gate", 1)
    return heard


def send_away(daemon: Daemon, staying: set[str]) -> None:
    """Free every other voice, those too whose coming or going was still to come.

    A `/voice/free` that overtakes a time-tagged `/voice/new`, or that /clearSched drops, leaves a
    voice that would be heard beside the one that is listened to.
    """
    daemon.client.send("/clearSched")
    daemon.synced()
    while passing := set(daemon.voice_names()) - staying:
        for name in passing:
            daemon.client.send("/voice/free", name)
        daemon.synced()


def level_of(pieces: np.ndarray) -> float:
    """Mean power of pieces (N, T) in dB of full scale.

    A piece that was overwritten while it was read comes as silence; it is left out, unless
    there is little else.
    """
    sounding = pieces[pieces.any(axis=1)]
    heard = sounding if 2 * len(sounding) > len(pieces) else pieces
    return float(10 * np.log10(max(float(np.mean(heard**2)), 1e-12)))


def pitch_of(pieces: np.ndarray, rate: float) -> float | None:
    """Median of the pieces' pitches in Hz."""
    found = yin(pieces, rate)
    return float(np.nanmedian(found)) if np.isfinite(found).any() else None


def _alone(
    voices: Sequence[VoiceInfo], heard: VoiceInfo
) -> Iterator[tuple[str, tuple[osc.Value, ...]]]:
    """Messages that leave one voice, at its model's defaults and in the middle."""
    for voice in voices:
        yield f"/voice/{voice.name}/gate", (int(voice is heard),)
    base = f"/voice/{heard.name}"
    for name, (_, _, default) in heard.parameters.items():
        yield f"{base}/{name}", (float(default), 0.0)
    for leaf, value in (("gain", 0.0), ("pan", 0.0), ("temperature", 1.0)):
        yield f"{base}/{leaf}", (value, 0.0)


async def _scope(port: int, seconds: float) -> tuple[float, np.ndarray]:
    """What /scope gives meanwhile: Hz, and pieces (N, T) of sound."""
    pieces, rate = [], 16_000.0
    end = time.monotonic() + seconds
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/", max_msg_size=0) as websocket,
    ):
        await websocket.send_json({"COMMAND": "LISTEN", "DATA": "/scope"})
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                message = await websocket.receive(timeout=1.0)
                if message.type == aiohttp.WSMsgType.BINARY:
                    rate, piece = _piece(message.data, rate)
                    pieces += [piece] if piece is not None else []
    return rate, np.array(pieces)


def _piece(packet: bytes, rate: float) -> tuple[float, np.ndarray | None]:
    for message in osc.decode(packet):
        if isinstance(message, osc.Message) and message.address == "/scope":
            rate, blob = float(message.arguments[0]), message.arguments[1]  # type: ignore[arg-type]
            count = len(blob) // 2  # type: ignore[arg-type]
            values = struct.unpack(f">{count}h", blob)  # type: ignore[arg-type]
            return rate, np.array(values) / 32_767
    return rate, None
