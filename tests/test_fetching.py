"""Downloads from a local server that also truncates, stalls, redirects, answers errors and sends other bytes."""

from __future__ import annotations

import hashlib
import http.server
import io
import socket
import threading
import time
import zipfile
from typing import ClassVar

import pytest

from trends.errors import InputError, UnknownNameError
from trends.fetching import fetch
from trends.sources import read_source

CONTENT = bytes(range(256)) * 4000
PIECE = 1 << 18
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the first part of the path; counts and remembers what was asked for."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    broken: ClassVar[set[str]] = set()

    def log_message(self, *_):
        pass

    def do_GET(self):
        mode, asked_range = self.path.split("/")[1], self.headers.get("Range")
        Handler.asked.append((mode, asked_range))
        if mode in {"404", "500"}:
            self.send_error(int(mode))
        elif mode in {"redirect", "loop"}:
            self.send_response(302)
            self.send_header("Location", self.path.replace("redirect", "good"))
            self.end_headers()
        else:
            self.send(mode, asked_range)

    def send(self, mode, asked_range):
        content = {
            "other": b"x" * len(CONTENT),
            "slip": slip(),
            "page": b"\n<!DOCTYPE html><p>Down for maintenance",
            "empty": b"",
        }.get(mode, CONTENT)
        etag = f'"{len(Handler.asked)}"' if mode == "changing" else '"1"'
        fits = self.headers.get("If-Range") == etag
        start = (
            int(asked_range.split("=")[1].rstrip("-")) if asked_range and fits and mode != "no-range" else 0
        )
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", "many" if mode == "lengthless" else str(len(content) - start))
        if mode != "markless":
            self.send_header("ETag", etag)
        self.end_headers()
        breaks = (
            mode in {"truncate", "stall", "changing", "no-range", "markless"} and mode not in Handler.broken
        )
        if not breaks and mode != "hopeless":
            self.wfile.write(content[start:])
            return
        if mode != "stall":
            Handler.broken.add(mode)
        self.wfile.write(content[start : start + PIECE])
        self.wfile.flush()
        if mode == "stall":
            time.sleep(1.5)


def slip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../GEDEvent_v21_1.csv", "id\n1\n")
    return packed.getvalue()


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        served.daemon_threads = True
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


@pytest.fixture
def get(server, tmp_path):
    Handler.asked, Handler.broken = [], set()
    return lambda mode, version="21.1", **choices: fetch(
        "ucdp-ged", version, folder=tmp_path, base=f"{server}/{mode}", timeout=(1.0, 0.6), **choices
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


FILE = "ged211-csv.zip"
FILES = [FILE, f"{FILE}.sha256"]


@pytest.mark.parametrize("mode", ["good", "redirect", "lengthless"])
def test_a_file_is_fetched_with_its_hash_and_not_twice(get, tmp_path, mode):
    steps = []
    done = get(mode, on_step=steps.append)
    assert (done.path.read_bytes(), done.sha256, done.known) == (CONTENT, SHA256, "first download")
    assert names(tmp_path) == FILES
    assert steps[-1] == f"Downloading {FILE}: 1.0" + (" MB" if mode == "lengthless" else " of 1.0 MB (100 %)")
    asked = len(Handler.asked)
    assert get(mode).known == "recorded"
    assert len(Handler.asked) == asked
    assert SHA256 in str(done)


@pytest.mark.parametrize("mode", ["truncate", "changing", "no-range", "markless"])
def test_a_download_that_breaks_off_goes_on_where_it_may(get, tmp_path, mode):
    assert get(mode).path.read_bytes() == CONTENT
    assert names(tmp_path) == FILES
    again = Handler.asked[1][1]
    assert again == (None if mode == "markless" else f"bytes={PIECE}-")


def test_a_download_that_stalls_is_kept_and_the_next_call_goes_on(get, tmp_path):
    with pytest.raises(
        InputError, match=f"{3 * PIECE:,} bytes are kept, and the next call goes on from there"
    ):
        get("stall")
    assert FILE not in names(tmp_path)
    assert get("stall").path.read_bytes() == CONTENT
    assert Handler.asked[-1][1] == f"bytes={3 * PIECE}-"


def test_a_download_that_never_ends_well_is_given_up(get, tmp_path):
    with pytest.raises(InputError, match="bytes are kept"):
        get("hopeless", version="20.0.7")
    assert "GEDEvent_v20_0_7.csv" not in names(tmp_path)


@pytest.mark.parametrize(
    ("mode", "choices", "message"),
    [
        ("404", {}, "ged211-csv.zip: there is no such file at the publisher; check the version"),
        ("500", {}, "the publisher answered 500; try again later"),
        ("loop", {}, "redirects without end"),
        ("page", {}, "the publisher sent a web page in place of the file; try again later"),
        ("empty", {}, "the publisher sent nothing in place of the file"),
        ("other", {"sha256": SHA256}, "has another hash than .*; it was not kept"),
        ("good", {"sha256": "abc"}, "is no SHA-256; write its 64 hexadecimal digits"),
        ("good", {"version": "21"}, "'21' is no version; write 21.1, or 20.0.7"),
        ("good", {"version": "../21.1"}, "is no version"),
    ],
)
def test_what_cannot_be_fetched_is_one_clear_line_and_leaves_no_file(get, tmp_path, mode, choices, message):
    with pytest.raises(InputError, match=message) as caught:
        get(mode, **choices)
    assert "\n" not in caught.value.message
    assert names(tmp_path) == []


def test_a_file_that_was_replaced_at_the_publisher_does_not_replace_the_first(get, tmp_path):
    get("good")
    (tmp_path / FILE).unlink()
    with pytest.raises(InputError, match="has another hash"):
        get("other")
    (tmp_path / f"{FILE}.sha256").write_text("?", encoding="utf-8")
    with pytest.raises(InputError, match="holds no SHA-256"):
        get("good")


def test_offline_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(InputError, match="cannot be reached; check the connection, or get the file by hand"):
        fetch("ucdp-ged", "21.1", folder=tmp_path, base=f"http://127.0.0.1:{port}", timeout=(0.5, 0.5))
    assert names(tmp_path) == []


def test_a_zip_that_leads_out_of_its_folder_is_fetched_but_never_read(get, tmp_path):
    path = get("slip").path
    with pytest.raises(InputError, match="a name that leads out of it"):
        read_source(path)
    assert names(tmp_path) == FILES
    assert not (tmp_path.parent / "GEDEvent_v21_1.csv").exists()


def test_only_known_sources_and_folders(tmp_path):
    with pytest.raises(UnknownNameError, match="'acled' cannot be fetched; fetch one of ucdp-ged"):
        fetch("acled", "1", folder=tmp_path)
    with pytest.raises(InputError, match="there is no such folder"):
        fetch("ucdp-ged", "21.1", folder=tmp_path / "none")
