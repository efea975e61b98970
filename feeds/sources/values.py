"""Values of front matter by meaning: text, dates, people, addresses, files."""

from __future__ import annotations

import html
import mimetypes
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.model import Author, Enclosure, language_tag, one_line, shorten
from feeds.sources.dates import HINT, parse_date
from feeds.sources.keys import NOT_A_DATE, TRUE, canonical
from feeds.sources.permalinks import clean_path

MAX_SUMMARY = 500

NIL_UUID = "00000000-0000-0000-0000-000000000000"
TEMPLATE = re.compile(r"\{\{.*?\}\}|<%.*?%>|\{%.*?%\}")
_IRI = re.compile(r"(?i)(?:https?://|urn:|tag:|[a-z][a-z0-9+.-]*://)[^\s<>\"{}|\\^`\x00-\x20]+")
_EMAIL = re.compile(r"[<(]?[^\s<>()\[\]/]+@[^\s<>()\[\]/]+[>)]?")
_HANDLE = re.compile(r"(.+?)\s*\(\[@[^\]]*\]\((.*)\)\)")
_WIKILINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_PELICAN = re.compile(r"[{|](?:static|attach|filename)[}|]")
_IMAGE_NAME = re.compile(r"(?i)[^\s]+\.(?:png|jpe?g|gif|webp|avif|svg)(?:\?.*)?")
_MEDIA_NAME = re.compile(r"(?i).+\.(?:mp3|m4a|m4b|aac|ogg|oga|opus|flac|wav|mp4|m4v|webm|mov)")
_MARKUP = re.compile(
    r"!?\[(?P<link>[^\[\]]*)\]\([^()\s]*\)|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|(?<![\w*])(?P<stars>\*{1,3})(?=[^\s*])(?P<strong>[^*]*?[^\s*])(?P=stars)(?![\w*])"
)
_TAGS = re.compile(r"(?i)<(em|strong|i|b|code|sup|sub|span|small)>(.*?)</\1>|<br ?/?>")
_TYPES = mimetypes.MimeTypes(filenames=())  # the table of Python alone: equal on every machine
for _kind, _ending in (("audio/ogg", ".ogg"), ("audio/mp4", ".m4a"), ("audio/opus", ".opus")):
    _TYPES.add_type(_kind, _ending)


class Unusable(ValueError):
    """A value means nothing here; the message continues `key` is …"""

    def __init__(self, message: str, hint: str, code: str | None = None) -> None:
        super().__init__(message)
        self.hint, self.code = hint, code


def text(value: Any) -> str:
    """Return one line of text, as it was written."""
    if isinstance(value, (list, dict)):
        kind = "list" if isinstance(value, list) else "mapping"
        raise Unusable(f"a {kind}, not text", "write one line of text")
    if isinstance(value, bool):
        return "true" if value else "false"
    found = one_line(value or "")
    return _WIKILINK.sub(r"\1", found) if found.startswith("[[") else found


def shown(value: Any) -> str:
    """Return text for readers: entities resolved once, inline Markdown as its text."""
    found = text(value)
    if found.isalnum() or not _MARKS.search(found):
        return found
    if TEMPLATE.search(found):
        raise Unusable(f'"{found[:60]}", the text of a template', "write the text itself", "F034")
    # A tag that was written as an entity is text: it is looked at no more.
    plain = _TAGS.sub(lambda tag: tag[2] or " ", _MARKUP.sub(_inner, found))
    return one_line(html.unescape(plain))


_MARKS = re.compile(r"[&*`<\[{]")


def _inner(found: re.Match[str]) -> str:
    return next(item for item in found.group("link", "code", "strong") if item is not None)


def title(value: Any) -> str:
    """Return a title, without the spaces that may stand around a code span's text."""
    return shown(value)


def summary(value: Any) -> str:
    """Return a summary of at most `MAX_SUMMARY` characters."""
    found = shown(value)
    if " " not in found and re.fullmatch(r"\.{0,2}/\S+|\S+\.(?:png|jpe?g|webp|gif|svg|mp4)", found):
        raise Unusable(f'"{found[:60]}", a path', "write a sentence")
    return shorten(found, MAX_SUMMARY)


def date(value: Any, zone: ZoneInfo, order: str = "") -> int | None:
    """Return Unix seconds; None for words that stand in place of a date."""
    if isinstance(value, dict):
        fields = {canonical(key): item for key, item in value.items()}
        value = fields.get("created", "created" if "updated" in fields else value)
    if isinstance(value, (list, dict, bool)):
        raise Unusable(f"{value!r}"[:80] + ", not a date", HINT)
    bare = value.strip()
    if not bare[:1].isdigit() and NOT_A_DATE.fullmatch(bare):
        return None
    try:
        return parse_date(value, zone, order)
    except ValueError as error:
        raise Unusable(str(error), HINT) from None


def words(value: Any, *, spaces: bool = False, whole: bool = False) -> Iterator[str]:
    """Yield terms from a list, from text with commas, or with spaces; `whole`: text is one."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, str) and item.isalnum():
                yield item
            elif isinstance(item, list):
                yield from words(item)
            elif isinstance(item, str) and item.startswith('"') and "," in item:
                yield from words(item.strip('"'))
            elif not isinstance(item, dict) and item is not None:
                yield from _term(text(item))
    elif isinstance(value, str):
        separator = "," if "," in value else None if spaces and not whole else "\n"
        for part in value.split(separator):
            yield from _term(one_line(part))


def _term(word: str) -> Iterator[str]:
    word = html.unescape(word).lstrip("#").strip()
    if word and not TEMPLATE.search(word):
        yield word


def web(reference: str, base: str) -> str | None:
    """Return an absolute http(s) URL, None for anything else (`javascript:`, `data:`…)."""
    try:
        url = urljoin(base, one_line(reference).replace(" ", "%20"))
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable else None


def link(value: Any, base: str) -> str | None:
    """Return an address that is written whole."""
    written = text(value)
    return web(written, base) if re.match(r"(?i)https?://", written) else None


def own_path(value: Any, site: str) -> str | None:
    """Return an address below `site` that an author wrote as path or whole; None: a media file."""
    found = text(value)
    hint = "write a path below the site's address: /2024/hello/"
    if TEMPLATE.search(found):
        raise Unusable(f'"{found[:60]}", the text of a template', "write the path itself", "F034")
    try:
        parts = urlsplit(found)
    except ValueError:
        raise Unusable(f'"{found[:80]}", no address', hint) from None
    if _MEDIA_NAME.fullmatch(parts.path):
        return None
    if parts.scheme or parts.netloc:
        whole = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path or '/'}"
        if not whole.startswith(site):
            raise Unusable(f'"{found[:80]}", not below {site}', hint)
        found = "/" + whole.removeprefix(site)
    try:
        return site + clean_path(urlsplit(found).path).lstrip("/")
    except ValueError as error:
        raise Unusable(str(error), hint) from None


def slug(value: Any) -> str:
    """Return what stands for the file's name in the address: decoded, it is encoded later."""
    found = text(value).strip("/")
    try:
        clean_path(found)
    except ValueError as error:
        raise Unusable(str(error), "write words joined by hyphens") from None
    return unquote(found)


def image(value: Any, base: str, template: str = "") -> str | None:
    """Return an image's address; None for ids and switches, which only their site understands."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        fields = {canonical(key): item for key, item in value.items()}
        names = ("url", "src", "image", "path", "feature")
        value = next((fields[name] for name in names if fields.get(name)), "")
        value = value if isinstance(value, str) else fields.get("uid") or ""
    found = _PELICAN.sub("", text(value))
    if found.startswith(("http://", "https://", "/", "./", "../")) or _IMAGE_NAME.fullmatch(found):
        return web(found, base)
    if template and re.fullmatch(r"[\w./-]+", found) and found not in ("true", "false"):
        return web(template.replace("{}", found), base)
    return None


def language(value: Any) -> str:
    """Return a language tag; `no` is Norwegian, and was never read as false."""
    found = text(value)
    if (tag := language_tag("no" if value is False else found)) is None:
        raise Unusable(f'"{found[:40]}", no language tag', "write en, de or pt-BR")
    return tag


def iri(value: Any) -> str | None:
    """Return an `id` that is an absolute IRI; other ids are slugs and numbers of the site's."""
    found = "" if isinstance(value, (list, dict)) else text(value)
    return guid(found) if _IRI.fullmatch(found) else None


def guid(value: Any) -> str:
    """Return a guid that is the post's own."""
    found = text(value)
    if found.removeprefix("urn:uuid:") == NIL_UUID:
        hint = "remove it, or write an id of its own"
        raise Unusable("the nil UUID, which many episodes share", hint, "F033")
    return found


def whole(value: Any) -> int | None:
    """Return a whole number, None for anything else (`T-0`, `p01`)."""
    found = text(value).replace("_", "").replace(",", "")
    return int(found) if re.fullmatch(r"[0-9]{1,15}", found) else None


def seconds(value: Any) -> int | None:
    """Return a duration: `[h:]mm:ss` where minutes may pass 59, `59 min`, or seconds."""
    found = text(value).lower()
    if re.fullmatch(r"\d{1,5}(?::\d{1,2}){1,2}", found):
        total = 0
        for part in found.split(":"):
            total = 60 * total + int(part)
        return total
    if minutes := re.fullmatch(r"(\d{1,4}) ?(?:m|min|mins|minutes)\.?", found):
        return 60 * int(minutes[1])
    return int(found) if re.fullmatch(r"\d{1,7}", found) else None


def truth(value: Any) -> bool:
    """Tell whether a switch is on."""
    return text(value).lower() in TRUE if not isinstance(value, (list, dict)) else False


def authors(value: Any, base: str, known: dict[str, Author], *, commas: bool) -> tuple[Author, ...]:
    """Return the people that a value names, each once; e-mail addresses never leave the file.

    Args:
        known: Ids of the site's authors file.
        commas: `Ada, Grace` are two.
    """
    found: dict[str, Author] = {}
    if isinstance(value, dict) and not _is_person(value):  # name → address, or id → switch
        value = [
            {"name": name, "url": link} if isinstance(link, str) else name
            for name, link in value.items()
        ]
    for item in value if isinstance(value, list) else [value]:
        for author in _author(item, base, known, commas):
            found.setdefault(author.name, author)
    return tuple(found.values())


_PERSON = {"name", "display_name", "url", "uri", "link", "email", "id", "twitter", "bio", "login"}


def _is_person(value: dict[str, Any]) -> bool:
    return bool({canonical(key) for key in value} & _PERSON)


def _author(value: Any, base: str, known: dict[str, Author], commas: bool) -> Iterator[Author]:
    if isinstance(value, dict):
        fields = {canonical(key): item for key, item in value.items()}
        name = fields.get("display_name") or fields.get("name") or fields.get("id")
        link = fields.get("url") or fields.get("uri") or fields.get("link")
        if isinstance(name, str) and (shown := one_line(_EMAIL.sub("", name))):
            given = known.get(name.casefold())
            if given:
                yield given
            else:
                yield Author(name=shown, url=web(link, base) if isinstance(link, str) else None)
    elif isinstance(value, str) and value.casefold() in known:
        yield known[value.casefold()]
    elif isinstance(value, str):
        for written, name, link in _people(value, commas):
            if written in known:
                yield known[written]
            elif link is not None or name:
                yield Author(name=name, url=None if link is None else web(link, base))


@lru_cache(maxsize=256)
def _people(value: str, commas: bool) -> tuple[tuple[str, str, str | None], ...]:
    """Return what names people in a text: as an id, as a name, and with its link."""
    found: list[tuple[str, str, str | None]] = []
    plain = html.unescape(_WIKILINK.sub(r"\1", value))
    separator = r"\n| and | & |, " if commas else r"\n| and | & "
    for part in re.split(";" if ";" in plain else separator, plain):
        written = part.strip()
        linked = _HANDLE.fullmatch(written) or re.fullmatch(r"\s*\[([^\]]+)\]\((.*)\)\s*", part)
        name = "" if TEMPLATE.search(part) else _person(part)
        pair = (one_line(linked[1]), linked[2]) if linked else (name, None)
        found.append((written.casefold(), *pair))
    return tuple(found)


def _person(part: str) -> str:
    """Return a name without an e-mail address."""
    name = one_line(_EMAIL.sub("", part))
    if name.startswith("(") and name.endswith(")"):  # RSS: `mail (Name)`
        name = name[1:-1]
    return "" if name == "null" else name


def enclosure(value: Any, base: str, prefix: str = "") -> Enclosure:
    """Return an enclosure from a mapping, from a URL, or from the three lines of WordPress."""
    if not isinstance(value, (str, dict)):
        raise Unusable("no mapping", "give url, length in bytes and type")
    if isinstance(value, str):
        lines = [*value.strip().splitlines(), "", "", ""]
        value = {"url": lines[0], "length": lines[1], "type": lines[2]}
    fields = {canonical(key): item for key, item in value.items()} if value else {}
    written = fields.get("url") or fields.get("href") or fields.get("src") or fields.get("file")
    if isinstance(written, str) and TEMPLATE.search(written):
        raise Unusable("the text of a template", "write the address itself", "F034")
    url = web(written, urljoin(base, prefix)) if isinstance(written, str) else None
    if url is None:
        raise Unusable("without a usable `url`", "give url, length in bytes and type")
    length = next((fields[key] for key in ("length", "size", "bytes") if fields.get(key)), "")
    duration = fields.get("duration")
    guessed = _TYPES.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
    kind = str(fields.get("type") or fields.get("mime_type") or "").strip()
    return Enclosure(
        url=url,
        type=kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else guessed,
        length=(None if isinstance(length, (list, dict)) else whole(length)) or 0,
        duration=seconds(duration) if isinstance(duration, str) else None,
    )


def is_media(value: Any) -> bool:
    """Tell whether a value names an audio or video file."""
    return isinstance(value, str) and _MEDIA_NAME.fullmatch(urlsplit_path(value)) is not None


def urlsplit_path(value: str) -> str:
    """Return the path of a reference; empty where it is none."""
    try:
        return urlsplit(value.strip()).path
    except ValueError:
        return ""
