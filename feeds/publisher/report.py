"""What is published, for people and scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from feeds.index.database import INDEX, connect, reading
from feeds.index.tables import documents as stored
from feeds.index.tables import meta
from feeds.model import rfc3339
from feeds.publisher.store import GONE, REDIRECT
from feeds.settings import Settings


def documents(settings: Settings) -> list[dict[str, Any]]:
    """Return every published document, by path."""
    assert settings.state.path is not None
    engine = connect(settings.state.path / INDEX)
    names = ("path", "format", "entries", "digest", "last_modified")
    size = func.length(stored.c.identity).label("bytes")
    shown = select(*(stored.c[name] for name in names), size).order_by(stored.c.path)
    shown = shown.where(stored.c.format.not_in((GONE, REDIRECT)))
    with reading(engine) as connection:
        rows = list(connection.execute(shown))
    engine.dispose()
    return [
        {
            "path": row.path,
            "format": row.format,
            "entries": row.entries,
            "bytes": row.bytes,
            "etag": f'"{row.digest}"',
            "last_modified": rfc3339(row.last_modified),
        }
        for row in rows
    ]


def outcomes(state: Path) -> dict[str, int]:
    """Return how many files ended in which outcome, in the last pass."""
    engine = connect(state / INDEX)
    with reading(engine) as connection:
        health = connection.scalar(select(meta.c.value).where(meta.c.name == "health"))
    engine.dispose()
    found: dict[str, int] = json.loads(health)["posts"] if health else {}
    return found
