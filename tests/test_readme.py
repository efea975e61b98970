"""The commands of README and docs are run as they stand there, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, free_port

README = (ROOT / "README.md").read_text(encoding="utf-8")
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")


def commands(section: str, document: str = README) -> list[str]:
    """Return the commands (lines after `$ `) of a section of a document."""
    text = document.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"(?m)^\$ (.+)$", "\n".join(re.findall(r"(?s)```console\n(.*?)```", text)))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with the packages of this run, so that nothing is downloaded."""
    for name in ("feeds", "content"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("feeds.toml", "wsgi.py", "Makefile", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / "serve.stamp").touch()
    return tmp_path


@contextmanager
def running(command: str, folder: Path, url: str) -> Iterator[None]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("FEEDS_")}
    process = subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=env, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).read()
                break
            except OSError:
                assert time.monotonic() < deadline, f"{command} does not answer"
                time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_the_session_ends_in_a_304(copy: Path) -> None:
    serve, *session = commands("Try it")
    assert serve == "make serve"
    port = str(free_port())
    # The port alone is another: several tests run at a time.
    serve = f"FEEDS_STATE__PATH=.feeds {serve} PORT={port}"
    script = "\n".join(session).replace(":8000/", f":{port}/")
    with running(serve, copy, f"http://127.0.0.1:{port}/feed.xml"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=copy, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HTTP/1.1 200 OK")
    assert "HTTP/1.1 304 Not Modified" in done.stdout.rstrip().rpartition("</rss>")[2]


def test_gunicorn_as_the_documentation_says(copy: Path) -> None:
    install, serve = commands("With gunicorn", DEPLOYING)
    assert install == ".venv/bin/pip install gunicorn"
    port = str(free_port())
    with running(serve.replace(":8001", f":{port}"), copy, f"http://127.0.0.1:{port}/atom.xml"):
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/feed.xml", timeout=10).read()
    assert b"<rss" in page


def test_a_folder_alone_as_the_readme_says(copy: Path) -> None:
    (command,) = commands("Your own posts")
    port = str(free_port())
    (copy / "feeds.toml").unlink()
    home = copy / "home"
    shutil.copytree(ROOT / "content", home / "blog" / "posts")
    command = f"export HOME={home} XDG_STATE_HOME={home}/state; {command} --port {port}"
    with running(command, copy, f"http://127.0.0.1:{port}/feeds.opml"):
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/feed.xml", timeout=10).read()
    assert b"<rss" in page


def test_every_file_that_the_readme_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_setting_and_code_is_documented() -> None:
    from feeds.errors import CODES
    from feeds.settings import Settings

    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for table, field in Settings.model_fields.items():
        heading = f"## `[[{table}]]`" if table == "defaults" else f"## `[{table}]`"
        section = text.partition(heading)[2].partition("\n## ")[0]
        assert section, table
        for name, inner in getattr(field.annotation, "model_fields", {}).items():
            assert f"`{inner.alias or name}" in section, f"{table}.{name}"
    problems = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    for code, (severity, meaning) in CODES.items():
        assert f"| {code} | {severity} | {meaning} |" in problems
