"""Models are found by name in the model folders, and nowhere else."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from small_models import INFO, write_example

from smfosc import library
from smfosc.cli_models import info, models
from smfosc.library import LibraryError, available, find, folders, resolve_cli, user_folder


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, and no other: two models and files that are none."""
    monkeypatch.delenv("SMFOSC_MODELS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(library.sys, "platform", "linux")
    monkeypatch.setattr(library, "__file__", str(tmp_path / "installed" / "smfosc" / "library.py"))
    folder = tmp_path / "smfosc" / "models"
    folder.mkdir(parents=True)
    for name in ("water.onnx", "air.onnx", "Bad Name.onnx", "notes.txt"):
        write_example(folder / name)
    (folder / "folder.onnx").mkdir()
    return folder


def test_models_are_the_well_named_onnx_files_of_the_folders(mine: Path) -> None:
    assert available() == ["air", "water"]
    assert find("water") == mine / "water.onnx"


def test_an_unknown_model_is_refused_with_the_names_that_exist(mine: Path) -> None:
    with pytest.raises(LibraryError, match="no model 'fire'; there are: air water"):
        find("fire")


def test_without_models_the_error_says_where_to_put_one(
    tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "empty"))
    with pytest.raises(LibraryError, match=r"none \(put NAME.onnx into .*empty/smfosc/models\)"):
        find("water")


@pytest.mark.parametrize(
    "name",
    ["../models/water", "/etc/passwd", "water.onnx", "", ".", "..", "a\0b", "Wa", "é", "a" * 33],
)
def test_what_is_not_a_name_never_reaches_the_file_system(mine: Path, name: str) -> None:
    with pytest.raises(LibraryError, match="is not a name"):
        find(name)


def test_listed_folders_come_first_and_the_package_last(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMFOSC_MODELS", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    package = tmp_path / "installed" / "smfosc" / "shipped" / "models"
    assert folders() == [tmp_path / "a", tmp_path / "b", mine, package]
    (tmp_path / "b").mkdir()
    write_example(tmp_path / "b" / "water.onnx")
    assert find("water") == tmp_path / "b" / "water.onnx"


def test_a_checkout_has_its_own_folder(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "pyproject.toml").touch()
    assert folders()[0] == tmp_path / "installed" / "models"


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/smfosc/models"),
        ("linux", {"XDG_DATA_HOME": "not/absolute"}, "/home/ada/.local/share/smfosc/models"),
        ("linux", {}, "/home/ada/.local/share/smfosc/models"),
        ("darwin", {}, "/home/ada/Library/Application Support/smfosc/models"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/smfosc/models"),
    ],
)
def test_the_users_folder_is_where_the_platform_puts_data(
    platform: str, variables: dict[str, str], wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for name in ("XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(library.sys, "platform", platform)
    assert user_folder() == Path(wanted)


def test_on_the_command_line_a_model_may_be_a_path(mine: Path, tmp_path: Path) -> None:
    elsewhere = write_example(tmp_path / "elsewhere.onnx")
    assert resolve_cli("water") == mine / "water.onnx"
    assert resolve_cli(str(elsewhere)) == elsewhere
    with pytest.raises(LibraryError, match=r"no model file gone\.onnx; by name there are: air"):
        resolve_cli("gone.onnx")


def test_models_lists_names_and_ranges_and_what_is_broken(mine: Path) -> None:
    (mine / "air.onnx").write_bytes(b"not a model")
    lines = CliRunner().invoke(models).output.splitlines()
    assert lines[0].startswith("air    cannot be played: ")
    assert (
        lines[1]
        == "water  pitch 64 to 76 MIDI note, timbre 0 to 1 ratio. Noise, in a way. (0.0 MB, MIT)"
    )


def test_info_shows_the_card_of_a_model(mine: Path) -> None:
    said = CliRunner().invoke(info, ["water"]).output
    for part in ("2 GRU layers of 8", "Büchner", "pitch: 64 to 76 MIDI note, default 70", "hours"):
        assert part in said
    assert INFO.description in said


def test_info_of_an_unknown_model_is_one_line_and_exit_1(mine: Path) -> None:
    result = CliRunner().invoke(info, ["fire"])
    assert result.exit_code == 1
    assert result.output == "Error: no model 'fire'; there are: air water\n"
