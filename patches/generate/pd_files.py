"""Which files patches/pd has."""

from __future__ import annotations

from pd_connection import smfosc
from pd_keyboard import smf_keyboard
from pd_pad import smf_xy
from pd_parameter import smf_param
from pd_voice import smf_voice

ABSTRACTIONS = {
    "smfosc": smfosc,
    "smf.param": smf_param,
    "smf.voice": smf_voice,
    "smf.xy": smf_xy,
    "smf.keyboard": smf_keyboard,
}


def files() -> dict[str, str]:
    """File name -> text."""
    return {f"{name}.pd": draw().as_patch() for name, draw in ABSTRACTIONS.items()}
