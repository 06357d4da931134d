"""The ensemble file: what it sets, and what it says about mistakes."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from small_models import INFO

from smfosc import config_file
from smfosc.cli_models import check
from smfosc.config import Config
from smfosc.config_file import SECTIONS, ConfigError, read_config
from smfosc.library import LibraryError
from smfosc.model_file import ModelInfo
from smfosc.toml_lines import line_numbers

EXAMPLE = Path(__file__).parent.parent / "docs" / "ensemble.toml"


def _describe(name: str) -> ModelInfo:
    if name not in ("example", "clarinet-trumpet"):
        raise LibraryError(f"no model {name!r}; there are: example")
    return replace(INFO, name=name)


def _read(tmp_path: Path, text: str) -> Config:
    (tmp_path / "e.toml").write_text(text, encoding="utf-8")
    return read_config(tmp_path / "e.toml", _describe)


def _problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        _read(tmp_path, text)
    path = f"{tmp_path / 'e.toml'}: "
    assert all(problem.startswith(path) for problem in error.value.problems)
    return [problem.removeprefix(path) for problem in error.value.problems]


def test_the_example_shows_the_defaults_and_every_setting() -> None:
    read = read_config(EXAMPLE, _describe)
    tables = (read.models[0], read.outputs[1], read.groups[0], read.voices[0])
    assert all(getattr(read, name) == kind() for name, kind in SECTIONS.items())
    text = EXAMPLE.read_text(encoding="utf-8")
    for section in (*(getattr(read, name) for name in SECTIONS), *tables):
        for name in set(vars(section)) - {"name"}:
            assert f"\n{name} = " in text or f"# {name} = " in text


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert _read(tmp_path, "") == Config()


def test_voices_keep_their_order_and_start_values() -> None:
    low, high = read_config(EXAMPLE, _describe).voices
    assert (low.name, low.pan, low.params) == ("low", -0.5, {"pitch": 64.0, "timbre": 0.0})
    assert (high.name, high.seed, high.params) == ("high", 7, {"pitch": 71.0, "timbre": 1.0})
    assert high.gate is True


MISTAKES = [
    ("[osc]\nprot = 1", ["line 2: osc.prot: not a setting; did you mean port?"]),
    ("[audoi]\n", ["line 1: audoi: not a setting; did you mean audio?"]),
    ("[osc]\nport = 0", ["line 2: osc.port: 0; wanted 1 to 65535"]),
    ("[osc]\nport = '7'", ["line 2: osc.port: '7'; wanted a whole number"]),
    ("[osc]\nport = true", ["line 2: osc.port: True; wanted a whole number"]),
    ("osc.lead_ms = nan", ["line 1: osc.lead_ms: nan; wanted a number"]),
    ("osc = 3", ["line 1: osc: 3; wanted a table, [osc]"]),
    ("[audio]\nbackend = 'alsa'", ["line 2: audio.backend: 'alsa'; wanted one of: jack portaudio"]),
    ("[audio]\n\nbackend = 'file'", ["line 3: audio.backend: file needs a WAV to write"]),
    ("[engine]\nprecision = 8", ["line 2: engine.precision: 8; wanted a text in quotes"]),
    ("[voices.v]\n", ["line 1: voices.v: no model; add model ="]),
    ("[voices.new]\nmodel = 'example'", ["line 1: voices.new: 'new' is reserved"]),
    ("[voices.V]\nmodel = 'example'", ["line 1: voices.V: 'V' is not a name"]),
    ("[voices.v]\nmodel = 'fire'", ["line 2: voices.v.model: no model 'fire'; there are: example"]),
    ("[voices.v]\nmodel = 'example'\nname = 'w'", ["line 3: voices.v.name: not a setting"]),
    (
        "[voices.v]\nmodel = 'example'\ngain = 100\nparams = { pitsch = 70, timbre = 2 }",
        [
            "line 3: voices.v.gain: 100; wanted -1000 to 24",
            "line 4: voices.v.params.pitsch: not a setting; did you mean pitch?",
            "line 4: voices.v.params.timbre: 2; wanted 0 to 1",
        ],
    ),
    ("[voices.v.params]\npitch = 70\n[voices.v]\nmodel='example'\nx=1", ["line 5: voices.v.x"]),
    ("[outputs.a]\ninto = 'b'", ["line 2: outputs.a.into: no output 'b' above this"]),
    ("[outputs.a]\nlayout = 'cube'", ["line 2: outputs.a.layout: 'cube'; wanted one of"]),
    ("[outputs.a]\nconnect = ['a', 'b', 'c']", ["line 2: outputs.a.connect: 3 patterns; wanted"]),
    ("[outputs.a]\nconnect = [\n 1,\n]", ["line 2: outputs.a.connect: [1]; wanted texts"]),
    ("[outputs.a]\n[outputs.b]\ninto = 'a'\nspeakers = [1, 3]",
     ["line 4: outputs.b.speakers: 3; wanted 1 to 2, a channel of a"]),
    ("[outputs.a]\n[outputs.b]\ninto = 'a'\nspeakers = [1]",
     ["line 4: outputs.b.speakers: 1 of them; wanted 2"]),
    ("[outputs.a]\nspeakers = [1, 2]", ["line 2: outputs.a.speakers: needs into = "]),
    ("[outputs.list]\n", ["line 1: outputs.list: 'list' is reserved"]),
    ("[outputs.a]\nchannels = 33\n[outputs.b]\nchannels = 32", ["line 1: outputs: 65 channels"]),
    ("[audio]\nchannels = 4\n[outputs.a]", ["line 2: audio.channels: [outputs] say it"]),
    ("[outputs.main]\n[voices.v]\nmodel='example'\noutput='mian'",
     ["line 4: voices.v.output: no output 'mian'; did you mean main?"]),
    ("[outputs.main]\n[voices.v]\nmodel='example'\nchannel = 3",
     ["line 4: voices.v.channel: 3; wanted 1 to 2, the channels of output main"]),
    ("[groups.g]\nvoices = ['lwo']\n[voices.low]\nmodel='example'",
     ["line 2: groups.g.voices: no voice 'lwo'; did you mean low?"]),
    ("[groups.g]\nvoices = 'a/b*'", ["line 2: groups.g.voices: 'a/b*' is neither a voice's name"]),
    ("[models.m]\nfile = 'none.onnx'", ["line 1: models.m: "]),
    ("[models.fire]", ["line 1: models.fire: no model 'fire'"]),
    ("[osc]\nallow = ['192.168.1.300']", ["line 2: osc.allow: '192.168.1.300' does not appear to"]),
    ("[overload]\npolicy = 'loudest'", ["line 2: overload.policy: 'loudest'; wanted one of"]),
    ("[audio\n", ["line 1: not TOML: "]),
    ("[audio]\nbackend = jack", ["line 2: not TOML: "]),
    ("a = " + "[" * 100_000, ["cannot read: "]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_every_mistake_is_told_with_its_line_and_remedy(
    tmp_path: Path, text: str, says: list[str]
) -> None:
    problems = _problems(tmp_path, text)
    assert len(problems) == len(says)
    for problem, start in zip(problems, says, strict=True):
        assert problem.startswith(start)
        assert "\n" not in problem


def test_a_file_that_is_not_there_or_not_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read: No such file"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "e.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot read: 'utf-8'"):
        read_config(tmp_path / "e.toml")


@given(st.text(alphabet="[]{}=.\"'\n# abvoices1,-_", max_size=80))
def test_any_text_is_read_or_explained(text: str) -> None:
    path = Path("e.toml")
    try:
        reader = config_file.Reader(text, _describe)
        reader.config(config_file.tomllib.loads(text))
    except config_file.tomllib.TOMLDecodeError as error:
        ConfigError(path, [config_file.syntax_problem(error)])


_KEYS = st.sampled_from(["a", "b-c", "'d e'", '"f.g"', "h . i"])
_VALUES = st.sampled_from(
    ["1", "[\n1,\n2]", "'''\n[x]\ny = 2\n'''", "{ p = 1, q = {r = 2} }", '"#"']
)


@given(st.lists(st.tuples(st.booleans(), _KEYS, _VALUES), max_size=8))
def test_every_key_is_found_on_the_line_where_it_was_written(items: list) -> None:
    text, written, table = "", {}, ()
    for number, (is_header, key, value) in enumerate(items):
        path = tuple(part.strip(" '\"") for part in ([key] if "f.g" in key else key.split(".")))
        table, line = (("t" + str(number), *path) if is_header else table), text.count("\n") + 1
        where = table if is_header else (*table, "k" + str(number), *path)
        written[where] = line
        text += f"[t{number}.{key}] # x\n\n" if is_header else f"k{number}.{key} = {value}\n"
    found = line_numbers(text)
    assert {where: found.get(where) for where in written} == written


def test_check_says_all_right_or_explains_and_exits_1(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("[osc]\nport = 9000\n")
    bad.write_text("[osc]\nport = 70000\nhots = 'x'\n")
    said = CliRunner().invoke(check, [str(good)])
    assert (said.exit_code, said.output) == (0, f"{good}: all right; voices: none\n")
    said = CliRunner().invoke(check, [str(bad)])
    assert said.exit_code == 1
    assert said.output.splitlines() == [
        f"{bad}: line 2: osc.port: 70000; wanted 1 to 65535",
        f"{bad}: line 3: osc.hots: not a setting; did you mean host?",
    ]
