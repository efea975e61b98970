"""What is published, for people and scripts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from feeds.index.database import INDEX, connect, reading
from feeds.index.tables import documents as stored
from feeds.model import rfc3339
from feeds.publisher.store import GONE, REDIRECT
from feeds.settings import Settings


def documents(settings: Settings) -> list[dict[str, Any]]:
    """Return every published document, by path."""
    assert settings.state.path is not None
    engine = connect(settings.state.path / INDEX)
    shown = select(stored).where(stored.c.format.not_in((GONE, REDIRECT))).order_by(stored.c.path)
    with reading(engine) as connection:
        rows = list(connection.execute(shown))
    engine.dispose()
    return [
        {
            "path": row.path,
            "format": row.format,
            "entries": row.entries,
            "bytes": len(row.identity),
            "etag": f'"{row.digest}"',
            "last_modified": rfc3339(row.last_modified),
        }
        for row in rows
    ]
