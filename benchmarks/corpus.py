"""Posts by the thousand: equal numbers give equal files."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

WORDS = (
    "feed reader author server cache date entry title poll change link order page index text "
    "folder header body list time path value early late small steady quiet plain honest"
).split()


def write(folder: Path, count: int, body_bytes: int = 4000) -> None:
    """Write `count` posts below `folder`, in subfolders of a thousand."""
    for number in range(count):
        path = folder / f"{number // 1000:04}" / f"post-{number:07}.md"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(post(number, body_bytes), encoding="utf-8")


def post(number: int, body_bytes: int = 4000) -> str:
    """Return the text of post `number`: front matter as a blog has it, and paragraphs."""
    chance = random.Random(number)
    published = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(hours=number * 7 % 130_000)
    title = " ".join(chance.choices(WORDS, k=6)).capitalize()
    tags = ", ".join(sorted(set(chance.choices(WORDS, k=3))))
    lines = [
        "---",
        f'title: "{title}"',
        f"date: {published.isoformat()}",
        f'description: "{" ".join(chance.choices(WORDS, k=14))}"',
        f"author: {chance.choice(('Ada', 'Grace', 'Edsger'))}",
        f"tags: [{tags}]",
        "draft: false",
        "---",
        "",
    ]
    size = 0
    while size < body_bytes:
        paragraph = " ".join(chance.choices(WORDS, k=70)).capitalize()
        link = f"See [{chance.choice(WORDS)}](/post-{chance.randrange(1000):07}/) and **more**."
        lines += [f"{paragraph}. {link}", ""]
        size += len(paragraph) + len(link) + 3
    return "\n".join(lines)
