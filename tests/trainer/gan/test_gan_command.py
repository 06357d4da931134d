"""`smf-train gan` as a user meets it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny_gan import write_sounds

from trainer.cli_gan import gan


def call(*arguments: object) -> Result:
    return CliRunner().invoke(gan, [str(argument) for argument in arguments])


def test_a_short_run_trains_and_says_how_it_went(tmp_path: Path) -> None:
    data, out = write_sounds(tmp_path / "sounds", seconds=1.024), tmp_path / "gan"
    small = ("--channels", "4,4,3,2,2", "--clips", 40, "--batch", 4, "--shares", "1,1,1,1,1")
    result = call("--data", data, "--out", out, "--conditional", *small)
    assert result.exit_code == 0, result.output
    assert "step 10: stage 4 alpha 1.00" in result.output
    assert (out / "generator.pt").is_file()
    tags = EventAccumulator(str(out)).Reload().Tags()
    assert {"loss/gap", "schedule/alpha", "look/diversity"} <= set(tags["scalars"])
    assert {"real", "fake"} == {name.split("/")[0] for name in tags["images"]}
    assert {"real/0", "fake/0"} <= set(tags["audio"])
    again = call("--data", data, "--out", out, "--conditional", *small)
    assert again.output == f"{out / 'generator.pt'}: trained to the end of its schedule\n"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--shares", "1,2"), "gan: shares: 2 of them for 5 stages; give one per stage"),
        (("--shares", "1,x"), "gan: --shares: got '1,x', wanted numbers with commas"),
        (("--shares", "1,1,0,1,1"), "gan: shares: got (1.0, 1.0, 0.0, 1.0, 1.0), wanted more"),
        (("--channels", "8,8"), "gan: shares: 5 of them for 2 stages; give one per stage"),
        (("--batch", "6"), "gan: batch: 6 clips on 1 process(es); wanted a multiple of 4"),
        (("--representation", "mel"), "representation 'mel': no such one"),
        (("--conditional",), "no number in column 'pitch'"),
        (("--data", "nowhere"), "nowhere: no metadata.csv"),
    ],
)
def test_a_mistake_ends_in_one_line(tmp_path: Path, options: tuple[str, ...], error: str) -> None:
    data = write_sounds(tmp_path / "sounds", 4, pitches=False)
    result = call("--data", data, "--out", tmp_path / "gan", *options)
    assert result.exit_code == 1
    assert error in result.output
    assert result.output.count("\n") == 1, result.output
    assert not list((tmp_path / "gan").glob("*"))
