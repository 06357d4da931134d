"""What listeners said: the blind test's answers, which only `smf-train listen` can gather."""

from typing import Any

from trainer.evaluation.answers import analysis, read_answers
from trainer.evaluation.material import Absent, Studio

NAME = "ears"


def measure(studio: Studio) -> dict[str, Any]:
    """Shares with their confidence. Raises Absent before anybody has listened."""
    path = studio.require("answers", "mesh")
    if not path.is_file():
        raise Absent("nobody has listened yet; `smf-train listen RUN` serves the blind test")
    return analysis(read_answers(path))
