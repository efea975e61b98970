"""What is known of a site so far, setting by setting, with the place that told it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from feeds.model import clean, one_line, shorten
from feeds.sites import exclusions
from feeds.sites.configs import Config, content
from feeds.sites.exclusions import MARKDOWN
from feeds.sites.permalinks import translate, usable
from feeds.sites.scripts import UNREAD
from feeds.sites.values import READERS, listing, mapping, plain, text

NOT_CONTENT = frozenset({"node_modules", "__pycache__", "vendor", "_site", "dist", "themes"})
SCRIPTS = (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts")
MAX_FOLDERS = 5000
MAX_PAGES = 20
"""Of one folder: enough to tell where posts are and how they are called."""
MAX_EXCLUDED = 1000

DEFAULTS = frozenset(
    "author authors by lang language locale category categories tags image cover thumbnail "
    "published draft sitemap robots noindex private unlisted hidden status visibility permalink "
    "description excerpt render headless build _build explicit".split()
)
"""Front matter that changes what a feed or sitemap says; layouts and the like do not."""


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


@dataclass
class Draft:
    """Collects settings; the first word on each stands.

    Attributes:
        configs: What is looked into, in this order.
        sign: The file that tells which generator it is.
        tokens: What the generator's permalink tokens are called here.
        settings: Dotted setting → value.
        origins: Setting → where it comes from.
        asks: Setting → why it has to be asked for.
    """

    root: Path
    configs: list[Config] = field(default_factory=list)
    sign: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    # Looking into the configuration

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

    def table(self, key: str) -> dict[str, Any]:
        """Return a mapping, gathered from all files."""
        gathered: dict[str, Any] = {}
        for config in self.configs:
            gathered = {**mapping(config.get(key)), **gathered}
        return gathered

    def words(self, *keys: str) -> list[str]:
        """Return the texts of a list, or a single text."""
        return [word for item in listing(self.value(*keys)[0]) if (word := text(item))]

    # Looking at the files

    def path(self, name: str) -> str:
        """Return a path on the disk from one below the root."""
        return os.path.join(self.root, name)

    def exists(self, name: str) -> bool:
        """Tell whether something is there; never raises, as `os.path` does not."""
        return os.path.exists(self.path(name))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first of `names` that exists below the root."""
        return next((os.path.normpath(name) for name in names if self.exists(name)), None)

    @cached_property
    def pages(self) -> list[str]:
        """Markdown files below the root, as paths; some of each folder."""
        found: list[str] = []
        for count, (folder, below, files) in enumerate(os.walk(self.root)):
            below[:] = sorted(n for n in below if n[:1] != "." and n not in NOT_CONTENT)
            place = os.path.relpath(folder, self.root).replace(os.sep, "/")
            names = sorted(name for name in files if name.lower().endswith(MARKDOWN))[:MAX_PAGES]
            found += [name if place == "." else f"{place}/{name}" for name in names]
            if count > MAX_FOLDERS:
                break
        return found

    def below(self, folder: str) -> list[str]:
        """Return those in and below `folder`, relative to it."""
        inside = "" if folder == "." else f"{folder}/"
        return [page.removeprefix(inside) for page in self.pages if page.startswith(inside)]

    @property
    def base(self) -> str:
        """The content folder, relative to the root."""
        return str(self.settings.get("content.source", "."))

    # Writing settings

    def put(self, setting: str, value: Any, origin: str) -> None:
        """Set a setting that nothing else has set; no two documents have the same path."""
        used = value and setting.startswith("paths.") and value in self.settings.values()
        if not used and value not in (None, "", [], {}) and setting not in self.settings:
            self.settings[setting] = value
            self.origins[setting] = one_line(origin)

    def take(self, setting: str, *keys: str) -> None:
        """Set a setting from the first of `keys` that holds something usable."""
        for value, origin in (self.value(key) for key in keys):
            if value is None:
                continue
            if setting in ("globs", "lines", "expressions"):
                self.hide(setting, value, origin)
            elif setting == "defaults":
                self.default("", value, origin)
            elif setting.startswith("content.permalink"):
                self.permalink(setting, translate(value, self.tokens), origin, value)
            else:
                self._take(setting, value, origin)

    def _take(self, setting: str, value: Any, origin: str) -> None:
        reader: Callable[[Any], Any] = READERS.get(setting, text)
        found = reader(value)
        shown = shorten(one_line(str(value)[:200]), 60)
        if found is not None:
            self.put(setting, found, origin)
        elif value is UNREAD:
            self.asks.setdefault(setting, f"{origin} is not written out there")
        elif setting.startswith("site."):
            self.asks.setdefault(setting, f"{origin} says {shown}, which cannot be used")

    def source(self, folder: str, origin: str) -> None:
        """Set the content folder, if it is there."""
        tidy = os.path.normpath(folder).replace(os.sep, "/")
        if os.path.isdir(self.path(tidy)):
            self.settings["content.source"] = tidy
            self.origins["content.source"] = one_line(origin)
        else:
            self.warnings.append(f"{tidy}: there is no such folder ({origin})")

    def permalink(self, setting: str, pattern: str | None, origin: str, told: Any = "") -> None:
        """Set `content.permalink`, or `content.permalinks.posts` of a folder; None: unknown."""
        folder = setting.removeprefix("content.permalinks.")
        if pattern is None or not usable(pattern):
            shown = shorten(one_line(str(told)[:200]), 80)
            self.asks.setdefault(setting, f"{origin} is {shown}, which has no counterpart")
        elif folder == setting:
            self.put(setting, pattern, origin)
        else:
            self.settings.setdefault("content.permalinks", {}).setdefault(folder, pattern)
            self.origins.setdefault("content.permalinks", one_line(origin))

    def default(self, path: str, written: Any, origin: str) -> None:
        """Add front matter for what is below a folder, as far as it matters to a feed."""
        kept = plain({k: v for k, v in mapping(written).items() if k.lower() in DEFAULTS})
        if kept:
            found = {"path": clean(path.strip("/")), "values": kept}
            self.settings.setdefault("defaults", []).append(found)
            self.origins.setdefault("defaults", one_line(origin))

    def exclude(self, patterns: Iterable[str], origin: str) -> None:
        """Add patterns of files that are no posts."""
        added = [pattern for item in patterns if (pattern := clean(item).strip())]
        self.put("content.exclude", added[:], origin)
        held = self.settings.get("content.exclude", [])
        held += [pattern for pattern in dict.fromkeys(added) if pattern not in held]

    def hide(self, kind: str, value: Any, origin: str, at: str | None = None) -> None:
        """Add what an author hides: `globs`, `lines` of a .gitignore, regular `expressions`.

        `at` is the folder that they are relative to, else it is the content folder.
        """
        folder = self.base if at is None else at
        for told in listing(value)[:MAX_EXCLUDED]:
            for line in told.splitlines()[:MAX_EXCLUDED] if isinstance(told, str) else ["!"]:
                glob: str | None = re.sub(r"(?:^|\s)#.*", "", line) if kind == "lines" else line
                if kind == "expressions":
                    glob = exclusions.globbed(line, self.base)
                if os.path.isfile(self.path(f"{folder}/{glob}")) and not line.endswith(MARKDOWN):
                    continue  # a Gemfile is no folder
                keys = exclusions.keyed(
                    "!" if glob is None else glob, folder, self.base, anywhere=kind != "globs"
                )
                self.exclude(keys or (), origin)
                if keys is None:
                    shown = "a part" if line == "!" else shorten(one_line(line.strip()), 80)
                    self.warnings.append(f"{origin}: {shown} is not read: check content.exclude")

    def scripts(self) -> str:
        """Return the text of the configuration's scripts, without lines that are comments."""
        found = ""
        for config in self.configs:
            if config.name.endswith(SCRIPTS) and not config.problem:
                with suppress(OSError, ValueError):
                    found += content(self.root / config.name)
        return re.sub(r"(?m)^\s*//.*", "", found)
