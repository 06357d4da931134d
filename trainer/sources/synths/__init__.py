"""Synthesizers of noises: unpitched, steady, each a continuum over a few controls.

Every sound is periodic in its clip (events wrap around, filters are circular), so that it is as
loud at its ends as in its middle.
"""

from trainer.sources.synths.control import Control, Synth
from trainer.sources.synths.flows import FLOWS
from trainer.sources.synths.showers import SHOWERS

SYNTHS: dict[str, Synth] = {synth.name: synth for synth in (*FLOWS, *SHOWERS)}

__all__ = ["SYNTHS", "Control", "Synth"]
