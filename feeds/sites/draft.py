"""What is known of a site so far, setting by setting, with the place that told it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from feeds.model import clean, one_line, shorten
from feeds.sites import values
from feeds.sites.configs import Config, read
from feeds.sites.permalinks import usable
from feeds.sites.scripts import UNREAD
from feeds.sites.values import listing, plain, text

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx")
NOT_CONTENT = frozenset({"node_modules", "__pycache__", "vendor", "_site", "dist", "themes"})
MAX_FOLDERS = 5000
MAX_ENTRIES = 1000
"""As `feeds.entries` allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A site as its own configuration describes it.

    Attributes:
        generator: A name of `feeds.profiles.PROFILES`.
        root: Where the configuration is, else the folder that was asked about.
        settings: As feeds.toml says it; only what was found; paths relative to `root`.
        origins: Dotted setting → where it comes from: `config.toml: title`, `guessed: …`.
        asks: `site.url: why`: settings that somebody has to fill in, in one line each.
        warnings: One line each.
    """

    generator: str
    root: Path
    settings: dict[str, Any]
    origins: dict[str, str]
    asks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Draft:
    """Collects settings; the first word on each stands.

    Attributes:
        sign: The file that tells which generator it is.
        configs: What is looked into, in this order.
        settings: Dotted setting → value.
        asks: Setting → why it has to be asked for.
    """

    def __init__(self, root: Path, configs: Iterable[Config] = (), sign: str = "") -> None:
        self.root = root
        self.sign = sign
        self.configs = list(configs)
        self.settings: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.warnings: list[str] = []

    # Looking into the configuration

    def extend(self, names: Iterable[str]) -> None:
        """Look into more files, those that exist, after the configuration itself."""
        self.configs += [read(self.root / name, name) for name in names if self.exists(name)]

    def value(self, *keys: str) -> tuple[Any, str]:
        """Return the first value that one of the dotted `keys` has, and its origin."""
        for key in keys:
            for config in self.configs:
                found = config.get(key)
                if found not in (None, "", [], {}):
                    return found, f"{config.name}: {key}"
        return None, ""

    def text(self, *keys: str) -> str:
        """Return the first of `keys` that is a text, else an empty one."""
        return next((found for key in keys if (found := text(self.value(key)[0]))), "")

    def flag(self, key: str) -> bool | None:
        """Return true or false, None where neither stands there."""
        found = self.value(key)[0]
        return found if isinstance(found, bool) else None

    def table(self, key: str) -> dict[str, Any]:
        """Return a mapping, gathered from all files."""
        gathered: dict[str, Any] = {}
        for table in (config.get(key) for config in self.configs):
            gathered = {**(table if isinstance(table, dict) else {}), **gathered}
        return gathered

    def words(self, *keys: str) -> list[str]:
        """Return the texts of a list, or a single text."""
        return [word for item in listing(self.value(*keys)[0]) if (word := text(item))]

    # Looking at the files

    def path(self, *parts: str) -> str:
        """Return a path on the disk from one below the root."""
        return os.path.join(self.root, *parts)

    def exists(self, *parts: str) -> bool:
        """Tell whether something is there; never raises, as `os.path` does not."""
        return os.path.exists(self.path(*parts))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first of `names` that exists below the root."""
        return next((name for name in names if self.exists(name)), None)

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """Folder below the root (`.` is the root) → its Markdown files, where there are any."""
        found: dict[str, list[str]] = {}
        for count, (folder, below, files) in enumerate(os.walk(self.root)):
            below[:] = sorted(n for n in below if n[:1] != "." and n not in NOT_CONTENT)
            if pages := sorted(name for name in files if name.lower().endswith(MARKDOWN)):
                found[os.path.relpath(folder, self.root).replace(os.sep, "/")] = pages
            if count > MAX_FOLDERS:
                break
        return found

    def below(self, folder: str) -> list[str]:
        """Return the folders with Markdown below (and not in) `folder`, relative to it."""
        if folder == ".":
            return [found for found in self.folders if found != "."]
        inside = f"{folder}/"
        return [found.removeprefix(inside) for found in self.folders if found.startswith(inside)]

    def has_pages(self, folder: str) -> bool:
        """Tell whether there is Markdown in or below `folder`."""
        return folder in self.folders or bool(self.below(folder))

    def dated(self, folder: str) -> bool:
        """Tell whether most names below `folder` begin with a date."""
        inside = [place for place in self.folders if f"{place}/".startswith(f"{folder}/")]
        names = [
            os.path.basename(place) if name.startswith("index.") else name
            for place in inside
            for name in self.folders[place]
            if name[0] != "_"
        ]
        dates = [name for name in names if re.match(r"\d{4}-\d\d?-\d\d?[-_]", name)]
        return len(dates) * 2 > len(names)

    # Writing settings

    def put(self, setting: str, value: Any, origin: str) -> None:
        """Set a setting that nothing else has set."""
        if value not in (None, "", [], {}) and setting not in self.settings:
            self.settings[setting] = value
            self.origins[setting] = one_line(origin)

    def take(self, setting: str, *keys: str) -> None:
        """Set a setting from the first of `keys` that holds something usable."""
        for key in keys:
            value, origin = self.value(key)
            reader: Callable[[Any], Any] = _READERS.get(setting, text)
            found = reader(value)
            if found is not None:
                self.put(setting, found, origin)
            elif value is UNREAD:
                self.asks.setdefault(setting, f"{origin} is not written out there")
            elif value is not None:
                shown = shorten(one_line(str(value)[:200]), 60)
                self.asks.setdefault(setting, f"{origin} says {shown}, which cannot be used")

    def document(self, name: str, value: Any, origin: str) -> None:
        """Set the path of a document: `rss`, `atom`, `json`…"""
        path = values.document(value)
        if path is not None and path not in self.settings.values():
            self.put(f"paths.{name}", path, origin)

    def off(self, name: str, origin: str) -> None:
        """Leave a document off."""
        if f"paths.{name}" not in self.settings:
            self.settings[f"paths.{name}"] = False
            self.origins[f"paths.{name}"] = one_line(origin)

    def entries(self, *keys: str) -> None:
        """Set how many posts a feed lists; 0 and -1, without a limit, are left to us."""
        for key in keys:
            value, origin = self.value(key)
            if isinstance(value, int) and value > 0 and not isinstance(value, bool):
                self.put("feeds.entries", min(value, MAX_ENTRIES), origin)

    def permalink(
        self, folder: str, pattern: str | None, origin: str, written: object = ""
    ) -> None:
        """Set the pattern of a folder, of everything where `folder` is empty; None: unknown."""
        if pattern is None or not usable(pattern):
            setting = f"content.permalinks.{folder}" if folder else "content.permalink"
            shown = shorten(one_line(str(written)[:200]), 80)
            self.asks.setdefault(setting, f"{origin} is {shown}, which has no counterpart")
        elif folder:
            self.settings.setdefault("content.permalinks", {}).setdefault(folder, pattern)
            self.origins.setdefault("content.permalinks", one_line(origin))
        else:
            self.put("content.permalink", pattern, origin)

    def default(self, path: str, written: Any, origin: str) -> None:
        """Add front matter for what is below a folder, as far as it matters to a feed."""
        table = written if isinstance(written, dict) else {}
        kept = {clean(k): plain(v) for k, v in table.items() if k.lower() in DEFAULTS}
        kept = {key: value for key, value in kept.items() if value is not None}
        if kept:
            found = {"path": clean(path.strip("/")), "values": kept}
            self.settings.setdefault("defaults", []).append(found)
            self.origins.setdefault("defaults", one_line(origin))

    def exclude(self, patterns: Iterable[str], origin: str) -> None:
        """Add patterns of files that are no posts."""
        held = self.settings.get("content.exclude", [])
        added = [pattern for item in patterns if (pattern := clean(item).strip())]
        if added:
            self.settings["content.exclude"] = list(dict.fromkeys([*held, *added]))
            self.origins.setdefault("content.exclude", one_line(origin))


DEFAULTS = frozenset(
    "author authors by lang language locale category categories tags image cover thumbnail "
    "published draft sitemap robots noindex private unlisted hidden status visibility permalink "
    "description excerpt render headless build _build explicit".split()
)
"""Front matter that changes what a feed or sitemap says; layouts and the like do not."""


_READERS: dict[str, Callable[[Any], Any]] = {
    "site.url": values.web,
    "site.language": values.language,
    "site.timezone": values.zone,
    "site.author": values.authors,
}
