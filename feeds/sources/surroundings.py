"""What the reading of one file depends on beside the file: settings, profile, people, defaults."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from feeds.model import Author, language_tag
from feeds.profiles import PROFILES, Profile
from feeds.sources.facts import digest
from feeds.sources.permalinks import pattern_for

if TYPE_CHECKING:
    from feeds.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """One site as its files see it.

    Pickled it is light: a process that only reads files need not import pydantic.

    Attributes:
        settings: Those of the site; once pickled and loaded, their values alone.
        authors: Id in lower case → person, from the site's authors file.
        cascades: Folder (`posts/`, or empty for all) → front matter for what is below it.
    """

    settings: Settings
    authors: dict[str, Author] = field(default_factory=dict)
    cascades: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        settings: Settings,
        authors: Mapping[str, Any] | None = None,
        cascades: Mapping[str, dict[str, Any]] | None = None,
    ) -> Self:
        """Return the surroundings that settings give; `authors` as an authors file has them."""
        from feeds.sources import people  # noqa: PLC0415 (YAML, which reading may do without)

        if authors is None:
            authors = people.read(settings.content.authors)
        known = people.known(authors, settings.site.url)
        return cls(settings=settings, authors=known, cascades=cascades or {})

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"settings": _values(self.settings)}

    @cached_property
    def profile(self) -> Profile:
        """The profile that the settings name."""
        return PROFILES.get(self.settings.content.profile, PROFILES["plain"])

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of dates without an offset."""
        return ZoneInfo(self.settings.site.timezone)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes that name a language in paths."""
        return self.settings.content.languages

    @cached_property
    def digest(self) -> str:
        """Changes whenever a file could be read differently."""
        site, content = self.settings.site, self.settings.content
        shown = content.model_dump_json(exclude={"include", "exclude"})
        defaults = [default.model_dump_json() for default in self.settings.defaults]
        grouped = (self.settings.groupings.kinds, self.settings.authors)
        parts = (site.url, site.timezone, site.language, shown, defaults, self.authors, grouped)
        return digest(repr((*parts, sorted(self.cascades.items()))).encode())

    def language(self, code: str | None) -> str | None:
        """Return the tag of a language in a path; None where it is the site's own."""
        tag = language_tag(code) if code else None
        return None if tag == self.settings.site.language else tag

    def day(self, moment: int) -> str:
        """Return the day of a moment, in the site's zone."""
        return datetime.fromtimestamp(moment, self.zone).date().isoformat()

    def pattern(self, key: str) -> tuple[str, str]:
        """Return the permalink pattern for a file, and the folder that it is for."""
        default, named = self._patterns
        above = self.folder if self.folder.startswith("_") else ""
        return pattern_for(f"{above}/{key}", named, default) if named else (default, "")

    @cached_property
    def _patterns(self) -> tuple[str, Mapping[str, str]]:
        """The pattern of all folders, and those of some."""
        content = self.settings.content
        own = {} if content.permalink else dict(self.profile.permalinks)
        return content.permalink or self.profile.permalink, content.permalinks or own

    @cached_property
    def folder(self) -> str:
        """The name of the content folder."""
        return self.settings.content.source.name

    def is_page(self, key: str) -> bool:
        """Tell whether a file is a page of the site and no post: it is in no feed."""
        profile, pages = self.profile, self.settings.content.pages or self.profile.pages
        path = f"/{self.folder}/{key}"
        if pages and any(f"/{folder.strip('/')}/" in path for folder in pages):
            return True
        return bool(profile.posts_in) and f"/{profile.posts_in}/" not in path

    def defaults(self, key: str) -> dict[str, Any]:
        """Return the front matter that a file has where it says nothing: the nearest wins."""
        found: dict[str, Any] = {}
        if self.cascades or self.settings.defaults:
            for _, _, given in self.layers(key):
                found |= given
        return {name: plain(value) for name, value in found.items()}

    def layers(self, key: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield what `defaults` is made of: `defaults` or `cascade`, path or folder, values."""
        for default in self.settings.defaults:
            if _covers(default.path, key):
                yield "defaults", default.path, default.values
        for folder in ("", *(key[: found.end()] for found in re.finditer("/", key))):
            if folder in self.cascades:
                yield "cascade", folder, self.cascades[folder]


def _values(model: Any) -> Any:
    """Return plain objects with the fields of the settings that reading a file asks for."""
    if isinstance(model, tuple):
        return tuple(map(_values, model))
    if not hasattr(model, "model_fields_set"):
        return model
    fields = {name: _values(value) for name, value in vars(model).items()}
    return SimpleNamespace(**fields, **({"authors": model.authors} if "site" in fields else {}))


def _covers(path: str, key: str) -> bool:
    """Tell whether a default's path, a folder or a pattern, covers a file."""
    path = path.strip("/")
    if any(mark in path for mark in "*?["):
        return fnmatch.fnmatchcase(key, path)
    return not path or key == path or key.startswith(f"{path}/")


def plain(value: Any) -> Any:
    """Return a value of the settings as front matter has it: numbers and dates as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, str)) else str(value)
