"""Front matter that a section's page gives to everything below it (Hugo's `cascade`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from feeds.profiles import Profile
from feeds.sources import front_matter
from feeds.sources.keys import canonical

_SECTION = re.compile(r"(?i)(?:.*/)?_index(?:\.[\w-]+)?\.[^/.]+")
_ELEVENTY = re.compile(r"(?:.*/)?[^/]+\.11tydata\.json")


def may_have(key: str, profile: Profile) -> bool:
    """Tell whether a file that is no post may say something about posts below its folder."""
    return profile.cascades and bool(_SECTION.fullmatch(key) or _ELEVENTY.fullmatch(key))


def of(key: str, raw: bytes, profile: Profile) -> str | None:
    """Return what the file `key` says about posts below, as JSON; None: nothing.

    A page that cannot be read hides everything below it: it may say `draft: true`.
    """
    try:
        mapping = front_matter.parse(raw).mapping
    except Exception:
        return json.dumps([["", {"draft": True}]]) if b"cascade" in raw else None
    given = {canonical(name): value for name, value in mapping.items()}
    found = [mapping] if _ELEVENTY.fullmatch(key) else given.get("cascade")
    if profile.name == "zola" and given.get("draft") in (True, "true"):
        found = {"draft": True}  # Zola writes no page below a section that is a draft
    pairs = list(_pairs(found)) if found else []
    return json.dumps(pairs) if pairs else None


def _pairs(found: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield folder (below the site's content; empty: this one) and values."""
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            continue
        values = {name: value for name, value in item.items() if name not in ("_target", "target")}
        target = item.get("_target") or item.get("target") or {}
        if not isinstance(target, dict) or target.get("kind", "page") not in ("page", ""):
            continue
        path = str(target.get("path") or "").strip("/{}")
        folder = re.split(r"[*?\[{,]", path)[0].rpartition("/")[0]
        yield folder, values


def gathered(rows: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Return folder with its slash → values, from key and cascade of each section's page."""
    found: dict[str, dict[str, Any]] = {}
    for key, cascade in rows:
        own = key.rpartition("/")[0]
        for target, values in json.loads(cascade):
            folder = target or own
            found.setdefault(f"{folder}/" if folder else "", {}).update(values)
    return found
