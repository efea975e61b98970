"""Each field of a post with where it came from: a key and its line, a name, a setting, a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from feeds.model import Author, Enclosure, Post
from feeds.sources import keys, values
from feeds.sources.permalinks import SLUGS, Name
from feeds.sources.trace import Place, Trace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: `text` for people; `key` and `line` where it is a key's."""

    text: str
    key: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it was understood; `value` is plain JSON, None where there is none."""

    name: str
    value: Any
    origins: tuple[Origin, ...]


Row = tuple[str, ...]

ROWS: dict[str, tuple[Row, ...]] = {
    "title": (keys.TITLE, keys.TITLE_AFTER_HEADING),
    "published": (keys.PUBLISHED,),
    "updated": (keys.UPDATED,),
    "go_live": (keys.GO_LIVE,),
    "expires": (keys.EXPIRES,),
    "url": (keys.PERMALINK, keys.ADDRESS),
    "summary": (keys.SUMMARY,),
    "authors": (keys.AUTHORS,),
    "tags": (keys.TAGS,),
    "language": (keys.LANGUAGE,),
    "image": (keys.IMAGE,),
    "enclosures": (keys.ENCLOSURE, keys.MEDIA),
    "external": (keys.EXTERNAL,),
    "translation": (keys.TRANSLATION,),
    "episode": (keys.EPISODE,),
    "season": (keys.SEASON,),
    "explicit": (keys.EXPLICIT,),
}
"""Field → the rows of keys that may give it, in the order in which one of them does."""

ALSO: dict[str, tuple[Row, ...]] = {
    "tags": (keys.CATEGORIES,),
    "enclosures": (keys.LENGTH, keys.DURATION),
}
"""Field → rows that add to what those gave."""

HIDING: tuple[Row, ...] = (
    keys.ROBOTS,
    keys.HIDDEN_IF_GIVEN,
    *((key,) for key in (*keys.HIDDEN_IF_TRUE, *keys.HIDDEN_IF_FALSE)),
    *((key,) for key in (*keys.HIDDEN_UNLESS, *keys.WORDS_PUBLIC)),
)
DATES = ("published", "updated", "go_live", "expires")
_TIMES = re.compile(r"(?:short_)?year|(?:i_)?month|month_name|(?:i_)?day|hour|minute|second|yday")
_NAME = Origin("the file's name")
_PLACE = Origin("the file's folder")


def of_key(place: Place) -> Origin:
    """Return the origin that a key is."""
    if place.layer == "defaults":
        text = f"`{place.key}`, [[defaults]] for {place.of or 'all files'}"
    elif place.layer:
        text = f"`{place.key}`, cascade for {place.of or 'all files'}"
    else:
        text = f"`{place.key}`, line {place.line}"
    return Origin(text, place.key, place.line)


class Origins:
    """The origins of one post's fields.

    Args:
        heading_line: Where the body's first heading stands.
        excerpt: The summary that the body gives.
    """

    def __init__(self, trace: Trace, post: Post, heading_line: int, excerpt: str) -> None:
        self.trace, self.post, self.site = trace, post, trace.site
        self.heading_line, settings = heading_line, self.site.settings
        self._instead: dict[str, Any] = {
            "summary": excerpt or None,
            "language": settings.site.language,
            "authors": settings.authors,
        }

    def fields(self) -> Iterator[Field]:
        """Yield every field but the ids, which the ledger knows."""
        for name in ROWS:
            value, origins = getattr(self.post, name), self.of(name)
            if value in (None, ()) and name in self._instead:
                value = self._instead[name]
            yield Field(name, plain(value, self.site.zone if name in DATES else None), origins)
            if name == "url" and (slug := self._slug()) is not None:
                yield slug
        row = (keys.UNMAPPED_IF_TRUE, keys.UNMAPPED_IF_FALSE, keys.CANONICAL)
        yield Field("mapped", self.post.mapped, () if self.post.mapped else self._chosen(*row))

    def of(self, name: str) -> tuple[Origin, ...]:
        """Return where a field came from; empty: nothing gave it."""
        value = getattr(self.post, name)
        if value in (None, ()):
            return self._without(name)
        found = self._chosen(*ROWS[name])
        for row in ALSO.get(name, ()):
            found += tuple(one for one in self._chosen(row) if one not in found)
        if name == "authors" and any(a is b for a in value for b in self.site.authors.values()):
            found += (Origin("the authors file"),)
        if found and not (name == "go_live" and self.site.is_page(self.post.path)):
            return found
        return getattr(self, f"_{name}")() if hasattr(self, f"_{name}") else ()

    def hidden(self) -> tuple[Origin, ...]:
        """Return what hides the post; where nothing does, what says that it is public."""
        if found := self._chosen(*HIDING):
            return found
        hidden, opt_in = self.post.hidden or "", self.site.settings.content.opt_in
        if hidden.startswith("tags: "):
            return self.of("tags")
        if opt_in:
            return (Origin("content.opt_in"), *map(of_key, self.trace.read((opt_in,))))
        dated = {one.key for name in DATES for one in self.of(name)}
        said = map(of_key, self.trace.read(*HIDING))
        return tuple(one for one in said if one.key not in dated)

    def _chosen(self, *rows: Row) -> tuple[Origin, ...]:
        place = self.trace.chosen(*rows)
        return (of_key(place),) if place is not None else ()

    def _without(self, name: str) -> tuple[Origin, ...]:
        """Return what stands for a field that the post does not have."""
        profile = self.site.profile.name
        if name == "published" and self.site.is_page(self.post.path):
            listed = bool(self.site.settings.content.pages)
            rule = "content.pages" if listed else f"profile {profile}"
            return (Origin(f"none, as this is a page: {rule}"),)
        if not self._instead.get(name):
            return ()
        if name == "summary":
            return (Origin("the body's first paragraph"),)
        setting = "author" if name == "authors" else name
        given = setting in self.site.settings.site.model_fields_set
        return (Origin(f"site.{setting}" + ("" if given else ", built-in default")),)

    def _title(self) -> tuple[Origin, ...]:
        heading = self.trace.facts.heading is not None
        return (Origin("the first heading", None, self.heading_line) if heading else _NAME,)

    def _published(self) -> tuple[Origin, ...]:
        if self.trace.name.date is None:
            return self._chosen((*keys.ADDRESS, *keys.PERMALINK))
        return (_NAME if Name(f"{self.trace.name.stem}.md").date else _PLACE,)

    def _go_live(self) -> tuple[Origin, ...]:
        """Return the later of two dates' key, of a page."""
        return self._chosen(keys.GO_LIVE) + self._chosen(keys.PUBLISHED) or (_NAME,)

    def _language(self) -> tuple[Origin, ...]:
        return (_NAME if self.trace.name.suffixed else _PLACE,)

    def _url(self) -> tuple[Origin, ...]:
        """Return the pattern, and what its tokens stand for."""
        pattern, within = self.site.pattern(self.post.path)
        content, profile = self.site.settings.content, self.site.profile.name
        name = f'permalinks."{within}"' if within else "permalink"
        given = content.permalinks if within else content.permalink
        where = f"content.{name}" if given else f"profile {profile}"
        found = [Origin(f"{where}: {pattern}")]
        if self.trace.pattern != pattern:
            found.append(
                Origin(f"here {self.trace.pattern or '/'}, by the file's name and profile")
            )
        for word in re.findall(r":([a-z]+(?:_[a-z]+)*)", self.trace.pattern):
            found += [one for one in self._word(word) if one not in found]
        return tuple(found)

    def _word(self, word: str) -> tuple[Origin, ...]:
        if _TIMES.fullmatch(word):
            return self.of("published")
        if word in ("category", "categories"):
            return self._chosen(keys.CATEGORIES) or (_PLACE,)
        if word in ("path", "section", "below"):
            return (_PLACE,)
        if word == "lang":
            return self.of("language")
        if word in ("id", "abbrlink"):
            return tuple(map(of_key, self.trace.read((word,))))
        return self._named(word)[1]

    def _slug(self) -> Field | None:
        """Return what stands for the file's name in the address, where that was made."""
        tokens = re.findall(r":(title|filename|name|slug\w*)", self.trace.pattern)
        if self._chosen(*ROWS["url"]) or not (tokens or self._slug_key()):
            return None
        return Field("slug", *self._named(tokens[0] if tokens else "slug"))

    def _named(self, word: str) -> tuple[str, tuple[Origin, ...]]:
        name, key = self.trace.name, self._slug_key()
        made = SLUGS[self.site.profile.slugs][0](self.post.title or "")
        titled = word.endswith("title") and made
        if key is not None and (word.startswith("slug") or (word == "title" and not titled)):
            return values.slug(key[1]), (of_key(key[0]),)
        if titled:
            return made, self.of("title")
        return name.stem if word in ("name", "slug_or_name") else name.slug, (_NAME,)

    def _slug_key(self) -> tuple[Place, Any] | None:
        """Return the key that gave the slug, and its value: Docusaurus asks for `id` then."""
        asked = self.trace.asked
        at = next((at for at, one in enumerate(asked) if one[0] == keys.SLUG), None)
        if at is None:
            return None
        for names, row in asked[at : at + 2]:
            if names in (keys.SLUG, keys.ID) and row.chosen is not None:
                return row.chosen, row.value
        return None


def plain(value: Any, zone: tzinfo | None = None) -> Any:
    """Return a value as JSON has it; with a `zone` it is a time, in Unix seconds."""
    if zone is not None and value is not None:
        return datetime.fromtimestamp(value, zone).isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value] or None
    if isinstance(value, (Author, Enclosure)):
        found = {slot: getattr(value, slot) for slot in value.__slots__}
        return {name: item for name, item in found.items() if item is not None}
    return value
