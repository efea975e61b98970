"""`feeds build`: all of a site with many tags, and again after one change."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import frontmatter

from benchmarks import corpus, sites
from benchmarks.figures import Figure, timed
from benchmarks.options import Options

POSTS, TAGS = 10_000, 200


def cold(folder: Path, options: Options) -> Iterator[Figure]:
    """Yield everything built from nothing, to reading and parsing the same files."""
    count = options.size(POSTS)
    sites.own(folder, count, tags=TAGS)
    pairs = []
    for _ in options.times(5):
        sites.forget(folder)
        shutil.rmtree(folder / "public", ignore_errors=True)
        ours = timed(_build, folder)
        pairs.append((ours, timed(_parse_all, folder / "content")))
    said = f"feeds build, {count:,} posts with {TAGS} tags, to reading and parsing the files"
    yield Figure(said, pairs, "", "s")


def again(folder: Path, options: Options) -> Iterator[Figure | str]:
    """Yield a build after one change, to one after none; and what it wrote, in documents."""
    count = options.size(POSTS)
    sites.own(folder, count, tags=TAGS)
    _build(folder)
    target = folder / "content" / corpus.place(count - 1)
    pairs, wrote = [], []
    for number in options.times(5):
        with target.open("a", encoding="utf-8") as file:
            file.write(f"\nEdit {number}.\n")
        before = _stamps(folder / "public")
        ours = timed(_build, folder)
        after = _stamps(folder / "public")
        wrote.append(sum(after[name] != before.get(name) for name in after))
        pairs.append((ours, timed(_build, folder)))
    said = f"feeds build after one change among {count:,} posts, to one after none"
    yield Figure(said, pairs, "", "s")
    listed = len(json.loads(sites.run(folder, "list", "--json"))["documents"])
    yield f"one change wrote {max(wrote)} of {listed} documents"


def _build(folder: Path) -> None:
    sites.run(folder, "build", "--output", "public", "--json")


def _parse_all(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), encoding="utf-8") as file:
                frontmatter.parse(file.read())


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return document → inode and mtime of everything that a build wrote."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            if not name.endswith((".gz", ".br", ".json")):
                status = os.stat(os.path.join(root, name))
                found[os.path.join(root, name)] = (status.st_ino, status.st_mtime_ns)
    return found
