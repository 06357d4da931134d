"""Classifier and distances of sets, on sets whose answer is known."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from trainer.evaluation import agreement, distribution
from trainer.evaluation.classifier import cross_validated, train


def two_classes(count=200, apart=4.0, size=10, seed=0):
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    rows = draw.standard_normal((count, size))
    rows[:, 0] += apart * labels
    return rows, labels.astype(np.intp)


def test_a_classifier_tells_two_classes_apart():
    rows, labels = two_classes()
    assert cross_validated(rows, labels, np.arange(200), 2, 1) > 0.95
    again, wanted = two_classes(seed=9)
    assert np.mean(train(rows, labels, 2).classes(again) == wanted) > 0.95


def test_shuffled_labels_are_guessed_half_the_time():
    rows, labels = two_classes(count=600)
    np.random.default_rng(3).shuffle(labels)
    assert cross_validated(rows, labels, np.arange(600), 2, 1) == pytest.approx(0.5, abs=0.07)


def test_a_source_is_never_on_both_sides():
    """Classes that only repeat their sources' own rows cannot be told for a source held out."""
    draw = np.random.default_rng(5)
    groups = np.repeat(np.arange(40), 10)
    rows = draw.standard_normal((40, 30))[groups] + 0.01 * draw.standard_normal((400, 30))
    labels = draw.permutation(np.arange(40) % 2)[groups].astype(np.intp)
    alone = cross_validated(rows, labels, np.arange(400), 2, 1)
    together = cross_validated(rows, labels, groups, 2, 1)
    assert alone > 0.9
    assert together < 0.75


def test_the_optimum_has_no_slope():
    rows, labels = two_classes(count=50, apart=1.0)
    found = train(rows, labels, 2, ridge=0.1)
    inputs = (rows - found.mean) / found.scale
    odds = np.exp(found.logits(rows))
    odds /= odds.sum(axis=1, keepdims=True)
    slope = inputs.T @ (odds - np.eye(2)[labels]) / len(rows) + 0.1 * found.weights
    np.testing.assert_allclose(slope, 0, atol=1e-4)


def test_equal_pairs_agree_and_strangers_do_not():
    rows, labels = two_classes()
    classifier = train(rows, labels, 2)
    zeros, ones = rows[labels == 0], rows[labels == 1]
    same = agreement.judged(classifier, zeros, zeros, zeros, zeros)
    assert same["same_class"]["RNN and GAN"] == 1.0
    assert same["ks_of_logits"]["RNN and GAN"] == 0.0
    other = agreement.judged(classifier, ones, zeros, zeros, zeros)
    assert other["same_class"]["RNN and itself"] < 0.15
    assert other["same_class"]["RNN and GAN"] < 0.15
    assert other["same_class"]["GAN and itself"] == 1.0
    assert other["ks_of_logits"]["RNN and GAN"] > 0.9


def test_a_pairs_margins_have_the_sign_of_its_agreement():
    rows, labels = two_classes()
    classifier = train(rows, labels, 2)
    gan, rnn = rows, np.random.default_rng(0).permutation(rows)
    found = agreement.margins(classifier, rnn, gan)
    assert min(found["GAN"]) >= 0
    agree = classifier.classes(rnn) == classifier.classes(gan)
    assert 0.1 < agree.mean() < 0.9
    assert (np.array(found["RNN"])[agree] >= 0).all()
    assert (np.array(found["RNN"])[~agree] <= 0).all()
    logits = np.array([[3.0, 1.0, 2.5]])
    assert agreement.margin(logits, np.array([0])) == [0.5]
    assert agreement.margin(logits, np.array([1])) == [-2.0]


def test_a_classifier_below_nine_in_ten_is_said_to_count_for_little():
    assert agreement.caution({"trusted": True, "cross_validated": 0.95}) == {}
    said = agreement.caution({"trusted": False, "cross_validated": 0.712})["caution"]
    assert said.startswith("the classifier gets only 71.2% of held-out clips right, wanted above")


def test_equal_sets_have_no_distance():
    rows = np.random.default_rng(0).standard_normal((64, 8))
    assert distribution.frechet(rows, rows) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_of_known_gaussians():
    """Of N(0, A) and N(m, B) with diagonal A, B: |m|^2 + sum (sqrt a - sqrt b)^2."""
    a = multivariate_normal([0, 0], [1, 4]).rvs(40_000, random_state=1)
    b = multivariate_normal([3, 0], [4, 1]).rvs(40_000, random_state=2)
    assert distribution.frechet(a, b) == pytest.approx(9 + 1 + 1, rel=0.03)


def test_kid_is_about_nothing_within_and_much_between():
    draw = np.random.default_rng(0)
    a, b = draw.standard_normal((2, 300, 4))
    assert abs(distribution.kid(a, b)) < 0.1
    assert distribution.kid(a, b + 3) > 10


def test_modes_that_are_missing_are_counted():
    centres = 20 * np.eye(5)
    draw = np.random.default_rng(0)
    rows = np.repeat(centres, 8, axis=0) + draw.standard_normal((40, 5))
    everything = distribution.modes(rows, rows, 1)
    one = distribution.modes(rows, rows[:8], 1)
    assert everything["modes_hit"] == everything["modes"]
    assert one["modes_hit"] < everything["modes_hit"]


def test_a_reference_is_nearer_to_itself_than_to_another():
    draw = np.random.default_rng(2)
    reference = draw.standard_normal((80, 20))
    found = distribution.compare(reference, {"same": reference, "far": reference + 5}, 1)
    assert found["same"]["frechet"] == pytest.approx(0, abs=1e-6)
    assert found["far"]["frechet"] > 10 * found["reference, half and half"]["frechet"]


def test_a_set_that_never_varies_has_an_embedding_still():
    still = np.ones((10, 6))
    assert np.isfinite(distribution.embedding(still)(still + 1)).all()
