"""The gate: does this checkout still make the pages that were published, and if not, what changed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trends.reproduce.checking import check
    from trends.reproduce.outcome import Outcome
    from trends.reproduce.updating import update
    from trends.reproduce.verifying import Verification, verify

_HOMES = {
    "Outcome": "outcome",
    "Verification": "verifying",
    "check": "checking",
    "update": "updating",
    "verify": "verifying",
}

__all__ = ["Outcome", "Verification", "check", "update", "verify"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
