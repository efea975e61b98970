"""What front matter means: a table of keys and readers, and the one that reads them.

A row says which keys may hold a field, in order; the first that holds something wins.
Dialects are added as rows. Keys are compared in lower case, with `_` for `-` and space.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.errors import FileRefused, Problem
from feeds.model import Author, Enclosure, Post, language_tag, one_line
from feeds.settings import Settings
from feeds.sources.dates import HINT, looks_like_date, parse_date
from feeds.sources.facts import Facts
from feeds.sources.permalinks import clean_path, expand, split_key

# Files that are no posts, whatever is in them.
NOT_POSTS = re.compile(
    r"""(?xi) (?:.*/)? (?:
        (?:_drafts|_templates|archetypes|scaffolds|_includes|includes)/.*
        | _[^/]*
        | (?:readme|changelog|contributing|license|code_of_conduct|security)\.[^/.]+
    )"""
)
DRAFT_FOLDERS = re.compile(r"(?i)(?:.*/)?_?drafts/.*")

TITLE = ("title", "headline")
PUBLISHED = (
    "date", "pubdate", "pub_date", "publish_date", "published_at", "published",
    "date_published", "created", "created_at", "publishdate",
)  # fmt: skip
GO_LIVE = ("publishdate", "publish_date", "published_at")
UPDATED = (
    "lastmod", "updated", "updated_at", "modified", "last_modified_at", "last_modified",
    "date_modified", "update",
)  # fmt: skip
EXPIRES = ("expirydate", "expiry_date", "expires", "expiry", "expiration_date", "unpublish_date")
SUMMARY = ("description", "summary", "excerpt", "teaser", "subtitle")
AUTHORS = ("authors", "author", "by", "author_name")
TAGS = ("tags", "tag", "keywords")
CATEGORIES = ("categories", "category")
IMAGE = (
    "image", "images", "cover", "cover_image", "coverimage", "feature_image", "featured_image",
    "og_image", "ogimage", "heroimage", "hero", "thumbnail", "banner",
)  # fmt: skip
PERMALINK = ("permalink", "url")
SLUG = ("slug",)
LANGUAGE = ("lang", "language", "locale")
GUID = ("guid",)
ID = ("id",)
ENCLOSURE = ("enclosure", "enclosures")

TRUE = frozenset({"true", "yes", "on", "1", "y"})
FALSE = frozenset({"false", "no", "off", "0", "n"})
HIDDEN_IF_TRUE = (
    "draft", "is_draft", "isdraft", "private", "unlisted", "headless", "hidden", "unpublished",
    "noindex", "members_only", "membersonly", "premium", "paid",
)  # fmt: skip
HIDDEN_IF_FALSE = ("published", "publish", "dg_publish", "render")
WORDS_PUBLIC = {
    "status": frozenset({"published", "publish", "public", "live", "final"}),
    "visibility": frozenset({"public", "published", "visible"}),
    "access": frozenset({"public", "free", "everyone", "all"}),
}
WORDS_HIDDEN = frozenset(
    "draft hidden private pending future trash unpublished members paid internal".split()
)
STATE_KEYS = (*HIDDEN_IF_TRUE, *HIDDEN_IF_FALSE, *WORDS_PUBLIC, *EXPIRES, *GO_LIVE)

# `key: value` at the start of a line, or after the { or , of JSON and flow YAML; also with
# the value on the next line, as `? key`, and with the full-width colon of CJK keyboards.
_STATE_LINE = re.compile(
    r"""(?mx) (?: ^ | [{,] ) [ \t>*?-]* ["']? (?P<key> [\w][\w -]*? ) ["']? [ \t]*
    (?: \n [ \t]* )? [:=\uff1a] (?P<value> [^\n,}]* (?: \n [ \t]+ [^\n]* )* )"""
)
_NIL_UUID = "00000000-0000-0000-0000-000000000000"
_IRI = re.compile(r"(?i)(?:https?://|urn:|tag:|[a-z][a-z0-9+.-]*://)[^\s<>\"{}|\\^`\x00-\x20]+")
_EMAIL = re.compile(r"[<(]?[^\s<>()]+@[^\s<>()]+[>)]?")
_IMAGE_NAME = re.compile(r"(?i)[^\s]+\.(?:png|jpe?g|gif|webp|avif|svg)(?:\?.*)?")
_TYPES = mimetypes.MimeTypes(filenames=())  # the table of Python alone: equal on every machine
for _kind, _ending in (("audio/ogg", ".ogg"), ("audio/mp4", ".m4a"), ("audio/opus", ".opus")):
    _TYPES.add_type(_kind, _ending)


@lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """Return a key as the table spells it."""
    return re.sub(r"[-\s]+", "_", unicodedata.normalize("NFC", key).strip().lower())


def not_a_post(key: str) -> bool:
    """Tell from its name that a file is no post: templates, partials, README."""
    return NOT_POSTS.fullmatch(key) is not None or DRAFT_FOLDERS.fullmatch(key) is not None


def state_lines(header: str) -> tuple[str, ...]:
    """Return the lines of a header that decide about publication, in a comparable form.

    Reads text that no parser understands: a post whose file broke may only stay while
    none of these lines is new or changed.
    """
    lines = set()
    for found in _STATE_LINE.finditer(header):
        key = canonical(found["key"])
        if key in STATE_KEYS:
            value = " ".join(found["value"].replace('"', "").replace("'", "").split())
            lines.add(f"{key}={value.lower()}")
    return tuple(sorted(lines))


class Unusable(ValueError):
    """A value means nothing here; the message continues `key` is …"""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class _Reader:
    """Reads the fields of one file; problems are gathered on the way."""

    key: str
    facts: Facts
    settings: Settings
    values: dict[str, tuple[str, Any]]
    problems: list[Problem]

    def given(self, keys: tuple[str, ...]) -> list[tuple[str, Any]]:
        """Return the key as written and the value of those `keys` that hold something."""
        return [self.values[key] for key in keys if key in self.values]

    def first(self, keys: tuple[str, ...], read: Callable[[Any], Any], code: str = "F021") -> Any:
        """Return what `read` makes of the first usable value, None without one.

        An unusable value is reported; with F020 it refuses the file, as a post must not
        be published against what its author may have meant.
        """
        for written, value in self.given(keys):
            try:
                found = read(value)
            except Unusable as error:
                problem = self.problem(code, written, str(error), error.hint)
                if problem.severity == "error":
                    raise FileRefused(
                        code, problem.message, problem.hint, problem.line, problem.column
                    ) from None
                self.problems.append(problem)
                continue
            if found not in (None, "", ()):
                return found
        return None

    def problem(self, code: str, written: str, message: str, hint: str) -> Problem:
        line, column = self.facts.locate(written)
        message = f"`{written}` is {message}"
        return Problem(
            path=self.key, line=line, column=column, code=code, message=message, hint=hint
        )


def normalise(key: str, facts: Facts, settings: Settings) -> tuple[Post, tuple[Problem, ...]]:
    """Return the post that a file means, without ids, and what was odd about it.

    Raises:
        FileRefused: A value that decides about publication cannot be read.
    """
    values = {
        canonical(name): (name, value)
        for name, value in facts.mapping.items()
        if (value.strip() if isinstance(value, str) else value not in (None, [], {}))
    }
    reader = _Reader(key, facts, settings, values, [])
    zone = ZoneInfo(settings.site.timezone)
    hidden = _hidden(reader)
    published, go_live = _published(reader, zone)
    updated = reader.first(UPDATED, lambda value: _date(value, zone))
    title = reader.first(TITLE, _text) or facts.heading or None
    tags = _tags(reader)
    url = _url(reader, title, published, zone)
    post = Post(
        path=key,
        url=url,
        explicit_id=reader.first(ID, _iri) or reader.first(GUID, _guid),
        title=title,
        published=published,
        updated=max(updated, published) if updated is not None and published else updated,
        go_live=go_live,
        expires=reader.first(EXPIRES, lambda value: _date(value, zone), "F020"),
        summary=reader.first(SUMMARY, _text),
        heading=facts.heading if facts.heading == title else None,
        authors=reader.first(AUTHORS, lambda value: _authors(value, url)) or (),
        tags=tags,
        image=reader.first(IMAGE, lambda value: _image(value, url)),
        enclosures=_enclosures(reader, url),
        language=reader.first(LANGUAGE, _language),
        hidden=hidden,
    )
    if published is None and hidden is None:
        reader.problems.append(_undated(key))
    return post, tuple(reader.problems)


def _undated(key: str) -> Problem:
    message = "the post has no date: it is in the sitemap and in no feed"
    return Problem(path=key, code="F023", message=message, hint="give it a date: 2024-05-01")


def _hidden(reader: _Reader) -> str | None:
    """Return why a post is not public, None where it is: unknown words hide, and are reported."""
    for key in (*HIDDEN_IF_TRUE, *HIDDEN_IF_FALSE, *WORDS_PUBLIC):
        for written, value in reader.given((key,)):
            words = value if isinstance(value, list) else [value]
            for word in words:
                if reason := _hidden_by(reader, key, written, word):
                    return reason
    return None


def _hidden_by(reader: _Reader, key: str, written: str, value: Any) -> str | None:
    word = str(value).strip().lower()
    if key in HIDDEN_IF_TRUE:
        shown, hides = FALSE, TRUE
    elif key in HIDDEN_IF_FALSE:
        shown, hides = TRUE, FALSE
    else:
        shown, hides = WORDS_PUBLIC[key], WORDS_HIDDEN
    if word in shown or (key in PUBLISHED and looks_like_date(word)):
        return None
    if word not in hides:
        hint = f"write one of: {', '.join(sorted(shown | hides))}"
        reader.problems.append(reader.problem("F022", written, f'"{word[:60]}"', hint))
    return f"{written}: {word[:60]}"


def _published(reader: _Reader, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the date of publication and the date before which the post is hidden, if later.

    A date that cannot be read may be one in the future: the file is refused.
    """
    read = lambda value: _date(value, zone)  # noqa: E731 (a closure over the zone)
    keys = tuple(
        key for key in PUBLISHED
        if key != "published" or looks_like_date(str(reader.values.get(key, ("", ""))[1]))
    )  # fmt: skip
    published = reader.first(keys, read, "F020")
    from_name = split_key(reader.key)[2]
    if published is None and from_name:
        try:
            published = parse_date(from_name, zone)
        except ValueError as error:
            hint = f"rename the file, or give it a date: {HINT}"
            raise FileRefused("F020", f"the file's name has {error}", hint) from None
    go_live = reader.first(GO_LIVE, read, "F020")
    later = go_live is not None and (published is None or go_live > published)
    return published, go_live if later else None


def _url(reader: _Reader, title: str | None, published: int | None, zone: ZoneInfo) -> str:
    site = reader.settings.site.url
    written = reader.first(PERMALINK, lambda value: _own_path(value, site))
    if written is not None:
        return str(written)
    slug = reader.first(SLUG, _slug)
    category = next((word for _, value in reader.given(CATEGORIES) for word in _words(value)), None)
    path = expand(
        reader.settings.content.permalink,
        reader.key,
        slug=slug,
        title=title,
        category=category,
        published=published,
        zone=zone,
    )
    try:
        return site + clean_path(path.replace("%", "%25")).lstrip("/")
    except ValueError as error:
        raise FileRefused("F020", f"the address would be {error}", "rename the file") from None


def _own_path(value: Any, site: str) -> str:
    text = _text(value)
    hint = "write a path below the site's address: /2024/hello/"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Unusable(f'"{text[:80]}", no address', hint) from None
    if parts.scheme or parts.netloc:
        if not text.startswith(site):
            raise Unusable(f'"{text[:80]}", not below {site}', hint)
        text = "/" + text.removeprefix(site)
    elif parts.path.lower().endswith((".mp3", ".m4a", ".ogg", ".mp4")):
        raise Unusable(f'"{text[:80]}", a media file', hint)
    try:
        return site + clean_path(urlsplit(text).path).lstrip("/")
    except ValueError as error:
        raise Unusable(str(error), hint) from None


def _slug(value: Any) -> str:
    text = _text(value).strip("/")
    try:
        clean_path(text)
    except ValueError as error:
        raise Unusable(str(error), "write words joined by hyphens") from None
    return text


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        kind = "list" if isinstance(value, list) else "mapping"
        raise Unusable(f"a {kind}, not text", "write one line of text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(value or "")


def _date(value: Any, zone: ZoneInfo) -> int:
    if isinstance(value, (list, dict, bool)):
        raise Unusable(f"{value!r}"[:80] + ", not a date", HINT)
    try:
        return parse_date(value, zone)
    except ValueError as error:
        raise Unusable(str(error), HINT) from None


def _words(value: Any) -> Iterator[str]:
    """Yield terms from a list, or from text with commas."""
    if isinstance(value, list):
        for item in value:
            yield from () if isinstance(item, (list, dict)) or item is None else (_text(item),)
    elif isinstance(value, str):
        yield from (one_line(part) for part in value.split(","))


def _tags(reader: _Reader) -> tuple[str, ...]:
    """Return tags, then categories, each once whatever its case."""
    found: dict[str, str] = {}
    for keys in (TAGS, CATEGORIES):
        for written, value in reader.given(keys):
            if isinstance(value, (dict, bool)):
                hint = "write a list: [a, b]"
                reader.problems.append(reader.problem("F021", written, "no list of words", hint))
                continue
            for word in _words(value):
                name = word.lstrip("#").strip()
                if name:
                    found.setdefault(name.casefold(), name)
            break
    return tuple(found.values())


def _authors(value: Any, base: str) -> tuple[Author, ...]:
    items = value if isinstance(value, list) else [value]
    found: dict[str, Author] = {}
    for item in items:
        for author in _author(item, base):
            found.setdefault(author.name, author)
    return tuple(found.values())


def _author(value: Any, base: str) -> Iterator[Author]:
    """Yield the people that one value names; e-mail addresses never leave the file."""
    if isinstance(value, dict):
        fields = {canonical(key): item for key, item in value.items()}
        name = fields.get("name") or fields.get("display_name")
        link = fields.get("url") or fields.get("uri") or fields.get("link")
        if isinstance(name, str) and (shown := one_line(_EMAIL.sub("", name))):
            yield Author(name=shown, url=_web(link, base) if isinstance(link, str) else None)
    elif isinstance(value, str):
        for part in re.split(r";|\n| and | & ", value):
            if linked := re.fullmatch(r"\s*\[([^\]]+)\]\(([^)\s]+)\)\s*", part):
                yield Author(name=one_line(linked[1]), url=_web(linked[2], base))
            elif shown := one_line(_EMAIL.sub("", part)):
                yield Author(name=shown)


def _web(reference: str, base: str) -> str | None:
    """Return an absolute http(s) URL, None for anything else (`javascript:`, `data:`…)."""
    try:
        url = urljoin(base, one_line(reference).replace(" ", "%20"))
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable else None


def _image(value: Any, base: str) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("url") or value.get("src") or ""
    text = _text(value)
    absolute = text.startswith(("http://", "https://", "/", "./", "../"))
    url = _web(text, base) if absolute or _IMAGE_NAME.fullmatch(text) else None
    if url is None:
        raise Unusable(f'"{text[:80]}", no address of an image', "write /images/name.png")
    return url


def _language(value: Any) -> str:
    text = _text(value)
    if (tag := language_tag(text)) is None:
        raise Unusable(f'"{text[:40]}", no language tag', "write en, de or pt-BR")
    return tag


def _iri(value: Any) -> str | None:
    """Return an `id` that is an absolute IRI; other ids are slugs and numbers of the site's."""
    text = "" if isinstance(value, (list, dict)) else _text(value)
    return text if _IRI.fullmatch(text) else None


def _guid(value: Any) -> str:
    text = _text(value)
    if text == _NIL_UUID:
        raise Unusable("the nil UUID, which many episodes share", "remove it, or write its own")
    return text


def _enclosures(reader: _Reader, base: str) -> tuple[Enclosure, ...]:
    found: dict[str, Enclosure] = {}
    for written, value in reader.given(ENCLOSURE):
        for item in value if isinstance(value, list) else [value]:
            try:
                enclosure = _enclosure(item, base)
            except Unusable as error:
                problem = reader.problem("F021", written, str(error), error.hint)
                reader.problems.append(problem)
                continue
            found.setdefault(enclosure.url, enclosure)
            if not enclosure.length:
                message, hint = "without a length", "give `length`, in bytes"
                reader.problems.append(reader.problem("F021", written, message, hint))
        break
    return tuple(found.values())


def _enclosure(value: Any, base: str) -> Enclosure:
    """Return an enclosure from a mapping, from a URL, or from the three lines of WordPress."""
    if not isinstance(value, (str, dict)):
        raise Unusable("no mapping", "give url, length in bytes and type")
    if isinstance(value, str):
        lines = [*value.strip().splitlines(), "", "", ""]
        value = {"url": lines[0], "length": lines[1], "type": lines[2]}
    fields = {canonical(key): item for key, item in value.items()} if value else {}
    written = fields.get("url") or fields.get("href") or fields.get("src")
    url = _web(written, base) if isinstance(written, str) else None
    if url is None:
        raise Unusable("without a usable `url`", "give url, length in bytes and type")
    length = str(fields.get("length") or fields.get("size") or "").replace("_", "").strip()
    guessed = _TYPES.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
    kind = str(fields.get("type") or fields.get("mime_type") or "").strip()
    return Enclosure(
        url=url,
        type=kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else guessed,
        length=int(length) if re.fullmatch(r"[0-9]{1,15}", length) else 0,
    )
