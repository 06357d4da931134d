"""Training: it learns, it resumes exactly, and it says in a line what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from smfosc.model_file import mulaw_encode
from trainer import rnn
from trainer.audition import Audition
from trainer.checkpoint import load, save
from trainer.errors import TrainerError
from trainer.network import SampleRnn
from trainer.optimisers import optimiser
from trainer.rnn import RnnConfig, rate_at, train
from trainer.windows import UNJUDGED, WindowConfig, batches, draw


@pytest.fixture(autouse=True)
def no_playing(monkeypatch):
    """Auditions cost half a minute: here one is a fixed verdict."""
    monkeypatch.setattr(rnn, "audition", lambda *_: verdict(3.0))


def verdict(penalty):
    points, sounds = np.array([[64.0, 0.0]]), np.zeros((1, 800), np.float32)
    return Audition(points, np.array([penalty]), ("heard",), sounds)


def run(folder, config, *, until=None):
    """Train, killed after `until` steps if given. Returns the progress seen."""
    seen = []
    for progress in train(folder, tiny.clips(), tiny.clips(2, seed=1), config):
        seen.append(progress)
        if progress.step == until:
            break
    return seen


SAMPLED = tiny.config(windows=WindowConfig(batch=4, frames=40, sampling=0.3))


def same(a, b):
    """Equal to the last bit, through dictionaries and lists."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


@pytest.mark.parametrize(
    "config",
    [tiny.config(), SAMPLED, tiny.config(optimiser="muon")],
    ids=["told", "sampled", "by muon"],
)
@pytest.mark.parametrize("killed_after", [1, 3, 4])
def test_killed_and_resumed_equals_uninterrupted(tmp_path, killed_after, config):
    whole = run(tmp_path / "whole", config)
    run(tmp_path / "parts", config, until=killed_after)
    rest = run(tmp_path / "parts", config)
    assert [p.loss for p in rest] == [p.loss for p in whole[-len(rest) :]]
    a, b = load(tmp_path / "whole" / "latest.pt"), load(tmp_path / "parts" / "latest.pt")
    for part in ("step", "network", "average", "optimiser"):
        assert same(getattr(a, part), getattr(b, part)), part


@pytest.mark.parametrize("optimiser", ["adam", "muon"])
def test_it_learns(tmp_path, optimiser):
    seen = run(tmp_path, tiny.config(steps=80, learning_rate=2e-2, optimiser=optimiser))
    assert seen[-1].loss < seen[0].loss - 1.0
    assert seen[-1].validation < seen[0].loss - 1.0


def test_muon_has_the_grus_matrices_and_adam_the_rest():
    network = SampleRnn(tiny.config().network)
    pair = optimiser("muon", network, 1e-3)
    held = [[w for group in each.param_groups for w in group["params"]] for each in pair.optimisers]
    named = {id(weight): name for name, weight in network.named_parameters()}
    muon, adam = ([named.pop(id(weight)) for weight in weights] for weights in held)
    assert not named
    assert all(name.startswith("gru.weight") for name in muon)
    assert not any(name.startswith("gru.weight") for name in adam)


def test_steps_of_muon_are_alike_in_all_directions():
    network = SampleRnn(tiny.config().network)
    before = network.gru.weight_hh_l0.detach().clone()
    slopes = torch.randn(before.shape, generator=torch.Generator().manual_seed(1))
    slopes @= torch.diag(torch.logspace(0, -2, before.shape[1]))
    for weight in network.parameters():
        weight.grad = torch.zeros_like(weight)
    network.gru.weight_hh_l0.grad = slopes
    optimiser("muon", network, 1e-3).step()
    found = torch.linalg.svdvals(network.gru.weight_hh_l0.detach() - before)
    assert torch.linalg.svdvals(slopes)[0] > 50 * torch.linalg.svdvals(slopes)[-1]
    assert found[0] < 3 * found[-1]


def test_a_run_by_another_optimiser_is_not_gone_on_with(tmp_path):
    run(tmp_path, tiny.config(), until=2)
    with pytest.raises(TrainerError, match=r"trained by adam, wanted muon; .* --start"):
        run(tmp_path, tiny.config(optimiser="muon"))


def test_a_finished_run_does_nothing_more(tmp_path):
    run(tmp_path, tiny.config())
    assert run(tmp_path, tiny.config()) == []


def test_the_best_checkpoint_is_the_one_that_plays_best(tmp_path, monkeypatch):
    verdicts = iter([30.0, 10.0, 20.0])
    monkeypatch.setattr(rnn, "audition", lambda *_: verdict(next(verdicts)))
    run(tmp_path, tiny.config(audition_every=2))
    assert load(tmp_path / "best.pt").step == 4
    assert load(tmp_path / "latest.pt").best_penalty == 10.0


@pytest.mark.parametrize("shards", [1, 3])
def test_shards_change_only_the_order_of_sums(tmp_path, shards):
    one = run(tmp_path / "a", tiny.config(bfloat16=False, shards=1))
    many = run(tmp_path / "b", tiny.config(bfloat16=False, shards=shards))
    np.testing.assert_allclose([p.loss for p in many], [p.loss for p in one], rtol=1e-4)


def test_a_new_run_can_start_from_another_ones_average(tmp_path):
    run(tmp_path / "first", tiny.config())
    lender = tmp_path / "first" / "latest.pt"
    run(tmp_path / "second", tiny.config(learning_rate=1e-12, start=lender))
    lent, kept = load(lender), load(tmp_path / "second" / "latest.pt")
    for name, weight in lent.average.items():
        torch.testing.assert_close(kept.network[name], weight, rtol=0, atol=1e-6)


def test_batches_depend_on_seed_and_step_alone():
    config, clips = tiny.config().windows, tiny.clips()
    again = [draw(clips, config, 5, 7, levels=256) for _ in range(2)]
    assert torch.equal(again[0].inputs, again[1].inputs)
    assert not torch.equal(again[0].inputs, draw(clips, config, 5, 8, levels=256).inputs)
    assert not torch.equal(again[0].inputs, draw(clips, config, 6, 7, levels=256).inputs)


def test_what_is_heard_is_brighter_or_darker_than_its_targets_clip_by_clip():
    """By a first-order slope: as it is at 0 Hz, up to tilt_db more or less at the Nyquist one."""
    plain = WindowConfig(batch=64, frames=40, hold=2, noise=0.0, dither=False)
    one, other = heard_by(plain, replace(plain, tilt_db=6.0))
    nyquist_db = []
    for a, b in zip(one, other, strict=True):
        parts = np.stack([a[1:], np.diff(a)], axis=1)
        (level, slope), *_ = np.linalg.lstsq(parts, b[1:], rcond=None)
        np.testing.assert_allclose(b[1:], parts @ [level, slope], atol=1e-6)
        nyquist_db.append(20 * np.log10(1 + 2 * slope / level))
    assert np.abs(nyquist_db).max() <= 6.0001
    assert min(nyquist_db) < -3
    assert max(nyquist_db) > 3
    # the target's regression on what is heard: else a free run sinks
    np.testing.assert_allclose((one * other).sum(1), (other * other).sum(1), rtol=1e-5)


def heard_by(*configs, step=6):
    """What the streams (B, T) hear of the same clips, each asked for the same."""
    batches = [draw(tiny.clips(), config, 5, step, levels=256) for config in configs]
    for batch in batches[1:]:
        assert torch.equal(batch.targets, batches[0].targets)
        assert torch.equal(batch.inputs[:, :, 1:], batches[0].inputs[:, :, 1:])
    return [batch.inputs[:, :, 0].T.double().numpy() for batch in batches]


def test_what_is_heard_is_louder_or_softer_than_its_targets_clip_by_clip():
    clips = tiny.clips()
    plain = WindowConfig(batch=64, frames=40, hold=2, noise=0.0, dither=False)
    one, other = (
        draw(clips, replace(plain, gain_db=gain_db), 5, 6, levels=256) for gain_db in (0.0, 3.0)
    )
    assert torch.equal(one.targets, other.targets)
    assert torch.equal(one.inputs[:, :, 1:], other.inputs[:, :, 1:])
    a, b = (batch.inputs[:, :, 0].double() for batch in (one, other))
    gain = (a * b).sum(0) / (a * a).sum(0)
    torch.testing.assert_close(b, (a * gain).clamp(-1, 1), rtol=0, atol=1e-6)
    gain_db = 20 * torch.log10(gain) + 0.508  # their mean is their mean square: no run sinks
    assert gain_db.abs().max() <= 3.0001
    assert (gain_db.min() < -1.5, gain_db.max() > 1.5) == (True, True)
    later = draw(clips, replace(plain, gain_db=3.0), 5, 7, levels=256).inputs[:, :, 0].double()
    same_clip = draw(clips, plain, 5, 7, levels=256).inputs[:, :, 0].double()
    held = (same_clip * later).sum(0) / (same_clip * same_clip).sum(0)
    assert torch.isclose(held, gain, atol=1e-5).double().mean() == 0.5  # of two windows a clip


def test_what_is_heard_otherwise_fades_from_the_clip_s_beginning_on():
    """Louder by so many dB times e^(-samples / fading), over both windows of the clip."""
    plain = WindowConfig(batch=8, frames=40, hold=2, noise=0.0, dither=False, silence=0.0)
    stays, fades = replace(plain, gain_db=3.0), replace(plain, gain_db=3.0, fading=50)
    for step in (6, 7):
        a, whole, b = heard_by(plain, stays, fades, step=step)
        age = np.array([(step + k * 2 // 8) % 2 * 40 for k in range(8)])[:, None] + np.arange(40)
        drawn_db = 20 * np.log10(np.median(whole / a, axis=1))[:, None] - shrunk_db(3.0)
        left = np.exp(-age / 50)
        wanted = a * 10 ** ((drawn_db * left + shrunk_db(3.0 * left)) / 20)
        np.testing.assert_allclose(b, np.clip(wanted, -1, 1), atol=1e-5)


def test_a_gain_drawn_anew_is_another_one_and_fades_again():
    plain = WindowConfig(batch=8, frames=40, hold=4, noise=0.0, dither=False, silence=0.0)
    fades = replace(plain, gain_db=3.0, fading=50, anew=2)
    firsts = []
    for step in (8, 9, 10, 11):  # of stream 0 the windows 0 ... 3 of one clip
        (a, b), (_, whole) = (
            heard_by(plain, config, step=step) for config in (fades, replace(fades, fading=0))
        )
        drawn_db = 20 * np.log10(np.median(whole[0] / a[0])) - shrunk_db(3.0)
        left = np.exp(-(step % 2 * 40 + np.arange(40)) / 50)
        wanted = a[0] * 10 ** ((drawn_db * left + shrunk_db(3.0 * left)) / 20)
        np.testing.assert_allclose(b[:1], np.clip(wanted, -1, 1), atol=1e-5)
        firsts.append(float(np.squeeze(drawn_db)))
    assert firsts[0] == pytest.approx(firsts[1], abs=1e-4)
    assert firsts[2] == pytest.approx(firsts[3], abs=1e-4)
    assert abs(firsts[0] - firsts[2]) > 0.1


def shrunk_db(most_db):
    """By how much gains of -most_db ... most_db are smaller, their mean being their mean square."""
    drawn = np.linspace(-1, 1, 20_001)[:, None, None] * np.asarray(most_db)
    gains = 10 ** (drawn / 20)
    return 20 * np.log10(gains.mean(0) / (gains**2).mean(0))


@pytest.mark.parametrize("count", [0, 2, 9])
def test_batches_drawn_ahead_are_the_same(count):
    drawn = [
        list(
            batches(tiny.clips(), SAMPLED.windows, 5, range(3, 3 + count), levels=256, ahead=ahead)
        )
        for ahead in (0, 4)
    ]
    assert len(drawn[0]) == count
    for one, other in zip(*drawn, strict=True):
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.luck, other.luck)


def test_targets_are_clean_and_one_sample_ahead():
    clips = tiny.clips()
    batch = draw(clips, replace(tiny.config().windows, noise=0.0), 1, 1, levels=256)
    heard = mulaw_encode(batch.inputs[:, :, 0].numpy())
    judged = batch.targets[:-1].numpy() != UNJUDGED
    np.testing.assert_array_equal(heard[1:][judged], batch.targets[:-1].numpy()[judged])
    noisy = draw(clips, tiny.config().windows, 1, 1, levels=256)
    assert torch.equal(noisy.targets, batch.targets)
    spread = (noisy.inputs - batch.inputs)[:, :, 0].std().item()
    assert spread == pytest.approx(0.02, rel=0.2)
    assert torch.equal(noisy.inputs[:, :, 1:], batch.inputs[:, :, 1:])


def test_a_stream_stays_on_a_clip_and_goes_on_where_it_was():
    clips = tiny.clips(frames=4000)
    config = WindowConfig(batch=8, frames=100, noise=0.0, hold=4, silence=0.25, burn_in=10)
    steps = [draw(clips, config, 3, step, levels=256) for step in range(1, 200)]
    begun = [(batch.targets[0] == UNJUDGED).numpy() for batch in steps]
    assert np.mean(begun) == pytest.approx(1 / 4, abs=0.01)
    for before, after, new in zip(steps, steps[1:], begun[1:], strict=False):
        heard = mulaw_encode(after.inputs[0, ~new, 0].numpy())
        np.testing.assert_array_equal(before.targets[-1, ~new].numpy(), heard)
        assert torch.equal(before.inputs[0, ~new, 1:], after.inputs[0, ~new, 1:])
    silent = [(batch.kept == 0).numpy() for batch in steps]
    assert not any(np.any(s & ~n) for s, n in zip(silent, begun, strict=True))
    assert np.sum(silent) / np.sum(begun) == pytest.approx(0.25, abs=0.08)


def test_dithered_codes_are_the_sounds_mean_and_never_more_than_one_off():
    plain = tiny.clips(count=1, frames=2100)
    place = np.full(plain.codes.shape, 100.3)
    clips = replace(
        plain, codes=np.full_like(plain.codes, 100), rests=(place - 100).astype(np.float16)
    )
    config = WindowConfig(batch=64, frames=200, hold=1)
    codes = draw(clips, config, 1, 1, levels=256).targets
    judged = codes[codes != UNJUDGED].double()
    assert set(judged.unique().tolist()) == {100.0, 101.0}
    assert judged.mean().item() == pytest.approx(100.3, abs=0.02)
    undithered = draw(clips, replace(config, dither=False), 1, 1, levels=256).targets
    assert set(undithered.unique().tolist()) == {UNJUDGED, 100}


def test_lone_windows_begin_from_silence():
    config = WindowConfig(batch=8, frames=100, hold=1, silence=1.0)
    batch = draw(tiny.clips(), config, 3, 5, levels=256)
    assert not batch.kept.any()
    assert (batch.targets[: config.burn_in] == UNJUDGED).all()
    assert (batch.targets[config.burn_in :] != UNJUDGED).all()


def test_the_rate_rises_then_falls_to_its_end():
    config = RnnConfig(steps=1000)
    rates = [rate_at(step, config) for step in range(1000)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(config.learning_rate, rel=0.01)
    assert all(np.diff(rates[:top]) > 0)
    assert all(np.diff(rates[top:]) <= 0)
    assert rates[-1] == pytest.approx(0.01 * config.learning_rate, rel=0.01)


# --- what can be wrong with a checkpoint ---------------------------------------------------


def test_a_checkpoint_of_another_shape_names_the_difference(tmp_path):
    run(tmp_path, tiny.config())
    other = tiny.config(network=replace(tiny.NETWORK, hidden=24))
    with pytest.raises(TrainerError, match=r"latest.pt: of another shape: hidden 16, wanted 24"):
        run(tmp_path, other)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04broken"])
def test_a_broken_checkpoint_is_told_in_a_line(tmp_path, content):
    (tmp_path / "latest.pt").write_bytes(content)
    with pytest.raises(TrainerError, match=r"latest\.pt: not a checkpoint"):
        load(tmp_path / "latest.pt")


def test_a_checkpoint_cut_anywhere_is_refused(tmp_path):
    run(tmp_path, tiny.config())
    whole = (tmp_path / "latest.pt").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        (tmp_path / "cut.pt").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(TrainerError, match="not a checkpoint"):
            load(tmp_path / "cut.pt")


def test_a_checkpoint_that_is_code_is_not_run(tmp_path):
    torch.save({"format": 1, "step": print}, tmp_path / "bad.pt")
    with pytest.raises(TrainerError, match="not a checkpoint"):
        load(tmp_path / "bad.pt")


def test_equal_checkpoints_are_equal_bytes_whoever_writes_them(tmp_path, monkeypatch):
    run(tmp_path, tiny.config())
    held = load(tmp_path / "latest.pt")
    save(tmp_path / "mine.pt", held)
    monkeypatch.setattr("os.getpid", lambda: 123_456_789)
    save(tmp_path / "yours.pt", held)
    assert (tmp_path / "mine.pt").read_bytes() == (tmp_path / "yours.pt").read_bytes()


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    run(tmp_path, tiny.config())
    held = load(tmp_path / "latest.pt")

    def full(held, file):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainerError, match=r"cannot be written .*No space left"):
        save(tmp_path / "latest.pt", held)
    monkeypatch.undo()
    assert load(tmp_path / "latest.pt").step == held.step
    assert {file.suffix for file in tmp_path.iterdir()} == {".pt"}
    assert not list(tmp_path.glob(".*"))


# --- scheduled sampling --------------------------------------------------------------------


def test_clips_too_short_for_the_windows_are_told_in_a_line(tmp_path):
    long = tiny.config(windows=WindowConfig(batch=4, frames=256, hold=8))
    with pytest.raises(TrainerError, match=r"2000 samples, wanted 2049 .*--hold or --frames"):
        run(tmp_path, long)


def test_only_the_share_asked_for_is_drawn_and_never_a_windows_first():
    config = WindowConfig(batch=16, frames=200, sampling=0.3)
    luck = draw(tiny.clips(), config, 1, 1, levels=256).luck
    assert (luck[0] == -1).all()
    assert (luck[1:] >= 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert luck.max() < 1
    assert draw(tiny.clips(), replace(config, sampling=0.0), 1, 1, levels=256).luck is None


def test_drawn_samples_are_the_networks_own():
    """With all chances on one code, every drawn input is that code's sample, all others stay."""
    trainee = rnn.Trainee(tiny.config(), torch.device("cpu"))
    with torch.no_grad():
        trainee.network.head.weight.zero_()
        trainee.network.head.bias.fill_(-50.0)[200] = 50.0
    config = WindowConfig(batch=4, frames=60, sampling=0.4)
    batch = draw(tiny.clips(), config, 1, 1, levels=256)
    inputs = trainee._own_samples(batch, trainee.state)
    drawn = batch.luck >= 0
    assert (inputs[..., 0][drawn] == trainee.decode[200]).all()
    assert torch.equal(inputs[..., 0][~drawn], batch.inputs[..., 0][~drawn])
    assert torch.equal(inputs[..., 1:], batch.inputs[..., 1:])


def test_drawn_samples_follow_the_networks_chances():
    trainee = rnn.Trainee(tiny.config(), torch.device("cpu"))
    with torch.no_grad():
        trainee.network.head.weight.zero_()
        trainee.network.head.bias.fill_(-50.0)
        trainee.network.head.bias[100], trainee.network.head.bias[101] = 0.0, np.log(3.0)
    config = WindowConfig(batch=4, frames=400, hold=2, sampling=1.0)
    batch = draw(tiny.clips(), config, 1, 1, levels=256)
    inputs = trainee._own_samples(batch, trainee.state)[1:, :, 0]
    share = (inputs == trainee.decode[101]).float().mean().item()
    assert share == pytest.approx(0.75, abs=0.04)


def test_it_learns_from_its_own_samples_too(tmp_path):
    windows = WindowConfig(batch=4, frames=40, sampling=0.3)
    seen = run(tmp_path, tiny.config(steps=50, learning_rate=3e-2, windows=windows))
    assert seen[-1].loss < seen[0].loss - 0.8
