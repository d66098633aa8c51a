from __future__ import annotations

import pytest

from trends.errors import InputError
from trends.project import find_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("TRENDS_PROJECT", raising=False)
    for name in ("reports/drawdown", "data/raw"):
        (tmp_path / "here" / name).mkdir(parents=True)
    return tmp_path / "here"


@pytest.mark.parametrize("below", [".", "reports/drawdown", "data"])
def test_found_from_anywhere_inside(project, monkeypatch, below):
    monkeypatch.chdir(project / below)
    assert find_project() == project


def test_found_from_a_file(project):
    file = project / "reports" / "drawdown" / "study.toml"
    file.touch()
    assert find_project(file) == project


def test_environment_wins_over_the_working_directory_but_not_over_an_argument(project, tmp_path, monkeypatch):
    other = tmp_path / "other"
    for name in ("reports", "data"):
        (other / name).mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.setenv("TRENDS_PROJECT", str(other))
    assert find_project() == other
    assert find_project(project / "data") == project


def test_outside_a_project_the_error_says_what_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("TRENDS_PROJECT", raising=False)
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InputError, match=r"reports/ and data/; change into the project, or name .* TRENDS_PROJECT"
    ):
        find_project()


def test_environment_that_names_no_project_is_an_error(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv("TRENDS_PROJECT", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"TRENDS_PROJECT names .*nowhere"):
        find_project()
