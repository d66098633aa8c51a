"""The Quarto engine against a stand-in that records what it was told: choice, arguments, failures."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from trends.errors import RenderError
from trends.reporting import quarto, render_report

REPORTS = Path(__file__).parent / "reports"
STAND_IN = """#!{python}
import json, os, pathlib, sys
if sys.argv[1:] == ["--version"]:
    print("1.10.18"); sys.exit()
here = pathlib.Path.cwd()
name = pathlib.Path(sys.argv[2]).stem
seen = dict(arguments=sys.argv[1:], qmd=(here / sys.argv[2]).read_text("utf-8"),
    project=(here / "_quarto.yml").read_text("utf-8"),
    files=sorted(path.name for path in here.iterdir()), environment=dict(os.environ),
    kernel=json.loads(pathlib.Path(os.environ["JUPYTER_PATH"], "kernels", "python3", "kernel.json").read_text("utf-8")))
pathlib.Path({record!r}).write_text(json.dumps(seen), "utf-8")
{body}
"""
GOOD = """
names = {}
exec(seen["qmd"].split("tags: [parameters]\\n")[1].split("```")[0], names)
pathlib.Path(names["out"], "results.json").write_text(json.dumps({"province": names["province"]}), "utf-8")
suffix = dict(html=".html", typst=".pdf", docx=".docx")[sys.argv[4]]
(here / (name + suffix)).write_text("<html><body>page</body></html>", "utf-8")
"""


@pytest.fixture
def project(tmp_path):
    for name in ("reports", "data/raw"):
        (tmp_path / "project" / name).mkdir(parents=True)
    shutil.copytree(REPORTS, tmp_path / "project" / "reports" / "small")
    return tmp_path / "project"


@pytest.fixture
def install(tmp_path, monkeypatch):
    def install(body=GOOD):
        program = tmp_path / "bin" / "quarto"
        program.parent.mkdir()
        text = STAND_IN.format(python=sys.executable, record=str(tmp_path / "seen.json"), body=body)
        program.write_text(text, encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return program

    monkeypatch.delenv("QUARTO_PATH", raising=False)
    quarto._version.cache_clear()
    return install


def seen(tmp_path):
    return json.loads((tmp_path / "seen.json").read_text("utf-8"))


@pytest.mark.parametrize(("format", "to"), [("html", "html"), ("pdf", "typst"), ("docx", "docx")])
def test_quarto_renders_a_copy_with_theme_parameters_and_manifest(project, install, tmp_path, format, to):
    install()
    (project / "reports" / "small" / "study.toml").write_text("seed = 7\n", encoding="utf-8")
    done = render_report("small", project=project, format=format, parameters={"province": "Anbar"})
    assert (done.engine, done.engine_version) == ("quarto", "1.10.18")
    assert [file.name for file in done.files] == ["manifest.json", "results.json", f"small.{format}"]
    manifest = json.loads(done.files[0].read_text("utf-8"))
    assert json.loads(done.files[1].read_text("utf-8")) == {"province": "Anbar", "manifest": manifest}
    assert (manifest["engine"], manifest["seed"]) == ("quarto", 7)
    told = seen(tmp_path)
    folder = str(project / "reports" / "small")
    expected = ["render", "small.qmd", "--to", to, "--no-execute-daemon", "--execute-dir", folder]
    assert told["arguments"] == expected
    assert "What this page was made from" in told["qmd"]
    settings = yaml.safe_load(told["project"])
    assert settings["format"]["html"]["embed-resources"] is True
    assert settings["format"]["html"]["css"] in told["files"]
    assert settings["format"]["html"]["include-after-body"] in told["files"]
    assert settings["execute"]["warning"] is False
    assert told["kernel"]["argv"][0] == sys.executable == told["environment"]["QUARTO_PYTHON"]
    assert told["environment"]["TRENDS_PROJECT"] == str(project)
    assert (told["environment"]["TZ"], told["environment"]["PYTHONHASHSEED"]) == ("UTC", "0")


def test_the_copy_differs_by_its_parameters_only(project, install, tmp_path):
    install()
    render_report("small", project=project)
    told = seen(tmp_path)["qmd"].split("\n")
    source = (project / "reports" / "small" / "small.qmd").read_text("utf-8").rstrip("\n").split("\n")
    added = [line for line in told[: len(source) + 1] if line not in source]
    assert len(added) == 1
    assert added[0].startswith("out = ")
    assert [line for line in told[: len(source) + 1] if line != added[0]] == source


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("print('Error: NameError: no panel', file=sys.stderr); sys.exit(1)", "Quarto failed: Error: NameError: no panel"),
        ("sys.exit(3)", "Quarto failed: it said nothing"),
        ("print('done')", "Quarto failed: done"),
        (GOOD.replace("page", "<img src=https://example.org/x.png>"), "from outside"),
    ],
)  # fmt: skip
def test_a_failure_leaves_what_was_there(project, install, body, message):
    install(body)
    out = project / "out"
    out.mkdir()
    (out / "small.html").write_text("earlier", encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        render_report("small", project=project, out=out, engine="quarto")
    assert message in caught.value.message
    assert [path.name for path in out.iterdir()] == ["small.html"]
    assert (out / "small.html").read_text("utf-8") == "earlier"
    assert sorted(path.name for path in project.iterdir()) == ["data", "out", "reports"]


def test_which_engine_runs(install, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert quarto.choose("auto") == "embedded"
    with pytest.raises(RenderError, match=r"Quarto is not installed; install it .*--engine embedded"):
        quarto.choose("quarto")
    program = install()
    assert quarto.choose("auto") == "quarto"
    assert quarto.choose("embedded") == "embedded"
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for named in (program, program.parent):
        monkeypatch.setenv("QUARTO_PATH", str(named))
        assert quarto.find_quarto() == program
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "gone"))
    with pytest.raises(RenderError, match="QUARTO_PATH names no program"):
        quarto.choose("auto")


def test_a_quarto_that_does_not_run(project, install):
    program = install()
    program.write_text("#!/nonexistent/interpreter\n", encoding="utf-8")
    with pytest.raises(RenderError, match="quarto does not run"):
        render_report("small", project=project)


def test_ctrl_c_leaves_nothing(project, install, monkeypatch):
    install()

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    real = subprocess.run
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda command, **given: interrupted() if "render" in command else real(command, **given),
    )
    with pytest.raises(KeyboardInterrupt):
        render_report("small", project=project)
    assert list((project / "reports" / "_output").iterdir()) == []
