"""How long it takes to link 100,000 with 100,000 events, beside pandas and geopandas doing only the search.

    python -m benchmarks.linkage [--events 100000] [--years 5] [--without-peers]

link: search, scores, one-to-one choice, runners-up. search: only the pairs near each other, which is all that
pandas (merge on each day of the window, then filter by distance) and geopandas (sjoin dwithin, day by day) do.
Ratios are of processor time.

The events lie in 200 towns of one country, a few of which have most of them (Zipf); 60 % have the town's own
point, the others lie around it. 40 % of the right events repeat a left one: half of these on another day or
place, a quarter with other deaths, a tenth without a second actor. 5 % of all dates are known to the week and
5 % of all places to the district. Each step runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

DAYS, KILOMETRES = 3, 10.0
ACTORS = ("Government", "Group A", "Group B", "Group C", "Civilians")
KINDS = ("state-based", "non-state", "one-sided")


def events(n: int, years: float, seed: int, prefix: str) -> pd.DataFrame:
    towns = np.random.default_rng(0)
    at = np.column_stack([towns.uniform(39, 48, 200), towns.uniform(30, 37, 200)])
    share = 1 / np.arange(1, 201)
    random = np.random.default_rng(seed)
    around = random.normal(0, 0.04, (n, 2)) * (random.random((n, 1)) < 0.4)
    point = at[random.choice(200, n, p=share / share.sum())] + around
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(random.integers(0, int(365.25 * years), n), unit="D")
    deaths = random.negative_binomial(1, 0.25, n)
    return pd.DataFrame(
        {
            "event_id": [f"{prefix}{number}" for number in range(n)],
            "row": np.arange(n) + 2,
            "date_start": start,
            "date_end": start,
            "date_precision": random.choice(["day", "week"], n, p=[0.95, 0.05]),
            "country": "Somewhere",
            "province_name": None,
            "longitude": point[:, 0],
            "latitude": point[:, 1],
            "place_precision": random.choice(["exact", "district"], n, p=[0.95, 0.05]),
            "actor_a": random.choice(ACTORS, n, p=[0.5, 0.3, 0.1, 0.05, 0.05]),
            "actor_b": random.choice(ACTORS, n, p=[0.1, 0.5, 0.1, 0.1, 0.2]),
            "kind": random.choice(KINDS, n, p=[0.7, 0.1, 0.2]),
            "deaths_best": pd.array(deaths, "Int64"),
            "deaths_low": pd.array(deaths, "Int64"),
            "deaths_high": pd.array(deaths, "Int64"),
        }
    )


def repeated(left: pd.DataFrame, right: pd.DataFrame, share: float = 0.4) -> tuple[pd.DataFrame, dict]:
    """Make a share of the right events repeat left ones, and say which."""
    random = np.random.default_rng(7)
    n = int(share * min(len(left), len(right)))
    source, target = random.permutation(len(left))[:n], random.permutation(len(right))[:n]
    copy = left.iloc[source].reset_index(drop=True)
    moved = random.random(n) < 0.5
    days = pd.to_timedelta(random.integers(-1, 2, n) * moved, unit="D")
    copy = copy.assign(date_start=copy["date_start"] + days, date_end=copy["date_end"] + days)
    copy["longitude"] += random.normal(0, 0.02, n) * moved
    copy["latitude"] += random.normal(0, 0.02, n) * moved
    copy["deaths_best"] += pd.array(np.where(random.random(n) < 0.25, 1, 0), "Int64")
    copy["actor_b"] = copy["actor_b"].where(random.random(n) >= 0.1, None)
    result = right.copy()
    for column in copy.columns.difference(["event_id", "row"]):
        values = result[column].astype(object) if result[column].dtype == object else result[column].copy()
        values.iloc[target] = copy[column].array
        result[column] = values
    return result, dict(zip(left["event_id"].iloc[source], right["event_id"].iloc[target], strict=True))


def tables(n: int, years: float) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    left = events(n, years, 1, "L")
    right, truth = repeated(left, events(n, years, 2, "R"))
    return left, right, truth


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(start: tuple[float, float]) -> dict:
    return dict(zip(("seconds", "cpu"), np.subtract(clocks(), start).tolist(), strict=True))


def link_them(n: int, years: float) -> dict:
    from trends.linkage import link

    left, right, truth = tables(n, years)
    start = clocks()
    links = link(left, right, days=DAYS, kilometres=KILOMETRES)
    took = since(start)
    matches = links.matches
    right_ones = int((matches["left_id"].map(truth) == matches["right_id"]).sum())
    return {
        **took,
        "pairs": links.pairs,
        "matched": len(matches),
        "recall": right_ones / len(truth),
    }


def search_only(n: int, years: float) -> dict:
    """Find the pairs near each other, as the peers do: no precisions, no score, no choice."""
    from trends.linkage.blocking import near_pairs
    from trends.linkage.footprint import footprint

    left, right = (
        table.assign(date_precision="day", place_precision="exact") for table in tables(n, years)[:2]
    )
    start = clocks()
    pairs = sum(len(i) for i, _ in near_pairs(footprint(left), footprint(right), DAYS, KILOMETRES))
    return {**since(start), "pairs": pairs}


def _distance(left_longitude, left_latitude, right_longitude, right_latitude):
    a, b, c, d = map(np.radians, (left_longitude, left_latitude, right_longitude, right_latitude))
    half = np.sin((b - d) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((a - c) / 2) ** 2
    return 2 * 6371.0088 * np.arcsin(np.sqrt(half))


def merge_and_filter(n: int, years: float) -> dict:
    """Join each day with the seven days around it, then throw away what is too far: the usual recipe."""
    left, right, _ = tables(n, years)
    columns = ["event_id", "date_start", "longitude", "latitude"]
    start = clocks()
    pairs = 0
    for days in range(-DAYS, DAYS + 1):
        moved = right[columns].assign(date_start=right["date_start"] + pd.Timedelta(days=days))
        joined = left[columns].merge(moved, on="date_start", suffixes=("", "_right"))
        place = ["longitude", "latitude", "longitude_right", "latitude_right"]
        pairs += int((_distance(*(joined[name] for name in place)) <= KILOMETRES).sum())
    return {**since(start), "pairs": pairs}


def spatial_join(n: int, years: float) -> dict:
    """Join by distance on a plane, day by day, as geopandas does it."""
    import geopandas as gpd

    left, right, _ = tables(n, years)
    start = clocks()

    def frame(table):
        points = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326").to_crs(
            "EPSG:32638"
        )
        return gpd.GeoDataFrame(table[["event_id", "date_start"]], geometry=points)

    left_points, right_points = frame(left), frame(right).sort_values("date_start")
    pairs = 0
    for day, some in left_points.groupby("date_start"):
        low = right_points["date_start"].searchsorted(day - pd.Timedelta(days=DAYS))
        high = right_points["date_start"].searchsorted(day + pd.Timedelta(days=DAYS), side="right")
        joined = some.sjoin(right_points.iloc[low:high], predicate="dwithin", distance=KILOMETRES * 1000)
        pairs += len(joined)
    return {**since(start), "pairs": pairs}


STEPS = {"link": link_them, "search": search_only, "pandas": merge_and_filter, "geopandas": spatial_join}


def run_alone(step: str, n: int, years: float) -> dict:
    command = [sys.executable, __file__, "--events", str(n), "--years", str(years), "--step", step]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        result = STEPS[asked.step](asked.events, asked.years)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(json.dumps({**result, "peak_gb": peak}))
        return
    print(
        f"{asked.events:,} x {asked.events:,} events in {asked.years:g} years, {DAYS} days, {KILOMETRES:g} km"
    )
    ours = told("link", asked)
    print(f"  {ours['matched']:,} matched one to one, {ours['recall']:.1%} of the planted pairs found")
    if asked.without_peers:
        return
    search = told("search", asked)
    for step in ("pandas", "geopandas"):
        peer = told(step, asked)
        print(
            f"  {peer['cpu'] / search['cpu']:.1f} times as long as search, {peer['cpu'] / ours['cpu']:.1f} as link"
        )


def told(step: str, asked: argparse.Namespace) -> dict:
    done = run_alone(step, asked.events, asked.years)
    print(
        f"{step:<10} {done['seconds']:6.2f} s ({done['cpu']:.2f} s of processor), {done['peak_gb']:.2f} GB, "
        f"{done['pairs']:,} pairs",
        flush=True,
    )
    return done


if __name__ == "__main__":
    main()
