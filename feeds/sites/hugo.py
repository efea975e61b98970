"""Hugo: https://gohugo.io/configuration/all/."""

from __future__ import annotations

import os
import re
from typing import Any

from feeds.sites.draft import Draft
from feeds.sites.permalinks import HUGO, colon
from feeds.sites.places import several, source
from feeds.sites.values import listing, text


def hugo(draft: Draft) -> None:
    """Read a Hugo site."""
    default = draft.text("defaultContentLanguage") or "en"
    _hugo_source(draft, default)
    _hugo_permalinks(draft)
    _hugo_feeds(draft)
    _hugo_cascade(draft)
    if draft.flag("enableRobotsTXT"):
        draft.off("robots", "Hugo makes its own (enableRobotsTXT)")
    if draft.flag("defaultContentLanguageInSubdir"):
        draft.warnings.append(
            f"Hugo puts the pages in {default} below /{default}/: give them a permalink with it"
        )


def _hugo_source(draft: Draft, default: str) -> None:
    tables = {code: table for code, table in draft.table("languages").items()
              if isinstance(table, dict) and table.get("disabled") is not True}  # fmt: skip
    codes = [code for code in tables if code not in draft.words("disableLanguages")]
    folders = {code: text(tables[code].get("contentDir")) for code in codes}
    named = {code: folder.strip("/") for code, folder in folders.items() if folder}
    folder, origin = draft.text("contentDir"), "contentDir"
    mounts = [
        mount for mount in listing(draft.value("module.mounts")[0]) if isinstance(mount, dict)
    ]
    mounted = [text(mount.get("source")) for mount in mounts if mount.get("target") == "content"]
    if len(codes) == 1 and named:
        folder, origin = named[codes[0]], "languages: contentDir"
    elif named and all(os.path.basename(folder) == code for code, folder in named.items()):
        folder, origin = os.path.dirname(next(iter(named.values()))) or ".", "languages: contentDir"
    elif named:
        folder, origin = named.get(default) or next(iter(named.values())), "languages: contentDir"
        others = sorted(set(named.values()) - {folder})
        if others:
            draft.warnings.append(f"languages in other folders are left out: {', '.join(others)}")
        codes = []
    elif not folder and mounted and mounted[0]:
        folder, origin = mounted[0], "module.mounts"
    source(draft, folder or "content", origin if folder else "Hugo's default")
    several(draft, sorted(codes, key=lambda code: code != default), "languages")


def _hugo_permalinks(draft: Draft) -> None:
    patterns, origin = draft.table("permalinks"), draft.value("permalinks")[1]
    pages = patterns.pop("page", {})
    patterns |= pages if isinstance(pages, dict) else {}
    by_name = ":filename" in draft.words("frontmatter.date")
    tokens = HUGO | {"slug": ":slug", "filename": ":slug"} if by_name else HUGO
    ugly, ugly_origin = draft.value("uglyURLs")
    for section, written in patterns.items():
        if section != "/" and not isinstance(written, dict):
            pattern = colon(written, tokens)
            if pattern and ugly is True:
                pattern = f"{pattern.rstrip('/')}.html"
            draft.permalink(section.strip("/"), pattern, origin, written)
    if isinstance(ugly, dict):
        for section in (section for section, value in ugly.items() if value is True):
            draft.permalink(section.strip("/"), "/:path/:slug.html", ugly_origin)
    elif ugly is True:
        draft.permalink("", "/:path/:slug.html", ugly_origin)
    elif not by_name and draft.dated(str(draft.settings["content.source"])):
        draft.permalink("", "/:path/:name/", "guessed: Hugo keeps the dates of file names")


def _hugo_feeds(draft: Draft) -> None:
    draft.entries("services.rss.limit", "rssLimit")
    home = [word.lower() for word in draft.words("outputs.home")]
    without = {word.lower() for word in draft.words("disableKinds")}
    if "rss" not in without and (not home or "rss" in home):
        base = draft.text("outputFormats.RSS.baseName") or "index"
        draft.document("rss", f"{base}.xml", "Hugo's RSS")
    for name in home:
        media = draft.text(f"outputFormats.{name}.mediaType").lower()
        told = f"{name} {media}"
        kind = "atom" if "atom" in told else "json" if "json" in told and "feed" in told else ""
        if kind:
            suffix = draft.text(f"mediaTypes.{media}.suffix") or next(
                iter(draft.words(f"mediaTypes.{media}.suffixes")),
                "json" if kind == "json" else "xml",
            )
            base = draft.text(f"outputFormats.{name}.baseName") or "index"
            draft.document(kind, f"{base}.{suffix}", f"outputFormats.{name}")


def _hugo_cascade(draft: Draft) -> None:
    cascade, origin = draft.value("cascade")
    for item in listing(cascade):
        if not isinstance(item, dict):
            continue
        params = item.get("params")
        values = {**(params if isinstance(params, dict) else {}), **item}
        for target in listing(item.get("_target") or item.get("target") or {}):
            if isinstance(target, dict) and _hugo_targets_pages(target):
                for path in _alternatives(text(target.get("path")) or ""):
                    draft.default(re.sub(r"/?\*\*$", "", path), values, origin)


def _hugo_targets_pages(target: dict[str, Any]) -> bool:
    environment = target.get("environment") in (None, "production")
    return environment and target.get("kind") in (None, "page", "{page,section}") and (
        not target.get("lang")
    )  # fmt: skip


def _alternatives(path: str) -> list[str]:
    """Return the paths that `{/blog/**,/news/**}` stands for."""
    found = re.fullmatch(r"([^{}]*)\{([^{}]*)\}([^{}]*)", path)
    return [found[1] + part + found[3] for part in found[2].split(",")] if found else [path]


def is_hugo(draft: Draft) -> bool:
    """Tell Hugo's config.toml from others: by a key, or by the folders around it."""
    if any(not config.name.startswith("config.") for config in draft.configs):
        return True
    own = ("baseURL", "languageCode", "theme", "defaultContentLanguage", "params", "module")
    known = any(draft.value(key)[0] is not None for key in own)
    around = ("content", "archetypes", "themes", "layouts", "go.mod")
    there = sum(draft.exists(name) for name in around)
    return there > 1 or (known and there == 1)
