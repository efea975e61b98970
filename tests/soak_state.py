"""Whether index, ledger and documents agree, and equal what a cold start makes of the ledger."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
from conftest import Server, Site

from feeds.index.database import INDEX, LEDGER, copy
from feeds.publisher.store import etag_digest

SHOWN = "path format digest last_modified cache_control link location entries identity gzip br"


def rows(path: Path, query: str) -> list[Any]:
    """Return what a query finds in a database that may be in use."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def ids(state: Path) -> dict[int, tuple[str | None, ...]]:
    """Return number → ids of every entry of the ledger."""
    found = rows(state / LEDGER, "SELECT number, id, atom_id, json_id FROM entries")
    return {number: tuple(rest) for number, *rest in found}


def scanned(state: Path) -> float:
    """Return when the folder was looked at last, in Unix seconds."""
    (found,) = rows(state / INDEX, "SELECT value FROM meta WHERE name = 'health'")
    return datetime.fromisoformat(json.loads(found[0])["last_scan"]).timestamp()


def lost(before: dict[int, tuple[str | None, ...]], state: Path) -> Iterator[str]:
    """Yield each entry whose ids are others than before."""
    after = ids(state)
    for number, known in before.items():
        if after.get(number) != known:
            yield f"entry {number} had the ids {known}, and has {after.get(number)}"


def disagreements(state: Path) -> Iterator[str]:
    """Yield where index and ledger say different things; nothing is being published now."""
    for name in (INDEX, LEDGER):
        if (found := rows(state / name, "PRAGMA integrity_check")) != [("ok",)]:
            yield f"{name}: {found}"
    entries = {
        path: rest
        for path, *rest in rows(state / LEDGER, "SELECT path, number, id, edition FROM entries")
    }
    public = rows(
        state / INDEX, "SELECT key, number, entry_id, edition FROM posts WHERE settled = 1"
    )
    for key, *said in public:
        if entries.get(key) != said:
            yield f"{key}: {said} in the index, {entries.get(key)} in the ledger"
    states = {
        path: (digest, modified)
        for path, digest, modified in rows(
            state / LEDGER, "SELECT path, digest, last_modified FROM documents"
        )
    }
    for path, document in documents(state).items():
        stored = (document["digest"], document["last_modified"])
        if states.get(path) != stored:
            yield f"{path}: {stored} in the store, {states.get(path)} in the ledger"
        if not document["location"]:
            yield from _whole(path, document)


def _whole(path: str, document: dict[str, Any]) -> Iterator[str]:
    content = document["identity"]
    if etag_digest(content) != document["digest"]:
        yield f"{path}: the digest is of other bytes"
    if gzip.decompress(document["gzip"]) != content or brotli.decompress(document["br"]) != content:
        yield f"{path}: the codings differ"


def documents(state: Path) -> dict[str, dict[str, Any]]:
    """Return path → columns of every document that is there."""
    query = f"SELECT {SHOWN.replace(' ', ', ')} FROM documents WHERE format != 'gone'"
    names = SHOWN.split()
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows(state / INDEX, query)}


def unserved(server: Server, state: Path) -> Iterator[str]:
    """Yield the documents that the server answers with other bytes or validators."""
    for path, document in documents(state).items():
        if not document["location"]:
            answer = server.get(quote(path, safe="/%"))
            said = (answer.body, answer.headers and answer["etag"])
            if said != (document["identity"], f'"{document["digest"]}"'):
                yield f"{path}: served is {answer.status} {answer['etag']}, not what is stored"


def differences(site: Site, folder: Path) -> Iterator[str]:
    """Yield how the documents differ from those of a cold start with a copy of the ledger."""
    cold, state = folder / "cold", site.root / ".feeds"
    shutil.rmtree(cold, ignore_errors=True)
    cold.mkdir()
    copy(state / LEDGER, cold / LEDGER)
    environ = site.env() | {"FEEDS_STATE__PATH": str(cold)}
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "publish"],
        cwd=site.root, env=environ, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        yield f"the cold start failed: {done.stderr}"
        return
    warm, made = documents(state), documents(cold)
    for path in sorted(warm.keys() | made.keys()):
        one, other = warm.get(path), made.get(path)
        if one is None or other is None:
            yield f"{path}: only {'cold' if one is None else 'warm'}"
        elif unlike := [name for name in SHOWN.split() if one[name] != other[name]]:
            yield f"{path}: differs from a cold start in {', '.join(unlike)}"
