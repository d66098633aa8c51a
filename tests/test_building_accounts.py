"""Random files whose rows are sorted once more by hand: the ledger, the days and the weeks have to be the same."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from samples import rows_of, write

from trends.building import build
from trends.panel import load_panel

PROVINCES = {
    "Diyala province": "IQ-DI", "Şalāḩ ad Dīn province": "IQ-SD", "Kirkuk": "IQ-KI", "At-Ta'mim province": "IQ-KI",
    "Halabja": "IQ-SU", "Nīnawá province": "IQ-NI", "Narnia": None, "": "by point",
}  # fmt: skip
FIRST, LAST = pd.Timestamp("2020-01-01"), pd.Timestamp("2020-12-31")


def ged(draw, count):
    """Return events about a year with an ISO week 53: some late, bad, abroad, swapped, at 0,0, coarse or long."""
    rows = rows_of("ucdp-ged", count)
    for row in rows:
        day = pd.Timestamp("2019-12-20") + pd.Timedelta(days=draw.randint(0, 400))
        end = day + pd.Timedelta(days=draw.choice([0, 0, 0, 1, 5, 12, 40]))
        row.update(date_start=str(day.date()), date_end=str(end.date()), adm_1=draw.choice(list(PROVINCES)))
        row.update(date_prec=draw.choice("1112345"), where_prec=draw.choice("1112345667"))
        row.update(country=draw.choice(["Iraq"] * 6 + ["Syria"]), side_b=draw.choice(["IS", "IS", "PKK"]))
        spoiled = [
            {"latitude": row["longitude"], "longitude": row["latitude"]},
            {"latitude": "0", "longitude": "0"},
        ]
        spoiled += [{"date_start": "2020-02-30"}, {"best": "-1"}]
        row.update(draw.choice(spoiled) if draw.random() < 0.3 else {})
    return rows


def by_hand(rows):
    """Return what becomes of each row, its day and its province, written as the documentation says it."""
    table = pd.DataFrame(rows)
    day = pd.to_datetime(table["date_start"], errors="coerce")
    name = table["adm_1"].map(PROVINCES)
    unplaced = name.isna() | (name == "by point") & (
        table["where_prec"].isin(["5", "6", "7"]) | (table["latitude"] != "33.75")
    )
    steps = [
        ("rejected", day.isna() | (table["best"] == "-1") | (day > LAST)),
        ("other_country", table["country"] != "Iraq"),
        ("other_actor", table["side_b"] != "IS"),
        ("out_of_window", day < FIRST),
        ("rejected", table["date_prec"].isin(["4", "5"])),
        ("rejected", unplaced),
    ]
    outcome = pd.Series("used", index=table.index)
    for what, where in steps:
        outcome = outcome.mask((outcome == "used") & where, what)
    return pd.DataFrame({"outcome": outcome, "day": day, "province": name.replace("by point", "IQ-DI")})


@pytest.mark.parametrize("seed", range(3))
def test_every_row_is_where_a_count_by_hand_puts_it(tmp_path, seed):
    draw = random.Random(seed)
    rows = ged(draw, 250)
    path = write(tmp_path / "GEDEvent_v21_1.csv", rows, delimiter=draw.choice(",;"))
    told = build(
        raw=[path], out=tmp_path / "panel", actor="IS", first=FIRST.date(), last=LAST.date()
    ).manifest
    expected = by_hand(rows)
    counts = expected["outcome"].value_counts().to_dict()
    assert told["rows"] == {"read": 250, "merged_duplicates": 0} | counts
    used = expected[expected["outcome"] == "used"]
    ledger = pd.read_csv(tmp_path / "panel" / "ledger.csv")
    assert (ledger["rows"].sum(), ledger.query("outcome == 'used'")["rows"].sum()) == (250, len(used))
    daily = pd.read_csv(tmp_path / "panel" / "daily.csv", parse_dates=["date"]).set_index(
        ["date", "province"]
    )
    assert daily["attacks"].to_dict() == used.groupby(["day", "province"]).size().to_dict()
    for start, number in (("mon", 0), ("thu", 3)):
        frame = load_panel(tmp_path / "panel", week_start=start).frame
        weeks = used["day"] - pd.to_timedelta((used["day"].dt.day_of_week - number) % 7, unit="D")
        whole = used[(weeks >= FIRST) & (weeks + pd.Timedelta(days=6) <= LAST)].assign(week=weeks)
        found = frame[frame["attacks"] > 0].set_index(["week", "province"])["attacks"]
        assert found.to_dict() == whole.groupby(["week", "province"]).size().to_dict()
        assert len(frame) == 18 * frame["week"].nunique()
