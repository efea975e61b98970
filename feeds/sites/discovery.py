"""Finding a site's configuration around a folder, and what it means for feeds."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.model import clean
from feeds.sites.configs import content
from feeds.sites.draft import Draft, Found
from feeds.sites.narrowing import narrow
from feeds.sites.table import GENERATORS, PLAIN, VAULT, Generator
from feeds.sites.values import web

PARENTS = 4

PLAIN_FOLDERS = ("content", "posts", "_posts", "articles", "blog", "src/posts", "notes")

AUTHORS = (
    *(f"{folder}/authors{ending}" for folder in ("blog", "_data", "data", "source/_data")
      for ending in (".yml", ".yaml", ".json", ".toml")),
    *(f"{folder}{name}" for folder in ("content/", "src/content/", "data/", "src/data/", "_")
      for name in ("authors", "author", "people", "team")),
)  # fmt: skip
"""Where the people behind ids are: a file, or a folder with a page for each."""

PATHS = {
    "rss": ("/feed.xml", "/rss.xml", "/feed.rss"),
    "atom": ("/atom.xml", "/feed.atom", "/feeds/atom.xml"),
    "json": ("/feed.json", "/feeds/feed.json"),
    "sitemap": ("/sitemap.xml",),
    "robots": ("/robots.txt",),
    "opml": ("/feeds.opml",),
    "index": ("/",),
}
"""Document → its path where the settings name none, and others in case that one is taken."""

QUESTIONS = {
    "site.url": "where is the site published? ids are made from it, and they last",
    "site.title": "what is the site called?",
    "site.language": "which language are the posts in?",
    "site.timezone": "in which zone are dates without an offset?",
}


def discover(folder: Path) -> Found:
    """Find out how the site that `folder` belongs to is made, and what it says about itself.

    `folder` is the site or its content: parents are looked at too. Never raises: what
    cannot be read is in `asks` and `warnings`.
    """
    folder = Path(os.path.abspath(folder))
    generator, draft = _recognise(folder)
    for config in draft.configs:
        if config.problem:
            draft.warnings.append(f"{config.name}: cannot be read: {config.problem}")
    generator.read(draft)
    _take(generator, draft)
    if generator is PLAIN:
        _plain(draft)
    else:
        draft.put("content.profile", generator.profile, f"{generator.name}: {draft.sign}")
    _authors(draft)
    _static(generator, draft)
    _settle(draft)
    narrow(draft, folder)
    return _found(generator, draft)


def _recognise(folder: Path) -> tuple[Generator, Draft]:
    """Return the nearest site; a vault only where it is in no other site."""
    for generators in (GENERATORS, (VAULT,)):
        for place in _upwards(folder):
            for generator in generators:
                if draft := generator.draft(place):
                    return generator, draft
    return PLAIN, Draft(folder)


def _upwards(folder: Path) -> Iterator[Path]:
    """Return the folder and its parents, up to where a site cannot go on."""
    home = os.path.expanduser("~")
    for place in (folder, *list(folder.parents)[:PARENTS]):
        if place != folder and str(place) in (home, os.sep):
            return
        yield place
        if os.path.exists(place / ".git"):
            return


def _take(generator: Generator, draft: Draft) -> None:
    """Read the settings that have a key of their own."""
    default = draft.text("defaultContentLanguage", "default_language", "DEFAULT_LANG") or "en"
    for line in generator.keys.strip().splitlines():
        setting, *keys = line.replace("{lang}", default).split()
        draft.take(f"site.{setting}", *keys)
    base, origin = draft.value(*generator.base.split())
    path = str(base).strip("/") if isinstance(base, str) else ""
    url = draft.settings.get("site.url")
    if url and path and not url.endswith(f"/{path}/"):
        if re.fullmatch(r"[\w./~-]+", path) and not path.startswith("."):
            draft.settings["site.url"] = f"{url}{path}/"
            draft.origins["site.url"] += f", with {origin}"
        else:
            draft.asks["site.url"] = f"{origin} says {path[:60]}"
    _domain(generator, draft)
    if len(urlsplit(draft.settings.get("site.url", "")).path) > 1:
        draft.warnings.append(
            "site.url has a path: robots.txt is read at the host's root only, and the sitemap "
            "covers the URLs below the path"
        )


def _domain(generator: Generator, draft: Draft) -> None:
    """Guess the address from GitHub's CNAME."""
    for folder in (".", *generator.static):
        try:
            host = content(draft.root / folder / "CNAME").split()[:1]
        except (OSError, ValueError):
            continue
        if host and "/" not in host[0] and "." in host[0]:
            draft.put("site.url", web(f"https://{host[0]}"), "guessed: CNAME")


def _plain(draft: Draft) -> None:
    """Guess the folder of posts where no generator is known."""
    folder = next((name for name in PLAIN_FOLDERS if draft.has_pages(name)), None)
    own = any(not name.partition(".")[0].isupper() for name in draft.folders.get(".", ()))
    guess = folder if folder and not own else "."
    draft.put("content.source", guess, "guessed: the folder with Markdown")


def _authors(draft: Draft) -> None:
    base = str(draft.settings["content.source"])
    found = draft.first((*AUTHORS, *(f"{base}/{name}" for name in ("authors.yml", "authors"))))
    if found is None:
        return
    draft.put("content.authors", posixpath.normpath(found), "guessed: the file is there")
    if os.path.isdir(draft.path(found)):
        inner = posixpath.relpath(found, base)
        if not inner.startswith(".."):
            draft.exclude([f"{inner}/*"], "guessed: pages of authors are no posts")


def _static(generator: Generator, draft: Draft) -> None:
    """Leave off what the site has as a file of its own."""
    if generator is not PLAIN:
        draft.off("index", "guessed: the site has a home page")
    for name, file in (("robots", "robots.txt"), ("sitemap", "sitemap.xml")):
        folders = (*generator.static, str(draft.settings["content.source"]))
        if found := draft.first(f"{folder}/{file}" for folder in folders):
            draft.off(name, f"the site has {posixpath.normpath(found)}")


def _settle(draft: Draft) -> None:
    """Give every document a path of its own: what the site says stays, ours makes way."""
    used = {"/healthz": "the health page"}
    for name in PATHS:
        path = draft.settings.get(f"paths.{name}")
        if isinstance(path, str):
            if path in used:
                draft.warnings.append(f"paths.{name}: {path} is {used[path]} already")
                del draft.settings[f"paths.{name}"]
            used.setdefault(path, f"paths.{name}")
    for name, paths in PATHS.items():
        if f"paths.{name}" not in draft.settings:
            free = next((path for path in paths if path not in used), "")
            if free != paths[0]:
                draft.settings[f"paths.{name}"] = free or False
                draft.origins[f"paths.{name}"] = f"{paths[0]} is {used[paths[0]]}"
            used.setdefault(free, f"paths.{name}")


def _found(generator: Generator, draft: Draft) -> Found:
    settings: dict[str, Any] = {}
    for name, value in draft.settings.items():
        if value in ("", [], {}) and value is not False:
            continue
        table, _, key = name.partition(".")
        if key:
            settings.setdefault(table, {})[key] = value
        else:
            settings[table] = value
    asks = {
        name: f"{name}: {why}" for name, why in draft.asks.items() if name not in draft.settings
    }
    for name, question in QUESTIONS.items():
        if name not in draft.settings:
            asks.setdefault(name, f"{name}: {question}")
    source = settings["content"]["source"]
    if clean(source) != source or not source.isprintable():
        draft.warnings.append("content.source: the folder's name cannot be written in feeds.toml")
        del settings["content"]["source"]
    return Found(
        generator=generator.profile,
        root=draft.root,
        settings=settings,
        origins={name: why for name, why in draft.origins.items() if name in draft.settings},
        asks=tuple(_line(ask) for ask in asks.values()),
        warnings=tuple(_line(warning) for warning in dict.fromkeys(draft.warnings)),
    )


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text).strip()
