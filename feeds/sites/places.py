"""Folders and files of a site: where posts are, and which are none."""

from __future__ import annotations

import os
import re
from pathlib import Path

from feeds.sites.configs import read
from feeds.sites.draft import MARKDOWN, Draft
from feeds.sites.values import language

MAX_NESTED = 200


def source(draft: Draft, folder: str, origin: str) -> str:
    """Set the content folder; return it as it was set."""
    tidy = os.path.normpath(folder).replace(os.sep, "/")
    draft.put("content.source", tidy, origin)
    if not os.path.isdir(draft.path(tidy)):
        draft.warnings.append(f"{tidy}: there is no such folder ({origin})")
    return tidy


def nested(draft: Draft, folder: str, pattern: str, origin: str) -> None:
    """Set the pattern of a folder and of those in it: `{folder}` is where they are in it."""
    base = draft.settings.get("content.source", ".")
    place = folder if base == "." else f"{base}/{folder}"
    if pattern.startswith(f"/{folder}/{{folder}}/") and "/_" not in f"/{folder}":
        draft.permalink(folder, pattern.replace(f"/{folder}/{{folder}}", "/:path"), origin)
        return
    inside = ["", *draft.below(place)]
    if len(inside) > MAX_NESTED:
        draft.warnings.append(f"{place}: only {MAX_NESTED} of its folders have a permalink")
    for inner in inside[:MAX_NESTED]:
        path = re.sub("/{2,}", "/", pattern.replace("{folder}", inner))
        draft.permalink(f"{folder}/{inner}".strip("/"), path, origin, path)


def packages(root: Path) -> set[str]:
    """Return the packages that package.json asks for."""
    config = read(root / "package.json")
    found = {"hexo"} if "hexo" in config.tree else set()
    for key in ("dependencies", "devDependencies"):
        table = config.get(key)
        found |= set(table) if isinstance(table, dict) else set()
    return found


def several(draft: Draft, codes: list[str], origin: str) -> None:
    """Set the languages, where they are two or more."""
    known = list(dict.fromkeys(code for code in codes if language(code)))
    if len(known) > 1:
        draft.put("content.languages", known, origin)


def excluded(draft: Draft, base: str, entries: list[str]) -> list[str]:
    """Return those of a generator's patterns that concern Markdown, as ours."""
    found = []
    for entry in (entry.strip("/") for entry in entries):
        if entry.lower().endswith((*MARKDOWN, "*")) and not entry.lower().startswith("readme"):
            found.append(entry if "/" in entry else f"/{entry}")
        elif entry and draft.has_pages(entry if base == "." else f"{base}/{entry}"):
            found.append(f"{entry}/*")
    return found
