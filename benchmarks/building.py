"""`feeds build`: all of a site with many tags, and again after one change."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpus
from benchmarks.publishing import _parse_all, _timed
from benchmarks.serving import Figure

POSTS, TAGS = 10_000, 200
PAIRS = 5


def cold(folder: Path) -> Iterator[Figure]:
    """Yield everything built from nothing, to reading and parsing the same files."""
    _site(folder)
    pairs = []
    for _ in range(PAIRS):
        for name in (".feeds", "public"):
            shutil.rmtree(folder / name, ignore_errors=True)
        ours = _timed(lambda: _build(folder))
        pairs.append((ours, _timed(lambda: _parse_all(folder / "content"))))
    said = f"feeds build, {POSTS:,} posts with {TAGS} tags, to reading and parsing the files"
    yield said, pairs, ""


def again(folder: Path) -> Iterator[Figure]:
    """Yield a build after one change, to one after none; and what it wrote, in documents."""
    _site(folder)
    _build(folder)
    target = folder / "content" / "0009" / "post-0009999.md"
    pairs = []
    for number in range(PAIRS):
        text = target.read_text(encoding="utf-8")
        target.write_text(f"{text}\nEdit {number}.\n", encoding="utf-8")
        before = _stamps(folder / "public")
        ours = _timed(lambda: _build(folder))
        after = _stamps(folder / "public")
        changed = sorted(name for name in after if after[name] != before.get(name))
        documents = [name for name in changed if not name.endswith((".gz", ".br", ".json"))]
        print(f"  one change wrote {len(documents)} of {_documents(folder)} documents")
        pairs.append((ours, _timed(lambda: _build(folder))))
    yield f"feeds build after one change among {POSTS:,} posts, to one after none", pairs, ""


def _site(folder: Path) -> None:
    content = folder / "content"
    if content.exists():
        return
    corpus.write(content, POSTS)
    for path in content.rglob("*.md"):
        chance = random.Random(path.name)
        tags = ", ".join(f"tag-{chance.randrange(TAGS)}" for _ in range(3))
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("\ntags: [", f"\ntags: [{tags}]\nwords: [", 1), "utf-8")
    (folder / "feeds.toml").write_text('[site]\nurl = "https://example.org/"\n')


def _build(folder: Path) -> None:
    command = [sys.executable, "-m", "feeds", "build", "--output", "public", "--json"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return file → inode and mtime of everything that a build wrote."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            status = os.stat(os.path.join(root, name))
            found[os.path.join(root, name)] = (status.st_ino, status.st_mtime_ns)
    return found


def _documents(folder: Path) -> int:
    command = [sys.executable, "-m", "feeds", "list", "--json"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return len(json.loads(done.stdout)["documents"])
