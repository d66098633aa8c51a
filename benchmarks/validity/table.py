"""The table of the validity study in Markdown."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, median

Row = dict[str, object]
PEERS = ("quasi-Poisson", "negative binomial", "Newey-West", "glmmTMB ar1")
EFFECTS = ("level", "slope", "average ratio", "excess events")
LOW, HIGH, WIDE = 0.93, 0.98, 1.15


def write_readme(rows: list[Row], path: Path, replicates: int, seed: int) -> None:
    """Write what was measured, and how far it is from what was asked for."""
    cells: dict[tuple[object, ...], dict[tuple[str, str], Row]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("kind", "weeks", "mean", "rho", "sd", "share_before", "phase_in"))
        cells.setdefault(key, {})[str(row["method"]), str(row["effect"])] = row
    model = {
        key: found for key, found in cells.items() if key[0] == "ar1" and key[4] == 0.35 and key[3] != 0.9
    }
    others = {key: found for key, found in cells.items() if key not in model}
    text = [
        "# Does a 95 % interval cover 95 %?",
        "",
        f"Simulated weekly counts, {replicates} series a cell, seed {seed}; a peer gets the first of the same",
        "series (`series` in results.csv). Regression with trend, two harmonics, level and slope;",
        "interruption after 40, 50, 60 or 75 % of the weeks; four phase-in weeks missing where marked. Disturbance",
        "with standard deviation .35 on the log scale. Standard error of a coverage of .95:",
        f"{(0.95 * 0.05 / replicates) ** 0.5:.3f} (peers: {_peer_error(rows)}). Width: median, relative to that of an",
        "oracle that knows the noise. Made by `python benchmarks/validity/run.py`.",
        "",
        *_summary(model),
        "",
        *_methods(rows),
        "",
        "Below, a peer's coverage in a single cell rests on few series (glmmTMB: the fewest); pooled it is above.",
        "",
        "## The model itself",
        "",
        *_table(model),
        "",
        "## Other truths, as they are",
        "",
        *_table(others),
    ]
    path.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")


def _peer_error(rows: list[Row]) -> str:
    sizes = [int(str(r["series"])) for r in rows if r["method"] == "quasi-Poisson"]
    return f"{(0.95 * 0.05 / min(sizes)) ** 0.5:.3f}" if sizes else "none run"


def _summary(model: dict[tuple[object, ...], dict[tuple[str, str], Row]]) -> list[str]:
    lines = [
        "| effect | cells | coverage: lowest | mean | highest | cells within .93 to .98 | width: median | widest |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for effect in EFFECTS:
        covered = [float(str(f["latent AR(1)", effect]["coverage"])) for f in model.values()]
        wide = [_ratio(f, effect) for f in model.values()]
        inside = sum(LOW <= value <= HIGH for value in covered)
        lines.append(
            f"| {effect} | {len(covered)} | {min(covered):.3f} | {mean(covered):.3f} | {max(covered):.3f} | {inside} "
            f"| {median(wide):.2f} | {max(wide):.2f} |"
        )
    return lines


def _methods(rows: list[Row]) -> list[str]:
    """Each method over the cells of 157 weeks that follow the model: pooled coverage, and time."""
    lines = [
        "| method | series | level covered, pooled over the cells of 157 weeks | processor ms a series, median |",
        "|---|---:|---:|---:|",
    ]
    for method in ("latent AR(1)", *PEERS):
        found = [r for r in rows if r["method"] == method and r["effect"] == "level" and _model(r)]
        found = [r for r in found if int(str(r["weeks"])) == 157]
        if found:
            fitted = [int(str(r["fitted"])) for r in found]
            covered = sum(float(str(r["coverage"])) * n for r, n in zip(found, fitted, strict=True)) / sum(
                fitted
            )
            spent = median(float(str(r["ms"])) for r in found)
            lines.append(f"| {method} | {sum(fitted)} | {covered:.3f} | {spent:.1f} |")
    return lines


def _model(row: Row) -> bool:
    return row["kind"] == "ar1" and row["sd"] == 0.35 and row["rho"] != 0.9


def _ratio(found: dict[tuple[str, str], Row], effect: str) -> float:
    oracle = found.get(("oracle", effect))
    if oracle is None:
        return float("nan")
    return float(str(found["latent AR(1)", effect]["width"])) / float(str(oracle["width"]))


def _table(cells: dict[tuple[object, ...], dict[tuple[str, str], Row]]) -> list[str]:
    lines = [
        "| truth | weeks | mean | rho | before | phase-in | level | slope | average | excess | width: level | slope "
        "| oracle, level | quasi-Poisson | neg. binomial | Newey-West | glmmTMB |",
        "|---|" + "---:|" * 16,
    ]
    for key, found in cells.items():
        kind, weeks, mean_, rho, sd, share, phase_in = key
        name = kind if kind != "ar1" else "AR(1)" if sd == 0.35 else f"AR(1), sd {sd}"
        ours = [_marked(found["latent AR(1)", effect]["coverage"]) for effect in EFFECTS]
        widths = [
            "–" if _ratio(found, e) != _ratio(found, e) else f"{_ratio(found, e):.2f}" for e in EFFECTS[:2]
        ]
        peers = [
            f"{float(str(found[p, 'level']['coverage'])):.3f}" if (p, "level") in found else "–"
            for p in ("oracle", *PEERS)
        ]
        place = [f"{weeks}", f"{mean_:g}", f"{rho:g}", f"{share:g}", "missing" if phase_in else "kept"]
        lines.append("| " + " | ".join([str(name), *place, *ours, *widths, *peers]) + " |")
    return lines


def _marked(coverage: object) -> str:
    value = float(str(coverage))
    return f"{value:.3f}" if LOW <= value <= HIGH else f"**{value:.3f}**"
