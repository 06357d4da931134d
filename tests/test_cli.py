import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from playing import free_port, model_folder, read_wav, smfosc

from smfosc.cli import main
from smfosc.cli_serve import overruled
from smfosc.config import Config

COMMANDS = [
    "addresses",
    "bench",
    "check",
    "import",
    "info",
    "models",
    "play",
    "render",
    "send",
    "serve",
    "supervise",
    "top",
    "unit",
]


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    folder = model_folder(tmp_path / "models")
    monkeypatch.setenv("SMFOSC_MODELS", str(folder))
    return folder


def run(*args: object):
    return CliRunner().invoke(main, list(map(str, args)))


def score(folder: Path, text: str = "0 /voice/v1/pitch 64\n") -> Path:
    path = folder / "a.score"
    path.write_text(text)
    return path


def test_help_lists_every_command_with_a_line():
    done = run("--help")
    assert done.exit_code == 0
    listed = done.output.split("Commands:")[1].split("First steps")[0].splitlines()
    assert [line.split()[0] for line in listed if line.strip()] == COMMANDS
    assert all(len(line.split()) > 2 for line in listed if line.strip())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_teaches(command):
    done = run(command, "--help")
    assert done.exit_code == 0
    assert len(done.output.split()) > 15


def test_render_writes_the_wav_and_says_nothing_on_stdout(models, tmp_path):
    done = run("render", score(tmp_path), "--model", "example", "--out", tmp_path / "x.wav")
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    sound, rate = read_wav(tmp_path / "x.wav")
    assert (len(sound), rate) == (48_000, 48_000)


def test_render_takes_rate_duration_seed_and_a_path(models, tmp_path):
    options = ["--rate", 44_100, "--duration", 0.5, "--seed", 7, "--channels", 1]
    path = models / "example.onnx"
    done = run("render", score(tmp_path), "--model", path, "--out", tmp_path / "x.wav", *options)
    assert done.exit_code == 0, done.output
    sound, rate = read_wav(tmp_path / "x.wav")
    assert (sound.shape, rate) == ((22_050, 1), 44_100)


def test_a_refused_event_ends_with_exit_code_1_and_its_line(models, tmp_path):
    path = score(tmp_path, "0 /voice/v1/nothing 1\n")
    done = run("render", path, "--model", "example", "--out", tmp_path / "x.wav")
    assert done.exit_code == 1
    assert f"{path}:1: /fail /voice/v1/nothing" in done.stderr


MISTAKES = [
    (["render", "none.score", "--model", "example", "--out", "x.wav"], "none.score: No such file"),
    (["render", "bad.score", "--model", "example", "--out", "x.wav"], "bad.score:1: address 'x'"),
    (["render", "good.score", "--model", "nope", "--out", "x.wav"], "no model 'nope'"),
    (["render", "good.score", "--model", "broken.onnx", "--out", "x.wav"], "broken.onnx"),
    (["render", "good.score", "--model", "example", "--out", "no/x.wav"], "no/x.wav: cannot be"),
    (["serve", "--audio", "file", "--model", "example"], "no file to write; say --out X.wav"),
    (["serve", "--audio", "null", "--model", "../x"], "no model"),
    (["serve", "none.toml"], "none.toml: cannot read"),
    (["serve", "bad.toml"], "bad.toml: line 1"),
    (["serve", "--audio", "null", "--model", "example", "--host", "192.0.2.1"], "192.0.2.1:7770"),
    (["send", "no-slash"], "address 'no-slash' does not start with '/'"),
    (["send", "--host", "no-such-host.invalid", "/status"], "no-such-host.invalid:7770"),
    (["play", "none.score"], "none.score: No such file"),
    (["info", "nope"], "no model 'nope'"),
    (["bench", "nope"], "no model 'nope'"),
]


@pytest.mark.parametrize(("args", "says"), MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_1(models, tmp_path, monkeypatch, args, says):
    monkeypatch.chdir(tmp_path)
    Path("good.score").write_text("0 /voice/v1/pitch 64\n")
    Path("bad.score").write_text("0 x 64\n")
    Path("bad.toml").write_text("[audio\n")
    Path("broken.onnx").write_bytes(b"not a model")
    done = run(*args)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "args",
    [
        ["serve", "--port", "0"],
        ["serve", "--audio", "tape"],
        ["serve", "--audio", "null", "--out", "x.wav"],
        ["serve", "--precision", "int3"],
        ["render", "x.score"],
        ["nothing"],
    ],
)
def test_a_wrong_option_is_exit_code_2_with_a_hint(args):
    done = run(*args)
    assert done.exit_code == 2
    assert "--help" in done.stderr


def test_without_any_sound_system_serve_says_what_was_tried_and_what_to_do(models):
    done = smfosc(
        *("serve", "--model", "example", "--port", free_port(), "--device", "not-there"),
        models=models,
        JACK_DEFAULT_SERVER="not-there",
    )
    assert done.returncode == 1
    assert "tried" in done.stderr
    assert "jack: " in done.stderr
    assert "portaudio: " in done.stderr
    assert "--audio null" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_with_the_remedy(models):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = run("serve", "--audio", "null", "--model", "example", "--port", port)
    assert done.exit_code == 1
    assert f"127.0.0.1:{port}: Address already in use" in done.stderr
    assert "--port" in done.stderr


def test_options_overrule_the_config_and_nothing_else():
    changed = overruled(Config(), {"port": 7771, "seed": 5, "host": None})
    assert (changed.osc.port, changed.engine.seed) == (7771, 5)
    assert changed.osc.host == Config().osc.host
    assert changed.audio == Config().audio


def test_bench_prints_costs_as_json(models):
    done = run("bench", "example", "--json", "--precision", "float32")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["voices"] for row in rows] == [1, 2, 4, 8]
    assert all(row["us_per_sample"] > 0 and row["realtime"] > 0 for row in rows)


def test_bench_prints_a_table_of_a_model_file(models, tmp_path):
    shutil.copy(models / "example.onnx", tmp_path / "other.onnx")
    done = run("bench", tmp_path / "other.onnx", "--precision", "int8")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 5


@pytest.mark.parametrize("form", ["md", "json"])
def test_addresses_are_printed(form):
    done = run("addresses", "--format", form)
    assert done.exit_code == 0
    assert "/voice/NAME/gain" in done.stdout
    if form == "json":
        json.loads(done.stdout)


def test_the_version_is_told():
    assert run("--version").output.split()[0] == "smfosc"
