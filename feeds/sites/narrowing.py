"""Settings of a site for one folder of its content: patterns without the part that is above."""

from __future__ import annotations

import os
import re
from pathlib import Path

from feeds.sites.draft import Draft


def narrow(draft: Draft, folder: Path) -> None:
    """Make `folder` the content folder, where it lies within the one that was found."""
    base = os.path.normpath(draft.path(str(draft.settings["content.source"])))
    if folder == draft.root or os.path.join(base, "").startswith(os.path.join(folder, "")):
        return
    draft.settings["content.source"] = os.path.relpath(folder, draft.root).replace(os.sep, "/")
    draft.origins["content.source"] = "the folder that was named"
    inner = os.path.relpath(folder, base).replace(os.sep, "/")
    if inner.startswith(".."):
        return
    _narrow_permalinks(draft, inner)
    for setting in ("content.include", "content.exclude"):
        patterns = draft.settings.get(setting, [])
        kept = [_below(pattern, inner) for pattern in patterns]
        draft.settings[setting] = [pattern for pattern in kept if pattern]
    defaults = [
        {**default, "path": path}
        for default in draft.settings.get("defaults", [])
        if (path := _below(default["path"], inner, within=True)) is not None
    ]
    draft.settings["defaults"] = defaults


def _below(pattern: str, folder: str, *, within: bool = False) -> str | None:
    """Return a pattern as it is below `folder`; None: it means nothing there."""
    if pattern.startswith(f"{folder}/"):
        return pattern.removeprefix(f"{folder}/")
    if within and (not pattern or folder == pattern or folder.startswith(f"{pattern}/")):
        return ""
    anywhere = pattern.startswith("*") or (not within and "/" not in pattern)
    return pattern if anywhere else None


def _narrow_permalinks(draft: Draft, inner: str) -> None:
    """Write out the folders that keys no longer have: `:path` in `posts` is `posts/:path`."""
    shown = "/".join(part for part in inner.split("/") if not part.startswith("_"))
    table: dict[str, str] = draft.settings.get("content.permalinks", {})
    around = [folder for folder in table if f"/{folder}/" in f"/{inner}/"]
    pattern = table[max(around, key=len)] if around else draft.settings.get("content.permalink")
    if pattern is None and shown:
        pattern = "/:path/:slug/"
        draft.origins["content.permalink"] = "guessed: pages lie as the files do"

    def moved(pattern: str) -> str:
        if not shown:
            return pattern
        section = pattern.replace(":section", shown.partition("/")[0])
        return re.sub(r":path\b", f"{shown}/:path", section)

    if pattern is not None:
        draft.settings["content.permalink"] = moved(pattern)
        draft.origins.setdefault("content.permalink", draft.origins.get("content.permalinks", ""))
    kept = {folder.removeprefix(f"{inner}/"): moved(written) for folder, written in table.items()
            if folder.startswith(f"{inner}/") or f"/{folder}/" not in f"/{inner}/"}  # fmt: skip
    draft.settings["content.permalinks"] = kept
