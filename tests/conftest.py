"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("TRENDS_SHARED_DATA", PROJECT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of raw files that the project may not carry; its tests skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no raw files at {SHARED.name}: set TRENDS_SHARED_DATA to the folder that holds them")
    return SHARED


@pytest.fixture(scope="session")
def cod_ab(shared_data):
    """The common operational boundaries of 2019."""
    return shared_data / "iraq-adm1-cod-ab-2019.geojson"


@pytest.fixture(scope="session")
def iraq():
    """The shipped gazetteer of Iraq."""
    from trends.gazetteer import load_country

    return load_country("iraq")


@pytest.fixture(scope="session")
def committed_panel() -> Path:
    """The processed folder that the repository carries."""
    return PROJECT / "data" / "processed" / "ucdp-ged-21.1-iraq-is"
