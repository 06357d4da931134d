"""The random numbers and the draw: known answers, the NumPy twin, the right distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import random_weights

from smfosc import _core, reference
from smfosc.model_file import mulaw_table
from smfosc.models import kernel_of

ISAS = _core.isas()
LEVELS = 300  # no multiple of the kernel's tile of 64
KERNELS = {isa: kernel_of(random_weights(levels=LEVELS), isa=isa) for isa in ISAS}

every_isa = pytest.mark.parametrize("isa", ISAS)


# --- Philox ---------------------------------------------------------------------------------

# Random123 1.14, tests/kat_vectors, philox4x32 10: counter, key -> words.
KNOWN = [
    ([0] * 4, 0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, 2**64 - 1, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        0x299F31D0A4093822,
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_answers(counter: list[int], key: int, words: list[int]) -> None:
    assert _core.philox(counter, key) == words
    assert reference.philox4x32(counter, key) == words


@given(seed=st.integers(0, 2**64 - 1), counter=st.integers(0, 2**64 - 1))
def test_uniform_equals_the_reference(seed: int, counter: int) -> None:
    assert _core.uniform(seed, counter) == reference.uniform(seed, counter)
    assert 0.0 < _core.uniform(seed, counter) < 1.0


# --- the draw -------------------------------------------------------------------------------


def _row(seed: int, spread: float = 3.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, LEVELS).astype(np.float32)


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    temperature=st.floats(0.125, 2.0, width=32),
    pdf_floor=st.sampled_from([0.0, 0.002, 0.01]),
    uniform=st.floats(2**-53, 1, exclude_max=True),
    isa=st.sampled_from(ISAS),
)
def test_draw_equals_the_reference(
    seed: int, temperature: float, pdf_floor: float, uniform: float, isa: str
) -> None:
    """Or the level beside it, where float32 puts the border between the two by 1e-6 elsewhere."""
    row = _row(seed)
    level = KERNELS[isa].draw(row, temperature, pdf_floor, uniform)
    shares = reference.probabilities(row.astype(np.float64), temperature, pdf_floor)
    cumulated = np.concatenate([[0.0], np.cumsum(shares)])
    assert cumulated[level] - 1e-5 <= uniform <= cumulated[level + 1] + 1e-5
    assert shares[level] > 0 or pdf_floor > 0


@every_isa
@pytest.mark.parametrize(
    ("temperature", "pdf_floor"), [(1.0, 0.0), (0.6, 0.0), (1.7, 0.0), (1.0, 0.004)]
)
def test_draws_follow_the_distribution(isa: str, temperature: float, pdf_floor: float) -> None:
    """Pearson's chi-square of 40,000 draws with the generator's own numbers, fixed seed."""
    row, draws = _row(5, spread=1.5), 40_000
    kernel = KERNELS[isa]
    levels = [kernel.draw(row, temperature, pdf_floor, _core.uniform(11, t)) for t in range(draws)]
    expected = draws * reference.probabilities(row.astype(np.float64), temperature, pdf_floor)
    counts = np.bincount(levels, minlength=LEVELS)
    common = expected >= 5  # the rule for the test to hold
    assert counts[expected == 0].sum() == 0
    statistic = ((counts - expected)[common] ** 2 / expected[common]).sum()
    freedom = common.sum() - 1
    assert abs(statistic - freedom) <= 4 * np.sqrt(2 * freedom)  # 4 standard deviations


@every_isa
def test_levels_below_the_floor_are_never_drawn(isa: str) -> None:
    row = np.full(LEVELS, -4.0, np.float32)
    row[[20, 200]] = 3.0  # all others: 0.00046 each, together 14 %
    drawn = {KERNELS[isa].draw(row, 1.0, 0.002, u) for u in np.linspace(1e-6, 0.999999, 500)}
    assert drawn == {20, 200}


@every_isa
def test_where_nothing_is_above_the_floor_the_likeliest_level_is_drawn(isa: str) -> None:
    row = _row(1, spread=0.01)
    assert KERNELS[isa].draw(row, 1.0, 0.5, 0.3) == row.argmax()


@every_isa
@pytest.mark.parametrize("uniform", [2.0**-53, 0.5, 1.0 - 2.0**-53])
@pytest.mark.parametrize("level", [0, 15, 16, 63, 64, 255, LEVELS - 1])
def test_a_certain_level_is_drawn_whatever_the_number(isa: str, uniform: float, level: int) -> None:
    row = np.full(LEVELS, -200.0, np.float32)
    row[level] = 200.0
    assert KERNELS[isa].draw(row, 1.0, 0.0, uniform) == level


@every_isa
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_still_draw_a_level(isa: str, bad: float) -> None:
    for row in (np.full(LEVELS, bad, np.float32), _row(3)):
        row[100] = bad
        assert 0 <= KERNELS[isa].draw(row, 1.0, 0.0, 0.7) < LEVELS


@every_isa
def test_low_temperature_draws_the_likeliest(isa: str) -> None:
    row = _row(9)
    row[77] = row.max() + 2
    assert {KERNELS[isa].draw(row, 0.1, 0.0, u) for u in np.linspace(1e-6, 0.9999, 99)} == {77}


def test_samples_are_the_decoded_levels() -> None:
    samples = KERNELS[ISAS[0]].generate([1, 2, 3], np.zeros(2, np.float32), 300)
    assert np.isin(samples, mulaw_table(LEVELS)).all()


def test_temperature_spreads_the_samples() -> None:
    kernel = kernel_of(random_weights(hidden=32, seed=3))
    params = np.array([0.5, 0.5], np.float32)
    few, many = (
        len(np.unique(kernel.generate([1], params, 2_000, temperature=t))) for t in (0.1, 2)
    )
    assert few < many / 2
