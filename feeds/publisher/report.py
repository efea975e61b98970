"""What is published, and what is wrong, for people and scripts."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from feeds.errors import CODES
from feeds.index import selections as chosen
from feeds.index.database import INDEX, LEDGER, connect, reading
from feeds.index.tables import documents as stored
from feeds.index.tables import problems
from feeds.model import rfc3339
from feeds.publisher.run import Publisher
from feeds.publisher.store import GONE, REDIRECT
from feeds.settings import Settings, State


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


def check(settings: Settings, clock: Callable[[], float]) -> dict[str, Any]:
    """Return all problems and the outcomes of all files.

    Works on a copy of the state, so that it changes nothing and may run beside a
    publisher; only files that the index does not know are read.
    """
    assert settings.state.path is not None
    with tempfile.TemporaryDirectory(prefix="feeds-check-") as folder:
        scratch = Path(folder)
        for name in (INDEX, LEDGER):
            _copy(settings.state.path / name, scratch / name)
        trial = settings.model_copy(update={"state": State(path=scratch)})
        with Publisher(lambda: trial, clock) as publisher:
            publisher.run()
            engine = connect(scratch / INDEX)
            with reading(engine) as connection:
                rows = list(
                    connection.execute(
                        select(problems).order_by(problems.c.key, problems.c.line, problems.c.code)
                    )
                )
                outcomes = chosen.outcomes(connection, int(clock()))
            engine.dispose()
    return {"problems": [_problem(settings, row) for row in rows], "files": outcomes}


def _problem(settings: Settings, row: Any) -> dict[str, Any]:
    return {
        "path": shown_path(settings.content.source, row.key),
        "line": row.line,
        "column": row.column,
        "severity": CODES[row.code][0],
        "code": row.code,
        "message": row.message,
        "hint": row.hint,
    }


def shown_path(source: Path, key: str) -> str:
    """Return a file's path as a terminal can open it: relative to here, if it is below."""
    path = source / key
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)


def _copy(old: Path, new: Path) -> None:
    """Copy a database that may be in use."""
    if not old.exists():
        return
    source, target = sqlite3.connect(f"file:{old}?mode=ro", uri=True), sqlite3.connect(new)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
