"""Eleventy: https://www.11ty.dev/docs/config/."""

from __future__ import annotations

import os
import re

from feeds.sites.configs import content, read
from feeds.sites.draft import Draft
from feeds.sites.permalinks import liquid
from feeds.sites.places import source
from feeds.sites.scripts import UNREAD
from feeds.sites.values import document

_METADATA = tuple(
    f"{name}{ending}"
    for name in ("metadata", "site", "meta")
    for ending in (".js", ".cjs", ".mjs", ".json", ".yaml", ".yml", ".toml")
)
_TEMPLATES = re.compile(r"(?:.*\.)?(?:feed|rss|atom|json|index)(?:\.xml|\.json|\.11ty)?"
                        r"\.(?:njk|liquid|xml|md|html|js)")  # fmt: skip
_KINDS = (("json", "jsonfeed.org/version"), ("atom", "http://www.w3.org/2005/Atom\""),
          ("rss", "<rss"))  # fmt: skip


def eleventy(draft: Draft) -> None:
    """Read an Eleventy site."""
    folder = draft.text("dir.input", "config.dir.input")
    base = source(draft, folder or ".", "dir.input" if folder else "Eleventy's default")
    below = draft.text("dir.data", "config.dir.data") or "_data"
    paths = [os.path.normpath(f"{base}/{below}/{name}") for name in _METADATA]
    draft.extend(paths)
    for kind in ("feed", "jsonfeed"):  # of eleventy-base-blog, up to version 7
        draft.document("json" if "json" in kind else "atom", *draft.value(f"{kind}.path"))
    if draft.text("outputPath"):
        kind = draft.text("type") or "atom"
        if kind in ("atom", "rss", "json"):
            draft.document(kind, *draft.value("outputPath"))
    templates(draft, base, f"{base}/feed", f"{base}/feeds")
    for inner in ["", *draft.below(base)]:
        _directory(draft, base, inner)
    draft.permalink("", "/:path/:name/", "Eleventy's default")
    parts = ("_site", draft.text("dir.includes") or "_includes", below)
    draft.exclude([f"{part}/*" for part in parts if base == "."], "Eleventy's own folders")


def _directory(draft: Draft, base: str, folder: str) -> None:
    """Read what a directory file says of the posts beside it: `posts/posts.json`."""
    place = os.path.normpath(os.path.join(base, folder))
    name = os.path.basename(place)
    endings = (".11tydata.js", ".11tydata.cjs", ".11tydata.mjs", ".11tydata.json", ".json")
    for ending in endings:
        path = os.path.normpath(f"{place}/{name}{ending}")
        if draft.exists(path):
            config = read(draft.root / path, path)
            permalink = config.get("permalink")
            if permalink is UNREAD or isinstance(permalink, str):
                draft.permalink(folder, liquid(permalink), f"{path}: permalink", permalink)
            rest = {key: value for key, value in config.tree.items() if key != "permalink"}
            draft.default(folder, rest, path)


def templates(draft: Draft, *folders: str) -> None:
    """Find feeds that the site makes with a template of its own: `feed/feed.njk`."""
    for folder in dict.fromkeys(os.path.normpath(folder) for folder in folders):
        try:
            names = sorted(os.listdir(draft.path(folder)))
        except OSError:
            continue
        for name in (name for name in names if _TEMPLATES.fullmatch(name)):
            try:
                written = content(draft.root / folder / name)[:20_000]
            except (OSError, ValueError):
                continue
            kind = next((kind for kind, sign in _KINDS if sign in written), None)
            found = re.search(
                r"(?:^|[{,])\s*[\"']?permalink[\"']?\s*:\s*[\"']?([^\"'\n,]+)", written, re.M
            )
            path = found[1] if found else name if name.endswith((".xml", ".json")) else None
            if kind and document(path):
                draft.document(kind, path, f"{folder}/{name}")
