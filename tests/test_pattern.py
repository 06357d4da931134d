import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc.pattern import MAX_PATTERN, PatternError, is_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "address", "matched"),
    [
        ("/voice/*/gain", "/voice/v1/gain", True),
        ("/voice/*/gain", "/voice/v1/x/gain", False),  # a star stays within its part
        ("/voice/v?/gain", "/voice/v1/gain", True),
        ("/voice/v?/gain", "/voice/v12/gain", False),
        ("/voice/v?/gain", "/voice/v/gain", False),
        ("/voice/v[1-3]/gain", "/voice/v3/gain", True),
        ("/voice/v[3-1]/gain", "/voice/v2/gain", True),
        ("/voice/v[1-3]/gain", "/voice/v4/gain", False),
        ("/voice/v[!1-3]/gain", "/voice/v4/gain", True),
        ("/voice/v[!1-3]/gain", "/voice/v1/gain", False),
        ("/voice/v[1!]/gain", "/voice/v!/gain", True),
        ("/voice/v[a-]/gain", "/voice/v-/gain", True),
        ("/voice/{bass,lead}/pan", "/voice/lead/pan", True),
        ("/voice/{bass,lead}/pan", "/voice/bassoon/pan", False),
        ("/voice/{b,bass}oon/pan", "/voice/bassoon/pan", True),  # the longer choice, too
        ("/voice/{,x}v1/pan", "/voice/v1/pan", True),
        ("/voice/*1*/pan", "/voice/v123/pan", True),
        ("/voice/*a*b*/pan", "/voice/xbxa/pan", False),
        ("/voice/**/pan", "/voice/v1/pan", True),
        ("/voice/*", "/voice/", True),
        ("/*/v1/gain", "/voice/v1/gain", True),
        ("/voice/v1/gain", "/voice/v1/gain", True),
        ("/voice/v1", "/voice/v1/gain", False),
        ("/voice/[]/gain", "/voice/v/gain", False),
    ],
)
def test_patterns_match_as_the_specification_says(pattern, address, matched):
    assert matches(pattern, address) is matched


@pytest.mark.parametrize("pattern", ["/v[1", "/v{a,b", "/v]", "/v}", "/v[1/2]", "/{a/b}"])
def test_a_bracket_without_its_partner_is_an_error(pattern):
    with pytest.raises(PatternError, match=r"not closed|without its opening"):
        matches(pattern, "/v1")


def test_a_pattern_that_is_too_long_is_an_error():
    with pytest.raises(PatternError, match="at most 256"):
        matches("/" + "*" * MAX_PATTERN, "/x")


@pytest.mark.parametrize(
    "pattern", ["/" + "*a" * 120 + "b", "/" + "{a,aa}" * 40 + "b", "/" + "[ab]*" * 50 + "c"]
)
def test_patterns_made_to_explode_are_answered_at_once(pattern):
    began = time.perf_counter()
    assert not matches(pattern, "/" + "a" * 200)
    assert time.perf_counter() - began < 0.25


def test_only_the_special_characters_make_a_pattern():
    assert not is_pattern("/voice/v1/gain")
    assert all(is_pattern(f"/v{character}") for character in "?*[]{}")


pieces = st.lists(
    st.one_of(
        st.sampled_from(["*", "?", "[ab]", "[!a]", "[a-c]", "{a,bc}", "{abc,b}"]),
        st.text("abcd", max_size=3),
    ),
    max_size=5,
)


@given(pieces, st.text("abcd", max_size=8))
def test_every_pattern_agrees_with_the_regular_expression_that_it_means(pattern, name):
    meaning = {"*": ".*", "?": ".", "[ab]": "[ab]", "[!a]": "[^a]", "[a-c]": "[a-c]",
               "{a,bc}": "(a|bc)", "{abc,b}": "(abc|b)"}  # fmt: skip
    expected = re.fullmatch("".join(meaning.get(piece, piece) for piece in pattern), name)
    assert matches("/" + "".join(pattern), "/" + name) is (expected is not None)
