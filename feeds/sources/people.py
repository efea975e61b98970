"""The site's authors file: who is behind an id in front matter."""

from __future__ import annotations

import json
import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from feeds.model import Author
from feeds.sources import front_matter, values
from feeds.sources.keys import canonical

MAX_BYTES = 1_000_000
log = logging.getLogger("feeds.publisher")


def read(path: Path | None) -> dict[str, Any]:
    """Return id → fields, from a YAML, TOML or JSON file, or a folder with a page for each person.

    What cannot be read is logged: ids then stay ids, and nothing else is lost.
    """
    if path is None:
        return {}
    try:
        if path.is_dir():
            return {_id(page, path): _page(page) for page in sorted(path.rglob("*")) if _fits(page)}
        return _parsed(path) if _fits(path) else {}
    except Exception as error:  # whatever it is, people are not worth a stop
        log.warning("%s: the authors cannot be read: %s", path, str(error).splitlines()[0])
        return {}


def stamp(path: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when `read` would return something else."""
    if path is None or not path.exists():
        return ()
    pages = sorted(path.rglob("*")) if path.is_dir() else [path]
    stats = [(page, page.stat()) for page in pages if page.is_file()]
    return tuple((str(page), stat.st_mtime_ns, stat.st_size) for page, stat in stats)


def known(authors: Mapping[str, Any], base: str) -> dict[str, Author]:
    """Return id in lower case → person, for whoever has a name."""
    found = {}
    for name, fields in authors.items():
        person = {"name": fields} if isinstance(fields, str) else fields
        if not isinstance(person, dict):
            continue
        given = {canonical(str(key)): value for key, value in person.items()}
        shown = next(
            (
                given[key]
                for key in ("name", "display_name", "full_name", "title")
                if given.get(key)
            ),
            "",
        )
        link = next(
            (given[key] for key in ("url", "uri", "website", "web", "site") if given.get(key)), None
        )
        for author in values.authors(
            [{"name": str(shown or ""), "url": link}], base, {}, commas=False
        ):
            found[str(name).casefold()] = author
    return found


def _fits(path: Path) -> bool:
    endings = (".yml", ".yaml", ".toml", ".json", ".md", ".mdx", ".markdown")
    return path.is_file() and path.suffix in endings and path.stat().st_size <= MAX_BYTES


def _id(page: Path, folder: Path) -> str:
    """Return the id of a person's page: its name, or its folder's (`ada/_index.md`)."""
    inside = page.stem in ("index", "_index") and page.parent != folder
    return page.parent.name if inside else page.stem


def _page(path: Path) -> Any:
    if path.suffix in (".md", ".mdx", ".markdown"):
        return front_matter.parse(path.read_bytes()).mapping
    return _parsed(path)


def _parsed(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".toml":
        return tomllib.loads(text)
    found = json.loads(text) if path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
    if isinstance(found, list):  # a list of people with ids of their own
        return {
            str(item.get("id") or item.get("name")): item
            for item in found
            if isinstance(item, dict)
        }
    if isinstance(found, dict) and isinstance(inner := found.get("authors"), dict):
        return inner  # Material for MkDocs
    return found if isinstance(found, dict) else {}
