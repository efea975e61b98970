"""Posts by the thousand: equal numbers give equal files."""

from __future__ import annotations

import os
import random
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

WORDS = (
    "feed reader author server cache date entry title poll change link order page index text "
    "folder header body list time path value early late small steady quiet plain honest"
).split()
FOLDER = 1000  # posts
VERSION = 1  # raise it when `post` writes something else
RACY_SECONDS = 2.0  # a file this young is looked at again by the next scan


def kept(cache: Path, count: int, body_bytes: int, tags: int = 0) -> Path:
    """Return a folder of `count` posts that is kept from run to run; whoever adds, removes."""
    folder = cache / f"v{VERSION}-{count}-posts-{body_bytes}-bytes-{tags}-tags"
    if not folder.exists():
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        write(half, count, body_bytes, tags)
        half.rename(folder)
        time.sleep(RACY_SECONDS)
    return folder


def write(folder: Path, count: int, body_bytes: int = 4000, tags: int = 0) -> None:
    """Write `count` posts below `folder`, in subfolders of a thousand."""
    starts = range(0, count, FOLDER)
    some = partial(_write_some, folder, count, body_bytes, tags)
    with ProcessPoolExecutor(min(len(starts), os.cpu_count() or 1)) as pool:
        list(pool.map(some, starts))


def place(number: int) -> str:
    """Return the key of post `number`."""
    return f"{number // FOLDER:04}/post-{number:07}.md"


def post(number: int, body_bytes: int = 4000, tags: int = 0, date: datetime | None = None) -> str:
    """Return the text of post `number`: front matter as a blog has it, and paragraphs.

    Args:
        tags: Of how many tags it has three; 0: of as many as there are words.
    """
    chance = random.Random(number)
    published = date or datetime(2010, 1, 1, tzinfo=UTC) + timedelta(hours=number * 7 % 130_000)
    title = " ".join(chance.choices(WORDS, k=6)).capitalize()
    names = (
        [f"tag-{chance.randrange(tags)}" for _ in range(3)] if tags else chance.choices(WORDS, k=3)
    )
    lines = [
        "---",
        f'title: "{title}"',
        f"date: {published.isoformat()}",
        f'description: "{" ".join(chance.choices(WORDS, k=14))}"',
        f"author: {chance.choice(('Ada', 'Grace', 'Edsger'))}",
        f"tags: [{', '.join(sorted(set(names)))}]",
        "draft: false",
        "---",
        "",
    ]
    size = 0
    while size < body_bytes:
        paragraph = " ".join(chance.choices(WORDS, k=min(70, body_bytes // 6))).capitalize()
        link = f"See [{chance.choice(WORDS)}](/post-{chance.randrange(1000):07}/) and **more**."
        lines += [f"{paragraph}. {link}", ""]
        size += len(paragraph) + len(link) + 3
    return "\n".join(lines)


def scan(folder: str | os.PathLike[str]) -> int:
    """Walk a folder with `os.scandir` and the status of every file: the least a scan can do."""
    count = 0
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.is_dir(follow_symlinks=False):
                count += scan(entry.path)
            else:
                entry.stat()
                count += 1
    return count


def read(folder: Path) -> None:
    """Read every file once: from then on all of them are in the page cache."""
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                file.read()


def _write_some(folder: Path, count: int, body_bytes: int, tags: int, start: int) -> None:
    (folder / place(start)).parent.mkdir(parents=True, exist_ok=True)
    for number in range(start, min(start + FOLDER, count)):
        with open(folder / place(number), "w", encoding="utf-8") as file:
            file.write(post(number, body_bytes, tags))
