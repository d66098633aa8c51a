"""Events for the tests of linkage, vintages and rates, made by hand or at random."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trends.sources.reading import EVENT_COLUMNS

PLAIN = {
    "date_precision": "day",
    "country": "Iraq",
    "province_name": None,
    "longitude": 44.0,
    "latitude": 34.0,
    "place_precision": "exact",
    "actor_a": "Government of Iraq",
    "actor_b": "IS",
    "kind": "state-based",
    "deaths_best": 1,
    "deaths_low": 1,
    "deaths_high": 1,
    "province": "IQ-DI",
}


def events(rows, prefix=""):
    """One event a dict; what a dict leaves out is as in ``PLAIN``. ``date`` is the first (and last) day."""
    filled = []
    for number, given in enumerate(rows):
        row = {**PLAIN, "event_id": f"{prefix}{number}", "row": number + 2, **given}
        row["date_start"] = pd.Timestamp(row.pop("date", "2020-01-01"))
        row["date_end"] = pd.Timestamp(row.get("date_end") or row["date_start"])
        filled.append(row)
    columns = [*EVENT_COLUMNS, "province"]
    extra = sorted({name for row in filled for name in row} - set(columns))
    frame = pd.DataFrame(filled, columns=[*columns, *extra])
    return frame.astype(EVENT_COLUMNS | {"province": object})


def random_events(n, seed, prefix="", towns=3, days=20, spread=0.05):
    """Events crowded into a few towns; about one in ten without a point, an actor, deaths or an exact date."""
    random = np.random.default_rng(seed)
    town = np.random.default_rng(99).uniform([43.5, 33.5], [44.5, 34.5], (towns, 2))
    point = town[random.integers(0, towns, n)] + random.normal(0, spread, (n, 2)) * (
        random.random((n, 1)) < 0.6
    )
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, days, n), unit="D")
    frame = events([{} for _ in range(n)], prefix)
    deaths = pd.array(random.integers(0, 6, n), "Int64")
    deaths[random.random(n) < 0.1] = pd.NA
    return frame.assign(
        date_start=start.to_numpy(),
        date_end=(start + pd.to_timedelta(random.choice([0, 0, 0, 2, 40], n), unit="D")).to_numpy(),
        date_precision=random.choice(["day", "week", "month"], n, p=[0.9, 0.07, 0.03]),
        longitude=np.where(random.random(n) < 0.1, np.nan, point[:, 0]),
        latitude=point[:, 1],
        place_precision=random.choice(["exact", "near", "district", "country"], n, p=[0.8, 0.1, 0.05, 0.05]),
        actor_a=random.choice(["IS", "Government of Iraq", "Daesh", None], n).astype(object),
        actor_b=random.choice(["IS", "Civilians", None], n).astype(object),
        kind=random.choice(["clash", "bomb", "unknown"], n).astype(object),
        deaths_best=deaths,
    )
