"""One function a table of facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trends.facts.columns import CLAIMS_PERIODS, CLAIMS_WEEKLY, POPULATION, PUBLISHED
from trends.facts.reading import read_table

if TYPE_CHECKING:
    import pandas as pd


def load_claims_weekly(path: Path | None = None) -> pd.DataFrame:
    """Read the attacks that the group claims for one of its weeks (Thursday to Wednesday).

    Parameters
    ----------
    path
        The file; by default ``data/raw/claims_weekly.csv`` of the project.

    Returns
    -------
    DataFrame
        Columns ``week`` and ``week_end`` (first and last day), ``week_dates``, ``scope``, ``area``,
        ``claimed_attacks``, ``qualifier``, ``claimed_casualties``, ``casualties_qualifier``, ``source_name``,
        ``source_url``, ``confidence``, ``notes``; one row a claim and source.

    Raises
    ------
    InputError
        The file is missing, is not a table, or breaks a rule of ``data/raw/README.md``.
    """
    return read_table(CLAIMS_WEEKLY, path)


def load_claims_periods(path: Path | None = None) -> pd.DataFrame:
    """Read the attacks that the group claims for periods other than a week.

    Parameters
    ----------
    path
        The file; by default ``data/raw/claims_periods.csv`` of the project.

    Returns
    -------
    DataFrame
        Columns ``period_start``, ``period_end`` (inclusive), ``period_dates``, ``scope``, ``area``,
        ``claimed_attacks``, ``qualifier``, ``source_name``, ``source_url``, ``confidence``, ``notes``.

    Raises
    ------
    InputError
        The file is missing, is not a table, or breaks a rule of ``data/raw/README.md``.
    """
    return read_table(CLAIMS_PERIODS, path)


def load_population(path: Path | None = None) -> pd.DataFrame:
    """Read how many people live in each province, by year.

    Parameters
    ----------
    path
        The file; by default ``data/raw/population.csv`` of the project.

    Returns
    -------
    DataFrame
        Columns ``province`` (ISO 3166-2), ``year``, ``population``, ``qualifier``, ``source_name``,
        ``source_url``, ``confidence``, ``notes``. Every province has 2018; four have other years too.

    Raises
    ------
    InputError
        The file is missing, is not a table, or breaks a rule of ``data/raw/README.md``.
    """
    return read_table(POPULATION, path)


def load_published(path: Path | None = None) -> pd.DataFrame:
    """Read what others published: attacks, incidents and casualties by source, period and area.

    Parameters
    ----------
    path
        The file; by default ``data/raw/published_counts.csv`` of the project.

    Returns
    -------
    DataFrame
        Columns ``period_start``, ``period_end`` (inclusive), ``scope``, ``area``, ``metric``, ``actors``,
        ``value``, ``per``, ``qualifier``, ``source_name``, ``source_url``, ``confidence``, ``notes``. A row
        with ``per`` other than ``period`` is a mean for each month or quarter of its period.

    Raises
    ------
    InputError
        The file is missing, is not a table, or breaks a rule of ``data/raw/README.md``.
    """
    return read_table(PUBLISHED, path)
