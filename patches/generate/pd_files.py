"""Which files patches/pd has."""

from __future__ import annotations

import pd_examples
import pd_help
from pd_connection import smfosc
from pd_keyboard import smf_keyboard
from pd_pad import smf_xy
from pd_pages import PAGES
from pd_parameter import smf_param
from pd_store import smf_score, smf_snapshot
from pd_voice import smf_voice

ABSTRACTIONS = {
    "smfosc": smfosc,
    "smf.keyboard": smf_keyboard,
    "smf.param": smf_param,
    "smf.score": smf_score,
    "smf.snapshot": smf_snapshot,
    "smf.voice": smf_voice,
    "smf.xy": smf_xy,
}
EXAMPLES = {
    "ensemble": pd_examples.ensemble,
    "rhapsody": pd_examples.rhapsody,
}


def files() -> dict[str, str]:
    """File name -> text."""
    drawn = {f"{name}.pd": draw() for name, draw in (ABSTRACTIONS | EXAMPLES).items()}
    drawn |= {f"{page.name}-help.pd": pd_help.draw(page) for page in PAGES}
    return {name: canvas.as_patch() for name, canvas in drawn.items()}
