"""Evaluation with players whose faults are known: the report must find just these."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import tiny
import torch

from trainer.card import card
from trainer.checkpoint import save
from trainer.errors import TrainerError
from trainer.evaluate import EvaluationConfig, Performance, Turn, evaluate, report, result_count
from trainer.export import ExportConfig, export
from trainer.players import DaemonPlayer, score_text
from trainer.rnn import Trainee
from trainer.tuning import midi_to_hz

SHORT = EvaluationConfig(
    seeds=(1, 2),
    seconds=1.0,
    pitches=(64.0, 64.5),
    timbres=(0.0, 0.5),
    step_timbres=(0.0,),
    steps=4,
    drift_points=((70, 0),),
    drift_s=6.0,
)


@dataclass
class FaultyPlayer:
    """Sawtooth-like tones; each fault in one place."""

    off_cents: float = 0.0  # at timbre 0.5 in seed 2
    delay: int = 0  # samples after each step
    fade_db: float = 0.0  # over a performance
    samplerate: int = 16_000

    def play(self, performances):
        return [self._one(p) for p in performances]

    def _one(self, performance):
        frames = round(performance.seconds * self.samplerate)
        pitch = np.empty(frames)
        for turn in performance.turns:
            begin = round(turn.seconds * self.samplerate)
            wrong = self.off_cents if (turn.timbre, performance.seed) == (0.5, 2) else 0.0
            pitch[begin + (self.delay if begin else 0) :] = turn.pitch + wrong / 100
        phase = 2 * np.pi * np.cumsum(midi_to_hz(pitch)) / self.samplerate
        fade = 10 ** (np.linspace(0, self.fade_db, frames) / 20)
        return (0.2 * fade * sum(np.sin(k * phase) / k for k in range(1, 6))).astype(np.float32)


def measured(player):
    results = list(evaluate(player, SHORT))
    assert len(results) == result_count(SHORT)
    return report(results, SHORT)


def test_a_perfect_player_has_no_fault():
    summary = measured(FaultyPlayer()).summary()
    assert summary["worst_cents_ends"] < 1
    assert summary["worst_cents_between"] < 1
    assert summary["worst_in_tune"] == 1.0
    assert summary["prt_missed"] == 0
    assert abs(summary["drift_db"]) < 0.01


def test_the_worst_seed_is_reported():
    found = measured(FaultyPlayer(off_cents=60))
    assert found.summary()["worst_cents_between"] == pytest.approx(60, abs=1)
    assert found.summary()["worst_in_tune"] == 0.0
    assert found.summary()["worst_cents_ends"] < 1


def test_a_late_player_has_a_late_response():
    prompt, late = (measured(FaultyPlayer(delay=d)).response[0].median for d in (0, 200))
    assert late - prompt == pytest.approx(200, abs=30)


def test_a_fading_player_drifts():
    assert measured(FaultyPlayer(fade_db=-12)).drift[0].level_db == pytest.approx(-10, abs=0.5)


def test_the_report_is_json_and_a_card():
    found = measured(FaultyPlayer(off_cents=-20))
    assert json.loads(json.dumps(found.as_json()))["summary"]["notes"] == 4
    text = card(found)
    assert "| 64.5 | +0.0 | -20.0 |" in text.replace("-0.0", "+0.0")
    assert "2 seeds x 1 s" in text


def test_performances_become_a_score():
    turns = (Turn(0.0, 64.0, 0.5), Turn(1.5, 76.0, 0.5))
    lines = score_text([Performance(turns, 2.0, seed) for seed in (7, 8)], "tiny").splitlines()
    assert "0 /voice/v1/seed 7" in lines
    assert "1.500000 /voice/v1/pitch 76.000000" in lines
    assert "0 /voice/new v2 tiny 2" in lines
    assert "0 /voice/v2/seed 8" in lines


@pytest.fixture
def tiny_model(tmp_path):
    save(tmp_path / "c.pt", Trainee(tiny.config(), torch.device("cpu")).checkpoint())
    out = tmp_path / "tiny.onnx"
    export(tmp_path / "c.pt", out, tiny.clips(2), ExportConfig(loudness_s=0.5))
    return out


def test_the_daemon_plays_each_performance_on_its_own(tiny_model):
    five = [Performance((Turn(0.0, 70.0, 0.0),), 0.3, seed) for seed in (1, 2, 3, 4, 2)]
    sounds = DaemonPlayer(tiny_model).play(five)
    assert [len(sound) for sound in sounds] == [4800] * 5
    settled = [sound[800:] for sound in sounds]  # after the attack
    assert all(np.std(sound) > 0.01 for sound in settled)
    np.testing.assert_allclose(settled[1], settled[4], atol=1e-6)  # the seed alone decides
    assert abs(np.corrcoef(settled[0], settled[1])[0, 1]) < 0.1


def test_a_renderer_that_fails_is_told_in_a_line(tmp_path):
    (tmp_path / "tiny.onnx").write_bytes(b"not a model")
    with pytest.raises(TrainerError, match=r"evaluate: smfosc render .*tiny\.onnx"):
        DaemonPlayer(tmp_path / "tiny.onnx").play([Performance((Turn(0, 70, 0),), 0.3, 1)])
