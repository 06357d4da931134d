"""Sounds and pictures small enough to lie within a page, and the page around them."""

import base64
import io
import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from trainer.latent.generator import SAMPLERATE

PICTURE = (96, 128)  # height, width: thumbnails


def flac(samples: NDArray[np.float32], *, bits: int = 16) -> str:
    """(T,) as base64 FLAC, which every browser decodes. Fewer bits: zeros that FLAC leaves out."""
    peak = 32_767
    step = 2 ** (16 - bits)
    coarse = np.round(np.clip(samples, -1, 1) * peak / step) * step
    held = io.BytesIO()
    whole = np.clip(coarse, -peak - 1, peak).astype(np.int16)
    soundfile.write(held, whole, SAMPLERATE, format="FLAC", subtype="PCM_16")
    return base64.b64encode(held.getvalue()).decode()


def png(picture: NDArray[np.float32], size: tuple[int, int] = PICTURE) -> str:
    """A spectrogram (F, K) in -1..1 as a base64 PNG, low frequencies below."""
    from PIL import Image

    levels = np.round((np.clip(picture, -1, 1) + 1) * 127.5).astype(np.uint8)
    image = Image.fromarray(levels[::-1]).resize(size[::-1], Image.Resampling.BOX)
    image.putpalette(_palette())
    held = io.BytesIO()
    image.save(held, "PNG", optimize=True)
    return base64.b64encode(held.getvalue()).decode()


@cache
def _palette() -> bytes:
    from matplotlib import colormaps

    colours = colormaps["magma"](np.arange(256))[:, :3]
    return np.round(255 * colours).astype(np.uint8).tobytes()


def numbers(values: NDArray[Any]) -> str:
    """An array's bytes, little-endian, as base64."""
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def page(name: str, title: str, data: dict[str, Any]) -> str:
    """A page of `assets` with everything in it: style, script, data. Needs no network."""
    assets = files("trainer.explore") / "assets"
    held = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    parts = {
        "BODY": (assets / f"{name}.html").read_text(),
        "TITLE": title.replace("&", "&amp;").replace("<", "&lt;"),
        "STYLE": (assets / "page.css").read_text(),
        "SCRIPT": (assets / "player.js").read_text() + (assets / f"{name}.js").read_text(),
        "DATA": held,
    }
    text = (assets / "page.html").read_text()
    for key, value in parts.items():
        text = text.replace(f"@@{key}@@", value)
    return text
