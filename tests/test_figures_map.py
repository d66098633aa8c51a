"""Where the names of provinces stand on a map."""

from __future__ import annotations

import numpy as np
import pytest

from trends.figures.map_labels import apart, is_dark


def overlapping(places, half):
    return [
        (one, other)
        for one in range(len(places))
        for other in range(one)
        if (half[one] + half[other] - np.abs(places[one] - places[other]) > 1e-6).all()
    ]


@pytest.mark.parametrize("seed", range(5))
def test_labels_end_up_apart(seed):
    rng = np.random.default_rng(seed)
    places, half = rng.uniform(0, 8, (14, 2)), np.column_stack([rng.uniform(0.2, 0.6, 14), np.full(14, 0.2)])
    assert overlapping(places, half)
    given = places.copy()
    assert overlapping(apart(places, half), half) == []
    assert (places == given).all()


def test_a_label_that_meets_no_other_stays():
    places, half = np.array([[0.0, 0.0], [0.5, 0.1], [5.0, 5.0]]), np.full((3, 2), 0.3)
    placed = apart(places, half)
    assert placed[2].tolist() == [5.0, 5.0]
    assert placed[:2].tolist() == pytest.approx(np.array([[-0.05, 0.0], [0.55, 0.1]]))


def test_labels_on_one_place_are_parted_too():
    places, half = np.zeros((2, 2)), np.full((2, 2), 0.5)
    assert overlapping(apart(places, half), half) == []


@pytest.mark.parametrize(
    ("colour", "dark"), [("#ffffff", False), ("#ef6548", False), ("#b30000", True), ("#08306b", True)]
)
def test_letters_are_white_where_white_has_more_contrast(colour, dark):
    assert is_dark(colour) is dark
