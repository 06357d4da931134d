"""What the factory's documentation shows is there: commands, recipes, pictures."""

import re
import shlex
from pathlib import Path

import click
import pytest

import smfosc.cli
import trainer.cli
from trainer.recipe import read
from trainer.stages import REGISTRY

DOCS = Path(__file__).parents[3] / "docs"
NAMES = ("tutorial", "factory", "datasets", "training")
PROGRAMS = {"smf-train": trainer.cli.main, "smfosc": smfosc.cli.main}


def text(name):
    return (DOCS / f"{name}.md").read_text()


def blocks(name, language=""):
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text(name), re.M | re.S)
    return [block for of, block in found if of == language]


def commands(name):
    """Lines of code blocks, and code within the text, that call one of our programs."""
    lines = [line for block in blocks(name) for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`(?!`)([^`\n]+)`(?!`)", text(name))
    for line in lines:
        words = line.strip().removeprefix("$ ").split("  ")[0]
        if words.split(" ")[0] in PROGRAMS and not re.search(r"[A-Z]{3}|\.\.\.", words):
            yield words


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_shown_can_be_given(name):
    given = list(commands(name))
    assert len(given) >= 4
    for line in given:
        program, *words = shlex.split(line)
        parsed(PROGRAMS[program], program, words)


def parsed(command, name, words):
    """As click reads the words; nothing is done. Raises UsageError."""
    with command.make_context(name, list(words), resilient_parsing=not words) as context:
        if isinstance(command, click.Group) and words:
            inner, own, rest = command.resolve_command(
                context, context._protected_args + context.args
            )
            parsed(own, inner, rest)


def test_the_tutorials_recipe_is_one(tmp_path):
    (recipe,) = blocks("tutorial", "toml")
    (tmp_path / "mine.toml").write_text(recipe)
    found = read(tmp_path / "mine.toml", REGISTRY)
    assert found.name == "mine"
    assert found.configs["dataset"].source.folder == Path("sounds")


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_and_every_link_leads_somewhere(name):
    links = re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", text(name))
    for target, heading in links:
        path = DOCS / target
        assert path.is_file(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
            slugs = {
                re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles
            }
            assert heading in slugs


def test_the_tutorial_has_a_picture_of_every_step():
    assert len(re.findall(r"!\[[^\]]{10,}\]\(tutorial-\w+\.png\)", text("tutorial"))) >= 7
