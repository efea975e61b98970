"""Finding a site's configuration around a folder, and what it means for feeds."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.model import clean, one_line
from feeds.profiles import PROFILES
from feeds.sites import table
from feeds.sites.configs import Config, content, read
from feeds.sites.draft import Draft, Found
from feeds.sites.exclusions import moved
from feeds.sites.generators import placed
from feeds.sites.table import GENERATORS, PLAIN, VAULT, Generator
from feeds.sites.values import text, web

PARENTS = 4

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
    "content.source": "in which folder are the posts?",
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
    draft.configs += [read(draft.root / one, one) for one in generator.more if draft.exists(one)]
    draft.tokens = dict(generator.tokens)
    if generator is not PLAIN:
        draft.put("content.profile", generator.profile, f"{generator.name}: {draft.sign}")
        draft.put("paths.index", False, "guessed: the site has a home page")
    _source(generator, draft)
    generator.read(draft)
    _take(generator, draft)
    _authors(draft)
    _own(generator, draft)
    _settle(draft)
    _narrow(draft, folder)
    if generator.warning:
        draft.warnings.append(f"{generator.name}: {generator.warning}")
    return _found(generator, draft)


def _recognise(folder: Path) -> tuple[Generator, Draft]:
    """Return the nearest site; a vault only where it is in no other site."""
    for generators in (GENERATORS, (VAULT,)):
        for place in _upwards(folder):
            name = "package.json"
            package = [read(place / name)] if os.path.exists(place / name) else []
            for generator in generators:
                marks = [mark for mark in generator.marks if os.path.exists(place / mark)]
                configs = [config for mark in marks for config in _configs(place, mark)]
                draft = Draft(place, [*configs, *package], marks[0] if marks else name)
                if marks and generator.accepts(draft):
                    return generator, draft
            needed = Draft(place, package, name)
            for generator in (one for one in generators if one.package):
                if needed.table("needs").keys() & {generator.package}:
                    return generator, needed
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


def _configs(folder: Path, mark: str) -> list[Config]:
    """Read a file, or a folder of files: Hugo's `config/_default/params.toml`."""
    path = folder / mark
    if mark.endswith("/"):
        return []
    if not os.path.isdir(path):
        return [read(path, mark)]
    names = sorted(os.listdir(path)) if os.access(path, os.R_OK | os.X_OK) else []
    names = [name for name in names if name.endswith(table.DATA)]
    return [placed(read(path / name, f"{mark}/{name}")) for name in names]


def _source(generator: Generator, draft: Draft) -> None:
    """Set the content folder: as the site says, else the first usual one with Markdown."""
    told, origin = draft.value(*generator.source.split())
    if folder := text(told):
        draft.source(folder, origin)
        return
    own = any("/" not in page and not page.partition(".")[0].isupper() for page in draft.pages)
    folders = (".",) if generator is PLAIN and own else generator.folders
    found = next((name for name in folders if draft.below(name)), folders[-1])
    if draft.exists(found):
        sure = len(generator.folders) == 1
        draft.source(found, f"{generator.name}'s default" if sure else "guessed: usual for posts")


def _take(generator: Generator, draft: Draft) -> None:
    """Read the settings that have a key of their own."""
    default = draft.text("defaultContentLanguage") or next(iter(draft.table("languages")), "en")
    for line in generator.keys.strip().splitlines():
        draft.take(*line.replace("{lang}", default).split())
    for line in generator.fixed.strip().splitlines():
        told, *keys = line.split()
        setting, _, value = told.partition("=")
        origin = _condition(draft, keys) if keys else f"{generator.name}'s default"
        if origin:
            known = json.loads(value) if value[0] in "{[" else value
            draft.put(setting, known != "false" and known, origin)
    _address(generator, draft)


def _condition(draft: Draft, keys: list[str]) -> str:
    """Return the origin of the first key that says what it should, else an empty text."""
    for key, _, wanted in (key.partition("=") for key in keys):
        for config in draft.configs:
            value = config.get(key)
            if str(value).lower() == wanted if wanted else value not in (None, False):
                return f"{config.name}: {key}"
    return ""


def _address(generator: Generator, draft: Draft) -> None:
    """Add the path to the site's URL, or take the URL from GitHub's CNAME."""
    base, origin = draft.value(*generator.base.split())
    path = str(base).strip("/") if isinstance(base, str) else ""
    url = draft.settings.get("site.url")
    if url and path and not url.endswith(f"/{path}/"):
        if re.fullmatch(r"[\w/~-][\w./~-]*", path):
            draft.settings["site.url"] = f"{url}{path}/"
            draft.origins["site.url"] += f", with {origin}"
        else:
            draft.asks["site.url"] = f"{origin} says {path[:60]}"
    for folder in (".", *generator.static):
        try:
            host = "".join(content(draft.root / folder / "CNAME").split()[:1])
        except (OSError, ValueError):
            continue
        if "/" not in host and "." in host:
            draft.put("site.url", web(f"https://{host}"), "guessed: CNAME")
    if len(urlsplit(draft.settings.get("site.url", "")).path) > 1:
        draft.warnings.append(
            "site.url has a path: robots.txt is read at the host's root only, and the sitemap "
            "covers the URLs below the path"
        )


def _authors(draft: Draft) -> None:
    near = (f"{draft.base}/{name}" for name in ("authors.yml", "authors", "blog/.authors.yml"))
    if found := draft.first((*table.AUTHORS, *near)):
        draft.put("content.authors", found, "guessed: the file is there")
        inner = posixpath.relpath(found, draft.base)
        if os.path.isdir(draft.path(found)) and not inner.startswith(".."):
            draft.exclude([f"{inner}/*"], "guessed: pages of authors are no posts")


def _own(generator: Generator, draft: Draft) -> None:
    """Leave off what the site has as a file of its own; publish feeds where it has them."""
    places = [(folder, ("",)) for folder in (*generator.static, draft.base)]
    for folder, endings in [*places, *((folder, table.SCRIPTED) for folder in generator.routes)]:
        for name, path in table.DOCUMENTS:
            fitting = (ending for ending in endings if "." in path or "/" in ending)
            found = draft.first(f"{folder}/{path}{ending}" for ending in fitting)
            if found and os.path.isfile(draft.path(found)):
                kept = False if name in ("robots", "sitemap") else f"/{path}"
                draft.put(f"paths.{name}", kept, f"the site has {found}")


def _settle(draft: Draft) -> None:
    """Give every document a path of its own: what the site says stays, ours makes way."""
    used = {path: name for name, path in draft.settings.items() if name.startswith("paths.")}
    for name, paths in PATHS.items():
        if f"paths.{name}" not in draft.settings:
            free = next((path for path in paths if path not in used), False)
            if free != paths[0]:
                draft.put(f"paths.{name}", free, f"{paths[0]} is {used[paths[0]]}")
            used.setdefault(free, f"paths.{name}")


def _narrow(draft: Draft, folder: Path) -> None:
    """Make `folder` the content folder, where it lies within the one that was found."""
    base = os.path.normpath(draft.path(draft.base))
    if folder == draft.root or os.path.join(base, "").startswith(os.path.join(folder, "")):
        return
    draft.settings["content.source"] = os.path.relpath(folder, draft.root).replace(os.sep, "/")
    draft.origins["content.source"] = "the folder that was named"
    inner = os.path.relpath(folder, base).replace(os.sep, "/")
    draft.settings.pop("content.include", None)  # of the folders beside this one
    hidden, origin = draft.settings.pop("content.exclude", []), draft.origins.get("content.exclude")
    draft.exclude(filter(None, (moved(one, inner) for one in hidden)), origin or "")
    if inner.startswith(".."):
        return
    for default in draft.settings.get("defaults", []):
        around = f"{inner}/".startswith(f"{default['path']}/")
        default["path"] = "" if around else default["path"].removeprefix(f"{inner}/")
    profile = PROFILES[draft.settings.get("content.profile", "plain")]
    held = draft.settings.pop("content.permalinks", {})
    above = [name for name in held or dict(profile.permalinks) if f"/{name}/" in f"/{inner}/"]
    nearest = max(above, key=len, default="")
    shown = "/".join(part for part in inner.split("/") if not part.startswith("_"))

    def placed_in(pattern: str) -> str:
        pattern = pattern.replace(":section", shown.partition("/")[0] or ":section")
        return re.sub("/{2,}", "/", re.sub(r":path\b", f"{shown}/:path", pattern))

    pattern = held.get(nearest) or draft.settings.get("content.permalink", profile.permalink)
    if nearest in held or not nearest:  # else the profile knows its `_posts`
        below = f"/{inner}/".partition(f"/{nearest}/")[2]
        pattern = placed_in(pattern).replace(":below", f"{below}:path")
        draft.settings["content.permalink"] = pattern
        draft.origins.setdefault("content.permalink", "as for the whole site")
    draft.settings["content.permalinks"] = {
        name.removeprefix(f"{inner}/"): placed_in(told)
        for name, told in held.items()
        if name not in above
    }


def _found(generator: Generator, draft: Draft) -> Found:
    settings: dict[str, Any] = {}
    source = draft.settings.get("content.source", "")
    if clean(source) != source or not source.isprintable():
        draft.warnings.append("content.source: the folder's name cannot be written in feeds.toml")
        del draft.settings["content.source"]
    draft.settings = {name: one for name, one in draft.settings.items() if one not in ([], {})}
    for name, value in draft.settings.items():
        section, _, key = name.partition(".")
        settings.update({section: {**settings.get(section, {}), key: value} if key else value})
    asks = QUESTIONS | draft.asks
    lines = [f"{name}: {why}" for name, why in asks.items() if name not in draft.settings]
    return Found(
        generator=generator.profile,
        root=draft.root,
        settings=settings,
        origins={name: why for name, why in draft.origins.items() if name in draft.settings},
        asks=tuple(map(one_line, lines)),
        warnings=tuple(one_line(warning) for warning in dict.fromkeys(draft.warnings)),
    )
