"""How far a number may be from the expected one, declared here and nowhere else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trends.reproduce.differing import Leaf

ESTIMATE = 2e-5
ESTIMATE_ELSEWHERE = 1e-3
OPTIMISED_ELSEWHERE = 5e-2
NEAR_NOUGHT = 1e-6
DRAWN = 10  # an interval's end from 4,000 draws moves by up to 9 % from seed to seed: 16 % are allowed


@dataclass(frozen=True)
class Rule:
    """What holds for some fields of the findings.

    Attributes
    ----------
    pattern
        Of a field's path, records' names left out: ``checks.power.table[].detected``; ``*`` stands for anything.
    kind
        ``"identity"`` (an input's hash: named among the inputs, not among the findings), ``"share"`` (a share of
        simulations), ``"optimised"`` (where another library's optimiser stops) or ``"drawn"`` (an end of an interval,
        or a mean, from draws).
    why
        In a few words.
    """

    pattern: str
    kind: str
    why: str


RULES = (
    Rule("*sha256", "identity", "hashes are named among the inputs"),
    Rule("data.raw[].*", "identity", "the raw file is named by the panel's manifest"),
    Rule("checks.power.table[].detected", "share", "share of simulations"),
    Rule("checks.power.table[].fitted", "share", "share of simulations"),
    Rule("checks.power.table[].std_error", "share", "Monte Carlo error of that share"),
    Rule(
        "checks.cross_checks.table[].*",
        "optimised",
        "another library's optimiser: 0.2 %, p-values 2 %",
    ),
    Rule("together.joint.max_t", "share", "share of simulations"),
    Rule("*.low", "drawn", "interval ends come from draws"),
    Rule("*.high", "drawn", "interval ends come from draws"),
    Rule("*_low", "drawn", "interval ends come from draws"),
    Rule("*_high", "drawn", "interval ends come from draws"),
    Rule("*p_value", "drawn", "of an average over draws"),
    Rule("*std_error", "drawn", "of an average over draws"),
)
"""The first that fits a path counts; without one a number with a fraction is an estimate, all else is exact."""


@dataclass(frozen=True)
class Tolerances:
    """What is allowed between two runs.

    Attributes
    ----------
    elsewhere
        Whether packages or platform differ from those of the expected results.
    simulations, draws
        Of the study; they fix the Monte Carlo error.
    """

    elsewhere: bool = False
    simulations: int = 0
    draws: int = 0

    @classmethod
    def of(cls, results: Mapping[str, Any], elsewhere: bool) -> Tolerances:
        """Take numbers of simulations and draws from the study in the findings."""
        study = results.get("study")
        study = study if isinstance(study, Mapping) else {}
        checks = study.get("checks")
        simulations = checks.get("power_simulations", 0) if isinstance(checks, Mapping) else 0
        return cls(elsewhere, int(simulations or 0), int(study.get("draws", 0) or 0))

    def allowed(self, leaf: Leaf) -> str | None:
        """Say in a few words what is allowed at a leaf where that was exceeded; None where the new value is within."""
        rule = rule_of(leaf.path)
        if rule and rule.kind == "identity":
            return None
        if not (_fraction(leaf.old, leaf.new)):
            return "exact"
        off = abs(leaf.new - leaf.old)
        if rule and self.elsewhere and (error := self._monte_carlo(rule, leaf.old)):
            return None if off <= error else f"± {error:.2g}, Monte Carlo error"
        optimised = rule is not None and rule.kind == "optimised"
        wide = OPTIMISED_ELSEWHERE if optimised else ESTIMATE_ELSEWHERE
        relative = wide if self.elsewhere else ESTIMATE
        return None if off <= relative * abs(leaf.old) + NEAR_NOUGHT else f"± {relative * 100:g} %"

    def _monte_carlo(self, rule: Rule, old: float) -> float:
        if rule.kind == "share" and self.simulations:
            return 3 * math.sqrt(0.25 / self.simulations)
        if rule.kind == "drawn" and self.draws:
            return DRAWN * abs(old) / math.sqrt(self.draws)
        return 0.0


def rule_of(path: str) -> Rule | None:
    """Return the rule for a field, if there is one."""
    bare = re.sub(r"\[[^\]]*\]", "[]", path)
    return next((rule for rule in RULES if re.fullmatch(_regex(rule.pattern), bare)), None)


def same_text(old: str, new: str, elsewhere: bool) -> bool:
    """Compare two texts: alike, or, with other packages, with decimals at most one unit of their last place apart."""
    if old == new:
        return True
    if not elsewhere or _NUMBER.split(old) != _NUMBER.split(new):
        return False
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    return all(_near(one, other) for one, other in pairs if one != other)


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def _near(one: str, other: str) -> bool:
    places = len(one.partition(".")[2])
    if not places or places != len(other.partition(".")[2]):
        return False
    return abs(float(one.replace(",", "")) - float(other.replace(",", ""))) <= 1.001 * 10.0**-places


def _fraction(*values: Any) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return numbers and any(isinstance(value, float) for value in values)


def _regex(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.split("*"))
