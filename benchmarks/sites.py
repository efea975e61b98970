"""Sites to be measured: their settings, their state, and the commands run on them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import corpus
from benchmarks.options import Options
from feeds.index.database import INDEX
from feeds.settings import Settings, load

FULL, SMALL = 4000, 300  # bytes of a body
SETTINGS = """\
[site]
url = "https://example.org/"
title = "Benchmark"
timezone = "UTC"
[content]
source = "{content}"
"""


def site(folder: Path, content: Path) -> Path:
    """Write the settings of a site whose posts are elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feeds.toml").write_text(SETTINGS.format(content=content), encoding="utf-8")
    return folder


def own(folder: Path, count: int, body_bytes: int = FULL, tags: int = 0) -> Path:
    """Write a site with posts of its own, unless it is there."""
    if not (folder / "content").exists():
        corpus.write(folder / "content", count, body_bytes, tags)
    return site(folder, folder / "content")


def shared(options: Options, count: int, body_bytes: int = FULL, tags: int = 0) -> Path:
    """Return the site of this run over posts that all runs share."""
    content = corpus.kept(options.cache, count, body_bytes, tags)
    return site(options.work / content.name, content)


def published(folder: Path) -> Path:
    """Publish a site, unless that was done."""
    if not (folder / ".feeds" / INDEX).exists():
        publish(folder)
    return folder


def publish(folder: Path) -> None:
    """Run `feeds publish`."""
    run(folder, "publish")


def forget(folder: Path) -> None:
    """Remove the state of a site."""
    shutil.rmtree(folder / ".feeds", ignore_errors=True)


def run(folder: Path, *arguments: str) -> bytes:
    """Run `feeds` in the folder of a site, and return what it printed."""
    command = [sys.executable, "-m", "feeds", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
    return done.stdout


def settings(folder: Path) -> Settings:
    """Return the settings of a site."""
    return load(folder / "feeds.toml")
