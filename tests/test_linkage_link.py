"""Linkage against brute force on small tables, and on planted duplicates whose truth is known."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_events import events, random_events
from scipy.optimize import linear_sum_assignment

from trends.errors import InputError
from trends.linkage import Weights, link
from trends.linkage.assignment import Edges, assign
from trends.sources import read_source

ACTORS = {"IS": ["Daesh", "ISIS"], "Government": ["Government of Iraq"], "Civilians": []}
KINDS = {("clash", "bomb"): 0.3, ("clash", "arson"): 0.5}
MEANT = {"day": 1, "week": 7, "month": 31}
SLACK = {"exact": 0, "near": 5, "district": 20}


def one_actor(name):
    return "IS" if name == "Daesh" else name


def direction(event):
    level = math.cos(math.radians(event.latitude))
    east, north = math.radians(event.longitude), math.radians(event.latitude)
    return np.array([level * math.cos(east), level * math.sin(east), math.sin(north)])


def kilometres_apart(one, other):
    a, b = direction(one), direction(other)
    return 6371.0088 * math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def slack_days(event):
    return max(MEANT[event.date_precision] - (event.date_end - event.date_start).days - 1, 0)


def score_by_hand(one, other, days, kilometres, weights):
    """The score of the documentation, event by event; None where the pair is no candidate."""
    placed = all(
        not math.isnan(event.longitude) and event.place_precision != "country" for event in (one, other)
    )
    if not placed:
        return None
    slack, around = (
        slack_days(one) + slack_days(other),
        SLACK[one.place_precision] + SLACK[other.place_precision],
    )
    gap = max((other.date_start - one.date_end).days, (one.date_start - other.date_end).days, 0)
    apart = kilometres_apart(one, other)
    if gap > days + slack or apart > kilometres + around:
        return None
    ours = [one_actor(name) for name in (one.actor_a, one.actor_b) if isinstance(name, str)]
    theirs = [one_actor(name) for name in (other.actor_a, other.actor_b) if isinstance(name, str)]
    pairings = [list(zip(ours, order, strict=False)) for order in itertools.permutations(theirs)]
    pairings += [list(zip(order, theirs, strict=False)) for order in itertools.permutations(ours)]
    shared, named = max(sum(a == b for a, b in pairs) for pairs in pairings), min(len(ours), len(theirs))
    if named and not shared:
        return None
    spread = max(abs((one.date_start - other.date_start).days), abs((one.date_end - other.date_end).days))
    both = [one.deaths_best, other.deaths_best]
    unsaid = "unknown" in (one.kind, other.kind)
    parts = {
        "date": (days + 1) / (days + 1 + spread + slack),
        "place": (kilometres + 1) / (kilometres + 1 + apart + around),
        "actors": 0.5 if not named else (1.0 if shared == named else 0.75),
        "kind": 0.5 if unsaid else (1.0 if one.kind == other.kind else 0.3),
        "deaths": 0.5 if any(map(pd.isna, both)) else 1 - abs(both[0] - both[1]) / max(*both, 1),
    }
    return sum(getattr(weights, name) * value for name, value in parts.items())


def linked(left, right, **options):
    return link(left, right, **{"actors": ACTORS, "kinds": KINDS, **options})


def pairs_of(links):
    return set(zip(links.matches["left_id"], links.matches["right_id"], strict=True))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    lefts=st.integers(0, 40),
    rights=st.integers(0, 40),
    days=st.integers(0, 5),
    kilometres=st.sampled_from([0.0, 1.0, 10.0, 60.0]),
)
def test_candidates_scores_and_choice_equal_brute_force(seed, lefts, rights, days, kilometres):
    left, right = random_events(lefts, seed, "a"), random_events(rights, seed + 1, "b")
    links = linked(left, right, days=days, kilometres=kilometres, runners_up=1000, threshold=0.45)
    by_hand = {
        (one.event_id, other.event_id): score
        for one in left.itertuples()
        for other in right.itertuples()
        if (score := score_by_hand(one, other, days, kilometres, Weights())) is not None
    }
    found = links.candidates.set_index(["left_id", "right_id"])["score"]
    assert set(found.index) == set(by_hand)
    assert links.pairs == len(by_hand)
    assert found.to_numpy() == pytest.approx([by_hand[pair] for pair in found.index], abs=2e-6)
    worth = np.zeros((lefts, rights))
    for (one, other), score in by_hand.items():
        worth[int(one[1:]), int(other[1:])] = max(score - 0.45 + 1e-6, 0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    chosen = links.matches["score"].to_numpy()
    assert (chosen - 0.45 + 1e-6).sum() == pytest.approx(worth[rows, columns].sum(), abs=1e-4)
    assert links.matches["left_id"].is_unique
    assert links.matches["right_id"].is_unique


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), ties=st.booleans())
def test_neither_sides_nor_rows_nor_chance_decide(seed, ties):
    spread = 0.0 if ties else 0.05
    left, right = random_events(60, seed, "a", spread=spread), random_events(45, seed + 1, "b", spread=spread)
    once = linked(left, right)
    turned = {(one, other) for other, one in pairs_of(linked(right, left))}
    assert pairs_of(once) == turned
    shuffled = linked(left.sample(frac=1, random_state=1), right.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(once.candidates, shuffled.candidates)


@pytest.mark.parametrize(("lefts", "rights"), [(6, 6), (3, 7), (9, 2)])
def test_identifiers_decide_between_events_alike(lefts, rights):
    links = link(events([{}] * lefts, "x"), events([{}] * rights, "y"))
    assert pairs_of(links) == {(f"x{n}", f"y{n}") for n in range(min(lefts, rights))}


@pytest.mark.parametrize(("lefts", "rights"), [(700, 600), (520, 900)])
def test_a_large_component_is_solved_exactly_too(lefts, rights):
    random = np.random.default_rng(5)
    cells = np.unique(
        np.column_stack([random.integers(0, lefts, 9000), random.integers(0, rights, 9000)]), axis=0
    )
    gain, order = random.integers(1, 500_000, len(cells)), random.integers(0, 4, len(cells))
    chosen = assign(Edges(cells[:, 0], cells[:, 1], gain, order), lefts, rights)
    table = np.zeros((lefts, rights))
    table[cells[:, 0], cells[:, 1]] = gain
    assert gain[chosen].sum() == table[linear_sum_assignment(table, maximize=True)].sum()
    assert len(set(cells[chosen, 0])) == len(set(cells[chosen, 1])) == len(chosen)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"longitude": 179.99, "latitude": 10}, {"longitude": -179.99, "latitude": 10}, 2.19),
        ({"longitude": 0, "latitude": 89.99}, {"longitude": 180, "latitude": 89.99}, 2.22),
        ({"longitude": 44, "latitude": 34}, {"longitude": 44, "latitude": 34.0899}, 9.996),
        ({"longitude": 44, "latitude": 34}, {"longitude": 44, "latitude": 34.09}, None),
        ({"longitude": np.nan}, {}, None),
        ({"place_precision": "country"}, {}, None),
        ({}, {"longitude": 44.2, "place_precision": "district"}, 18.44),
        ({"latitude": 34.12, "place_precision": "near"}, {}, 13.34),
    ],
)
def test_distance_is_that_on_the_sphere(one, other, apart):
    matches = link(events([one]), events([other])).matches
    assert list(matches["km_apart"]) == ([] if apart is None else [pytest.approx(apart, abs=0.01)])


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"date": "2020-01-01"}, {"date": "2020-01-04"}, 3),
        ({"date": "2020-01-01"}, {"date": "2020-01-05"}, None),
        ({"date": "2019-12-30", "date_end": "2020-01-02"}, {"date": "2020-01-05"}, 3),
        ({"date": "2020-01-01", "date_precision": "week"}, {"date": "2020-01-10"}, 9),
        ({"date": "2020-01-01", "date_precision": "week"}, {"date": "2020-01-11"}, None),
        (
            {"date": "2020-01-01", "date_end": "2020-01-07", "date_precision": "week"},
            {"date": "2020-01-10"},
            3,
        ),
        (
            {"date": "2020-01-01", "date_end": "2020-01-07", "date_precision": "week"},
            {"date": "2020-01-11"},
            None,
        ),
        (
            {"date": "2020-01-01", "date_end": "2020-01-31", "date_precision": "month"},
            {"date": "2020-01-31"},
            0,
        ),
    ],
)
def test_days_are_those_between_the_spans_and_precision_widens_the_window(one, other, apart):
    matches = link(events([one]), events([other]), threshold=0.0).matches
    assert list(matches["days_apart"]) == ([] if apart is None else [apart])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Government of Iraq", "ISIS"), ("Daesh", "Government of Iraq"), 1.0),
        (("Daesh", None), ("IS", "Civilians"), 1.0),
        (("Daesh", "Civilians"), ("IS", "Government of Iraq"), 0.75),
        ((None, None), ("IS", "Civilians"), 0.5),
        (("Tribe X", None), (" tribe x ", "IS"), 1.0),
        (("Tribe X", None), ("IS", None), 0.25),
        (("IS", None), ("Government of Iraq", "Civilians"), None),
        (("IS", "IS"), ("IS", "Civilians"), 0.75),
    ],
)
def test_actors_agree_or_exclude_by_what_the_aliases_say(one, other, expected):
    left, right = (events([dict(zip(("actor_a", "actor_b"), names, strict=True))]) for names in (one, other))
    found = link(left, right, actors=ACTORS).matches["actors"]
    assert list(found) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("one", "other", "kinds", "expected"),
    [
        ("clash", "bomb", KINDS, 0.3),
        ("bomb", "clash", KINDS, 0.3),
        ("bomb", "bomb", KINDS, 1.0),
        ("bomb", "arson", KINDS, None),
        ("bomb", "arson", None, 0.5),
        ("bomb", "kidnapping", KINDS, 0.5),
        ("unknown", "bomb", KINDS, 0.5),
        (None, None, KINDS, 0.5),
        ("clash", "bomb", {("clash", "bomb"): 0}, None),
    ],
)
def test_kinds_agree_or_exclude_by_what_the_table_says(one, other, kinds, expected):
    found = link(events([{"kind": one}]), events([{"kind": other}]), kinds=kinds).matches["kind"]
    assert list(found) == ([] if expected is None else [expected])


def test_the_best_partner_goes_where_it_gains_most_and_the_other_is_a_runner_up():
    left = events([{"deaths_best": 5}, {"deaths_best": 9}], "x")
    right = events([{"deaths_best": 9}], "y")
    links = link(left, right)
    assert pairs_of(links) == {("x1", "y0")}
    runner_up = links.candidates.loc[~links.candidates["matched"]].iloc[0]
    assert (runner_up["left_id"], runner_up["right_rank"]) == ("x0", 2)
    assert links.counts == {
        "matched": 1,
        "left_only": 1,
        "right_only": 0,
        "left_without_a_point": 0,
        "right_without_a_point": 0,
        "candidate_pairs": 2,
    }


def test_only_the_best_runners_up_of_either_side_are_kept():
    left, right = random_events(80, 3, "a", towns=1, days=4), random_events(90, 4, "b", towns=1, days=4)
    everything, few = linked(left, right, runners_up=1000), linked(left, right, runners_up=2)
    assert few.pairs == everything.pairs == len(everything.candidates) > len(few.candidates)
    wanted = everything.candidates.query("left_rank <= 2 or right_rank <= 2 or matched").reset_index(
        drop=True
    )
    pd.testing.assert_frame_equal(few.candidates, wanted)


@pytest.mark.parametrize(("lefts", "rights"), [(0, 0), (0, 3), (3, 0)])
def test_empty_tables_have_no_links(lefts, rights):
    links = link(events([{}] * lefts), events([{}] * rights))
    assert links.matches.empty
    assert links.counts["left_only"] == lefts
    assert links.audit_sample(5, 1).empty


@pytest.mark.parametrize(
    ("left", "options", "message"),
    [
        ([{"event_id": "1"}, {"event_id": "1"}], {}, "'1' stands twice"),
        ([{"date": None}], {}, "has no date"),
        ([{"date": "2020-01-02", "date_end": "2020-01-01"}], {}, "ends before it starts"),
        ([{}], {"days": -1}, "the window is -1 days"),
        ([{}], {"days": 1.5}, "whole days"),
        ([{}], {"kilometres": math.nan}, "nan kilometres"),
        ([{}], {"threshold": 1.2}, "threshold is 1.2"),
        ([{}], {"runners_up": -1}, "runners-up"),
        ([{}], {"kinds": {("a", "b"): 2}}, "is 2"),
        ([{}], {"kinds": {("a", "b"): 0.2, ("b", "a"): 0.3}}, "twice and differently"),
        ([{}], {"actors": {"IS": ["Daesh"], "AQI": ["daesh"]}}, "both IS and AQI"),
    ],
)
def test_what_cannot_be_linked_is_refused(left, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        link(events(left), events([{}]), **options)


def test_weights_add_up_to_one():
    with pytest.raises(InputError, match="add up to 1"):
        Weights(date=0.9)


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="left events lack latitude, kind"):
        link(events([{}]).drop(columns=["latitude", "kind"]), events([{}]))


def planted(seed):
    """400 events, 500 others, and 250 of the first once more among the others: moved, recounted, cut short."""
    random = np.random.default_rng(seed)
    left = random_events(400, seed, "a", towns=12, days=365).assign(
        place_precision="exact", date_precision="day"
    )
    left["longitude"] = left["longitude"].fillna(44.0)
    copied = left.iloc[:250].assign(event_id=[f"copy{n}" for n in range(250)])
    moved = pd.to_timedelta(random.integers(-1, 2, 250), unit="D")
    copied["date_start"], copied["date_end"] = copied["date_start"] + moved, copied["date_end"] + moved
    copied["latitude"] += random.normal(0, 0.02, 250)
    copied["actor_b"] = copied["actor_b"].where(random.random(250) < 0.7, None)
    right = pd.concat([copied, random_events(500, seed + 1, "b", towns=12, days=365)])
    return left, right, {(f"a{n}", f"copy{n}") for n in range(250)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_duplicates_are_found(seed):
    left, right, truth = planted(seed)
    found = pairs_of(linked(left, right))
    assert len(found & truth) / len(truth) >= 0.97  # .988 to .996 measured
    assert len(found & truth) / len(found) >= 0.80  # .82 to .85 measured: the rest are chance neighbours


@pytest.fixture(scope="module")
def vintages(shared_data):
    files = ("ucdp-ged-19.1-iraq-hdx.csv", "ucdp-ged-21.1-iraq-geoprec12.csv")
    tables = [read_source(shared_data / name).events for name in files]
    return [table[table["date_start"].between("2016-01-01", "2018-12-31")] for table in tables]


@pytest.mark.parametrize(
    ("weights", "jitter", "precision", "recall"),
    [
        (Weights(), False, 0.97, 0.97),
        (Weights(), True, 0.90, 0.89),
        (Weights(0.4, 0.4, 0.1, 0.1, 0.0), False, 0.75, 0.73),
    ],
    ids=["as published", "moved by a day and 2 km", "without deaths"],
)
def test_two_vintages_are_linked_as_their_hidden_identifiers_say(
    vintages, weights, jitter, precision, recall
):
    """GED 19.1 and 21.1, Iraq, 2016 to 2018: 1,579 and 1,291 events, 1,289 with the same identifier.

    Measured: precision .976, recall .972; .915 and .909 with days and places shaken; .78 and .76 without deaths. What
    is missed are events of one day and one town that differ in nothing but their number of deaths, or not at all.
    """
    old, new = vintages
    random = np.random.default_rng(1)
    hidden = new.sample(frac=1, random_state=0).reset_index(drop=True)
    truth = {f"h{n}": name for n, name in enumerate(hidden["event_id"])}
    hidden = hidden.assign(event_id=list(truth))
    if jitter:
        days = pd.to_timedelta(random.integers(-1, 2, len(hidden)), unit="D")
        moved = {name: hidden[name] + days for name in ("date_start", "date_end")}
        shaken = {
            name: hidden[name] + random.normal(0, 0.02, len(hidden)) for name in ("longitude", "latitude")
        }
        hidden = hidden.assign(**moved, **shaken)
    matches = link(old, hidden, weights=weights).matches
    right = int((matches["right_id"].map(truth) == matches["left_id"]).sum())
    shared = len(set(old["event_id"]) & set(new["event_id"]))
    assert shared == 1289
    assert right / len(matches) >= precision
    assert right / shared >= recall
