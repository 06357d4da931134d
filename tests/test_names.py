"""What models, parameters and voices may be called."""

import pytest

from smfosc.names import why_not_model, why_not_parameter, why_not_voice

RESERVED = [
    "gain",
    "pan",
    "gate",
    "note",
    "temperature",
    "seed",
    "reset",
    "model",
    "params",
    "get",
    "normalized",
    "hz",
]


@pytest.mark.parametrize("name", ["a", "pitch", "v1", "clarinet-trumpet", "a" * 32, "x_-9"])
def test_short_lower_case_words_are_names(name: str) -> None:
    assert [why(name) for why in (why_not_model, why_not_parameter, why_not_voice)] == [None] * 3


@pytest.mark.parametrize(
    "name", ["", "1a", "_a", "A", "a b", "a/b", "a.b", "a*", "a\n", "ä", "a" * 33]
)
def test_what_osc_could_misread_is_no_name_and_the_rule_is_told(name: str) -> None:
    for why in (why_not_model, why_not_parameter, why_not_voice):
        assert "is not a name: a lower-case letter, then up to 31 of a-z 0-9 _ -" in str(why(name))


@pytest.mark.parametrize("name", RESERVED)
def test_words_that_are_commands_of_a_voice_cannot_be_parameters(name: str) -> None:
    assert "is reserved" in str(why_not_parameter(name))
    assert why_not_voice(name) is None


@pytest.mark.parametrize("name", ["new", "free", "list"])
def test_words_that_are_commands_beside_voices_cannot_be_voices(name: str) -> None:
    assert "is reserved (free list new)" in str(why_not_voice(name))
    assert why_not_parameter(name) is None
