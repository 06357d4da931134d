"""What models, parameters and voices may be called: one pattern, and the words OSC needs.

A name is one part of an OSC address (`/voice/NAME/PARAM`), so it must not hold what OSC
patterns read (`*?[]{},/#` and spaces), nor be a word that already means something there.
"""

import re

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
SAVED_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
NAME_RULE = "a lower-case letter, then up to 31 of a-z 0-9 _ -"

# /voice/NAME/WORD and /voice/NAME/PARAM/WORD are commands of every voice.
RESERVED_PARAMETERS = frozenset(
    [
        "gain",
        "pan",
        "gate",
        "note",
        "temperature",
        "seed",
        "reset",
        "model",
        "params",
        "meter",
        "get",
        "normalized",
        "hz",
    ]
)
# /voice/WORD are commands of their own.
RESERVED_VOICES = frozenset({"new", "free", "list"})
# /group/WORD and /output/WORD likewise.
RESERVED_GROUPS = frozenset({"list", "set"})
RESERVED_OUTPUTS = frozenset({"list"})


def why_not_model(name: str) -> str | None:
    """Why a model cannot have this name, or None when it can."""
    return _why_not(name, frozenset())


def why_not_parameter(name: str) -> str | None:
    """Why a model's parameter cannot have this name, or None when it can."""
    return _why_not(name, RESERVED_PARAMETERS)


def why_not_voice(name: str) -> str | None:
    """Why a voice cannot have this name, or None when it can."""
    return _why_not(name, RESERVED_VOICES)


def why_not_group(name: str) -> str | None:
    """Why a group of voices cannot have this name, or None when it can."""
    return _why_not(name, RESERVED_GROUPS)


def why_not_output(name: str) -> str | None:
    """Why an output cannot have this name, or None when it can."""
    return _why_not(name, RESERVED_OUTPUTS)


def why_not_saved(name: str) -> str | None:
    """Why a snapshot or a score cannot have this name, or None when it can.

    It may begin with a digit, as presets are often numbered.
    """
    if SAVED_PATTERN.fullmatch(name) is None:
        return f"{shorten(name)!r} is not a name: up to 32 of a-z 0-9 _ -, no _ or - in front"
    return None


def _why_not(name: str, reserved: frozenset[str]) -> str | None:
    if NAME_PATTERN.fullmatch(name) is None:
        return f"{shorten(name)!r} is not a name: {NAME_RULE}"
    if name in reserved:
        return f"{name!r} is reserved ({' '.join(sorted(reserved))}); choose another name"
    return None


def shorten(text: str, limit: int = 40) -> str:
    """`text` cut to `limit` characters, so that an error stays one readable line."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
