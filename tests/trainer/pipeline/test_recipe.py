"""Recipes: what they say is what is done, and what does not fit is one line with its place."""

import dataclasses
import re
import tomllib
from contextlib import suppress
from pathlib import Path

import fake_stages
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import TrainerError
from trainer.gan.config import PRESETS
from trainer.reasons import reasons, show, toml
from trainer.recipe import read
from trainer.stages import REGISTRY as REAL

REGISTRY = fake_stages.registry()


def recipe(folder, text, name="small.toml"):
    path = folder / name
    path.write_text(text)
    return path


def test_an_empty_recipe_is_all_defaults(tmp_path):
    found = read(recipe(tmp_path, ""), REGISTRY)
    assert found.configs == {name: fake_stages.Counting() for name in REGISTRY}
    assert (found.name, found.seed) == ("small", 1)


def test_a_recipe_changes_what_it_names_alone(tmp_path):
    text = (
        "[second]\nsteps = 9\n[second.inner]\nrates = [1, 2]\n[third]\nsource = 'a/b'\nlimit = 4\n"
    )
    found = read(recipe(tmp_path, text), REGISTRY).configs
    assert found["first"] == fake_stages.Counting()
    assert found["second"].steps == 9
    assert found["second"].inner == fake_stages.Inner(rates=(1.0, 2.0))
    assert all(isinstance(rate, float) for rate in found["second"].inner.rates)
    assert (found["third"].source, found["third"].limit) == (Path("a/b"), 4)


def test_the_seed_is_every_stages_unless_it_has_its_own(tmp_path):
    path = recipe(tmp_path, "seed = 5\n[second]\nseed = 7\n")
    assert [c.seed for c in read(path, REGISTRY).configs.values()] == [5, 7, 5]
    assert [c.seed for c in read(path, REGISTRY, seed=6).configs.values()] == [6, 7, 6]


def test_a_stage_may_be_of_another_kind(tmp_path):
    found = read(recipe(tmp_path, "[first]\nkind = 'silent'\nquiet = false\n"), REGISTRY)
    assert found.configs["first"] == fake_stages.Silent(quiet=False)


def test_stages_run_in_their_order_whatever_the_recipes(tmp_path):
    found = read(recipe(tmp_path, "stages = ['third', 'first']\n"), REGISTRY)
    assert list(found.configs) == ["first", "third"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n[second]\nstep = 3\n", r":3: second\.step: no such key; did you mean 'steps'\?"),
        ("[second.inner]\nwitdh = 3\n", r":2: second\.inner\.witdh: .* 'width'"),
        ("[secnd]\nsteps = 3\n", r":1: secnd: no such key; did you mean 'second'\?"),
        ("sede = 3\n", r":1: sede: no such key; did you mean 'seed'\?"),
        ("[second]\nzzzz = 3\n", r":2: second\.zzzz: no such key; known: factor, inner, label"),
        ("[first]\nsteps = 'many'\n", r":2: first\.steps: got 'many', wanted a whole number"),
        ("[first]\nsteps = 2.5\n", r":2: first\.steps: got 2\.5, wanted a whole number"),
        ("[first]\nsteps = true\n", r":2: first\.steps: got True, wanted a whole number"),
        ("[first]\nlabel = 3\n", r":2: first\.label: got 3, wanted a text"),
        ("[first]\nsource = 3\n", r":2: first\.source: got 3, wanted a path"),
        ("[first]\ninner = 3\n", r":2: first\.inner: got 3, wanted a table \[first\.inner\]"),
        ("first.steps = 'x'\n", r":1: first\.steps: got 'x'"),
        ("[first.inner]\nrates = 1\n", r":2: .*got 1, wanted a list of a number"),
        ("[first]\nkind = 'loud'\n", r":2: first\.kind: got 'loud', wanted one of \['counting'"),
        ("stages = ['first', 'forth']\n", r":1: stages: forth: no such key; did you mean 'first'"),
        ("name = 'No Name'\n", r":1: name: 'No Name' is not a name"),
        ("first = 3\n", r":1: first: no such key"),
        ("a = = 3\n", r"not TOML"),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_place(tmp_path, text, message):
    with pytest.raises(TrainerError, match=message) as raised:
        read(recipe(tmp_path, text), REGISTRY)
    assert str(raised.value).startswith(f"recipe: {tmp_path / 'small.toml'}")
    assert "\n" not in str(raised.value)


def test_a_recipe_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(TrainerError, match=r"none\.toml: no such file"):
        read(tmp_path / "none.toml", REGISTRY)


def test_reasons_are_the_comments_behind_the_fields():
    found = reasons(fake_stages.Counting)
    assert found["steps"] == "enough to be stopped between"
    assert found["label"] == "goes into every line of everything that is read"
    assert found["limit"] == "the most that there may be"
    assert found["source"] == "from outside"
    assert found["factor"] == ""


def test_what_is_shown_is_a_recipe_that_says_the_same(tmp_path):
    text = "seed = 3\n[first]\nkind = 'silent'\n[second]\nlabel = 'a \"b\" \\\\'\n"
    text += "[third.inner]\nwidth=2\n"
    once = read(recipe(tmp_path, text), REGISTRY)
    shown = show(once, REGISTRY)
    assert "width = 2  # instead of 8; as wide as a test" in shown
    again = read(recipe(tmp_path, shown, "shown.toml"), REGISTRY)
    assert again.configs == once.configs
    assert again.seed == once.seed


ROOT = Path(__file__).parents[3]
READY = sorted((ROOT / "trainer" / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_a_ready_recipe_fits_the_stages_and_is_shown_as_it_is(path, tmp_path):
    found = read(path, REAL)
    assert found.name == path.stem
    again = read(recipe(tmp_path, show(found, REAL)), REAL)
    assert again.configs == found.configs


def test_the_papers_recipe_has_the_papers_gan():
    gan, preset = read(ROOT / "trainer/recipes/paper.toml", REAL).configs["gan"], PRESETS["paper"]
    assert (gan.network, gan.schedule, gan.warm_up) == (
        preset.network,
        preset.schedule,
        preset.warm_up,
    )


def test_the_ready_recipes_are_those_that_the_documentation_names():
    table = re.findall(
        r"^\| `([a-z-]+)\.toml` \|", (ROOT / "docs" / "factory.md").read_text(), re.M
    )
    assert {path.stem for path in READY} == set(table)


@pytest.mark.parametrize("stage", REAL)
def test_every_field_of_every_stage_gives_its_reason(stage):
    configs = [make() for make in REAL[stage].kinds.values()]
    assert [field for config in configs for field in without_reason(config, stage)] == []


def without_reason(config, place):
    """Fields of a configuration, and of those within, behind which nothing is said."""
    why = reasons(type(config))
    for each in dataclasses.fields(config):
        value = getattr(config, each.name)
        if dataclasses.is_dataclass(value):
            yield from without_reason(value, f"{place}.{each.name}")
        elif not why.get(each.name):
            yield f"{place}.{each.name}"


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x7f")),
    lambda inner: st.lists(inner, max_size=3),
)


@given(VALUES)
def test_a_written_value_is_read_back(value):
    assert tomllib.loads(f"x = {toml(value)}\n")["x"] == value


@given(st.text(max_size=80))
def test_any_text_is_a_recipe_or_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "fuzz.toml"
    path.write_text(text, encoding="utf-8", newline="")
    with suppress(TrainerError):
        read(path, REGISTRY)


KEYS = st.sampled_from([f.name for f in dataclasses.fields(fake_stages.Counting)])


@given(KEYS, VALUES | st.dictionaries(st.sampled_from(["width", "rates", "x"]), VALUES, max_size=2))
def test_any_value_fits_its_field_or_is_refused_by_name(tmp_path_factory, key, value):
    path = tmp_path_factory.mktemp("fuzz") / "fuzz.toml"
    path.write_text(f"[first]\n{key} = {toml(value)}\n", encoding="utf-8")
    try:
        found = getattr(read(path, REGISTRY).configs["first"], key)
    except TrainerError as error:
        refused = str(error)
    else:
        refused = f"first.{key}"
        kinds = {"steps": int, "factor": float, "label": str, "seed": int, "source": Path}
        assert isinstance(found, kinds.get(key, object))
    assert f"first.{key}" in refused
