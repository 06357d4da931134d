"""The mu-law code, by which a model hears and speaks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc.model_file import mulaw_decode, mulaw_encode, mulaw_table


@pytest.mark.parametrize("levels", range(256, 1025))
def test_decoding_and_encoding_again_gives_the_same_code(levels: int) -> None:
    codes = np.arange(levels)
    assert np.array_equal(mulaw_encode(mulaw_decode(codes, levels), levels), codes)


# A uniform full-scale signal; each doubling of the levels halves the step: 5 dB with mu's growth.
@pytest.mark.parametrize(("levels", "least_db"), [(256, 37.9), (512, 43.0), (1024, 48.1)])
def test_signal_to_noise_ratio_is_that_of_a_correct_code(levels: int, least_db: float) -> None:
    x = np.random.default_rng(1).uniform(-1, 1, 1_000_000)
    error = x - mulaw_decode(mulaw_encode(x, levels), levels)
    assert 10 * np.log10(np.mean(x**2) / np.mean(error**2)) >= least_db
    assert abs(np.mean(error)) < 1e-4  # no bias


@pytest.mark.parametrize("levels", [256, 257, 512, 1024])
def test_silence_is_the_code_nearest_zero(levels: int) -> None:
    table = mulaw_table(levels)
    assert mulaw_encode(0.0, levels) in np.flatnonzero(np.abs(table) == np.abs(table).min())


@pytest.mark.parametrize("levels", [256, 257, 1024])
def test_the_table_rises_from_minus_one_to_one_and_is_odd(levels: int) -> None:
    table = mulaw_table(levels)
    assert table.dtype == np.float32
    assert (table[0], table[-1]) == (-1.0, 1.0)
    assert (np.diff(table) > 0).all()
    assert np.array_equal(table, -table[::-1])


@given(st.floats(allow_nan=False), st.integers(256, 1024))
def test_any_number_gets_a_code_within_half_a_step_of_it(x: float, levels: int) -> None:
    table, code = mulaw_table(levels).astype(np.float64), int(mulaw_encode(x, levels))
    near = table[max(code - 1, 0) : code + 2]
    assert 0 <= code < levels
    assert near.min() <= np.clip(x, -1, 1) <= near.max()


def test_nan_is_refused_because_it_has_no_code() -> None:
    with pytest.raises(ValueError, match="NaN"):
        mulaw_encode([0.0, np.nan])
