"""bench/rnn_gpu.py and gan_gpu.py run, at tiny sizes; what a GPU does is measured nowhere here."""

import re
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import gan_gpu
import rnn_gpu

LINES = {
    rnn_gpu: [
        r"the whole step +[\d.]+ ms +[\d.]+ min for 100,000",
        r"window, layers at once, bfloat16 +[\d.]+ ms .*",
        r"window, layer by layer, float16 +[\d.]+ ms .*",
    ],
    gan_gpu: [
        *(rf"stage {k} .* ms a step of 4 .* clips/s .* h" for k in range(5)),
        r"12,000,000 clips: [\d.]+ h",
    ],
}


@pytest.mark.parametrize(
    ("bench", "options"), [(rnn_gpu, []), (gan_gpu, ["--batch", "4"])], ids=["rnn", "gan"]
)
def test_a_bench_of_training_runs_on_a_cpu_at_tiny_size(bench, options):
    words = ["--device", "cpu", "--small", "--steps", "1", *options]
    done = CliRunner().invoke(bench.main, words)
    assert done.exit_code == 0, done.output
    told = done.output.splitlines()
    assert told[0].startswith("cpu, torch ")
    assert len(told) == 1 + len(LINES[bench])
    for line, wanted in zip(told[1:], LINES[bench], strict=True):
        assert re.fullmatch(wanted, line), line


@pytest.mark.parametrize("bench", [rnn_gpu, gan_gpu], ids=["rnn", "gan"])
def test_a_bench_without_a_gpu_says_how_to_try_it(bench, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = CliRunner().invoke(bench.main, [])
    assert (done.exit_code, done.output) == (
        1,
        "Error: no CUDA device here; --device cpu --small tries the script\n",
    )


def test_the_papers_sizes_are_the_papers():
    rnn, gan = rnn_gpu.configured(small=False), gan_gpu.configured(8, small=False)
    assert (rnn.network.hidden, rnn.network.layers) == (256, 3)
    assert (rnn.windows.batch, rnn.windows.frames, rnn_gpu.PAPER_STEPS) == (128, 256, 100_000)
    assert gan.network.channels == (128, 64, 64, 64, 32)
    assert gan.network.sizes == ((17, 8), (33, 16), (65, 32), (129, 64), (257, 128))
