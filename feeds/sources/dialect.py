"""What front matter means: one reader over the tables of keys, and the site's profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import quote, urlsplit

from feeds.errors import CODES, FileRefused, Problem
from feeds.model import MAX_LOC, Enclosure, Post
from feeds.profiles import Profile
from feeds.sources import keys, state, values
from feeds.sources.dates import HINT, looks_like_date, parse_date
from feeds.sources.facts import Facts
from feeds.sources.permalinks import SLUGS, Name, Tokens, clean_path, folder_date, named
from feeds.sources.surroundings import Surroundings
from feeds.sources.values import Unusable


@dataclass(slots=True)
class Reader:
    """Reads the fields of one file; problems are gathered on the way.

    Whoever asks for a row of keys stops at the one that counts: `sources.trace` relies on it.
    """

    key: str
    name: Name
    facts: Facts
    site: Surroundings
    values: dict[str, tuple[str, Any]]
    inner: dict[str, tuple[str, Any]]
    held: dict[tuple[str, ...], tuple[str, ...]]
    """Row of keys → those of them that hold something."""
    problems: list[Problem]
    pattern: str = ""
    """The one that gave the address, where it was not written."""

    @classmethod
    def of(cls, key: str, facts: Facts, site: Surroundings) -> Self:
        """Return a reader of the file `key`."""
        outer, inner = _flatten(facts.mapping, site.defaults(key))
        held = _held(tuple(outer), tuple(inner))
        return cls(key, named(key, site.languages), facts, site, outer, inner, held, [])

    def given(self, names: tuple[str, ...]) -> list[tuple[str, Any]]:
        """Return the key as written and the value of those keys that hold something.

        Those within `CONTAINERS` come last.
        """
        held = self.held.get(names)
        if held is None:
            row = keys.row(names)
            more = (name for name in row if name in self.inner and name not in self.values)
            held = self.held[names] = (*(name for name in row if name in self.values), *more)
        return [self.values.get(name) or self.inner[name] for name in held] if held else []

    def first(self, names: tuple[str, ...], read: Callable[[Any], Any], code: str = "F021") -> Any:
        """Return what `read` makes of the first usable value, None without one.

        An unusable value is reported; with F020 it refuses the file, as a post must not
        be published against what its author may have meant.
        """
        if self.held.get(names) == ():
            return None
        for written, value in self.given(names):
            try:
                found = read(value)
            except Unusable as error:
                self.report(error.code or code, written, str(error), error.hint)
                continue
            if found not in (None, "", ()):
                return found
        return None

    def report(self, code: str, written: str, message: str, hint: str) -> None:
        """Note a problem with a value; an error refuses the file.

        Raises:
            FileRefused: The code is an error's.
        """
        line, column = self.facts.locate(written)
        message = f"`{written}` is {message}"
        if CODES[code][0] == "error":
            raise FileRefused(code, message, hint, line, column)
        self.note(code, message, hint, line, column)

    def note(self, code: str, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        """Note a problem of the file as a whole."""
        self.problems.append(
            Problem(path=self.key, line=line, column=column, code=code, message=message, hint=hint)
        )

    def date(self, value: Any) -> int | None:
        """Return Unix seconds; see `values.date`."""
        return values.date(value, self.site.zone, self.site.settings.content.date_order)


def normalise(key: str, facts: Facts, site: Surroundings) -> tuple[Post, tuple[Problem, ...]]:
    """Return the post that a file means, without ids, and what was odd about it.

    Raises:
        FileRefused: A value that decides about publication cannot be read.
        NotAPost: The file redirects, or has no page.
    """
    return meaning(Reader.of(key, facts, site))


def meaning(reader: Reader) -> tuple[Post, tuple[Problem, ...]]:
    """Return what `normalise` does."""
    site, name = reader.site, reader.name
    content, profile = site.settings.content, site.profile
    _note_spellings(reader)
    state.refuse_redirects(reader.given)
    held = {**reader.values, **reader.inner}
    hidden = state.hidden(reader.given, reader.report, content.public_status, held)
    published, go_live = _published(reader)
    title, heading = _title(reader)
    tags = _tags(reader)
    hidden = hidden or _hidden_here(reader, tags)
    language = reader.first(keys.LANGUAGE, values.language) or site.language(name.language)
    url = _url(reader, title, published, language)
    canonical = reader.first(keys.CANONICAL, lambda value: values.web(values.text(value), url))
    explicit_id = _explicit_id(reader)
    post = Post(
        path=reader.key,
        url=url,
        explicit_id=explicit_id,
        atom_id=(explicit_id and reader.first(keys.ATOM_ID, values.iri)) or "",
        json_id=(explicit_id and reader.first(keys.JSON_ID, values.text)) or None,
        former_id=_former_id(reader, url, published),
        title=title,
        published=published,
        updated=_updated(reader, published),
        go_live=go_live,
        expires=reader.first(keys.EXPIRES, reader.date, "F020"),
        summary=reader.first(keys.SUMMARY, values.summary),
        heading=heading,
        authors=reader.first(
            keys.AUTHORS,
            lambda value: values.authors(value, url, site.authors, commas=profile.comma_authors),
        )
        or (),
        tags=tags,
        image=reader.first(
            keys.IMAGE, lambda value: values.image(value, url, content.image_template)
        ),
        enclosures=_enclosures(reader, url),
        language=language,
        hidden=hidden,
        mapped=state.mapped(reader.given) and _same_host(canonical, url) and len(url) <= MAX_LOC,
        external=_external(reader, url),
        translation=reader.first(keys.TRANSLATION, values.text),
        episode=reader.first(keys.EPISODE, values.whole),
        season=reader.first(keys.SEASON, values.whole),
        explicit=next((values.truth(value) for _, value in reader.given(keys.EXPLICIT)), None),
    )
    if hidden is None:
        _note_gaps(reader, post)
    return post, tuple(reader.problems)


@lru_cache(maxsize=256)
def _held(outer: tuple[str, ...], inner: tuple[str, ...]) -> dict[Any, Any]:
    """Return what a `Reader.held` is gathered in: files of one site have few sets of keys."""
    return {}


_Pairs = dict[str, tuple[str, Any]]
"""Canonical key → key as written, and value."""


def _flatten(mapping: dict[str, Any], defaults: dict[str, Any]) -> tuple[_Pairs, _Pairs]:
    """Return everything that holds something, and what of it is within `CONTAINERS`.

    Keys within a mapping are `outer.inner`. Defaults give way to the file's own.
    """
    outer: _Pairs = {}
    inner: _Pairs = {}
    for given in (defaults, mapping):
        for written, value in given.items():
            name = keys.folded(written)
            if value.strip() if isinstance(value, str) else value not in (None, [], {}):
                outer[name] = (written, value)
            if isinstance(value, dict):
                for key, item in value.items():
                    if item not in (None, "", [], {}):
                        within = keys.folded(key)
                        outer[f"{name}.{within}"] = (key, item)
                        if name in keys.CONTAINERS:
                            inner[within] = (key, item)
    return outer, inner


def _note_spellings(reader: Reader) -> None:
    """Note keys that differ by case or hyphens alone: the last counts, as for equal ones.

    Raises:
        FileRefused: One that decides about publication says two things.
    """
    seen: _Pairs = {}
    for written, value in reader.facts.mapping.items():
        name = keys.canonical(written)
        if name in seen:
            other, before = seen[name]
            decides = name in keys.STATE_KEYS or name in keys.PUBLISHED
            code = "F020" if decides and before != value else "F016"
            message = f"the key `{other}` once more"
            reader.report(code, written, message, "keep one of the two; the last one counts")
        seen[name] = (written, value)


def _note_gaps(reader: Reader, post: Post) -> None:
    """Note what readers will miss."""
    if post.published is None:
        message = "the post has no date: it is in the sitemap and in no feed"
        reader.note("F023", message, "give it a date: 2024-05-01")
    if len(post.url) > MAX_LOC:
        message = f"the address has {len(post.url)} characters: the post is in no sitemap"
        reader.note("F056", message, f"give it a shorter `slug`: at most {MAX_LOC} in all")
    if post.title is None:
        reader.note("F025", "the post has no title", "give it one, if it is no short note")


def _title(reader: Reader) -> tuple[str | None, str | None]:
    """Return the title, and the body's first heading where that says the same."""
    facts, profile = reader.facts, reader.site.profile
    title = reader.first(keys.TITLE, values.title)
    if title is None:
        title = facts.heading or reader.first(keys.TITLE_AFTER_HEADING, values.title)
    if title is None and (facts.bare or profile.names):
        title = reader.name.title
        title = title.title() if title and profile.title_case else title
    heading = facts.heading
    return title, heading if heading is not None and _alike(title) == _alike(heading) else None


def _alike(text: str | None) -> str:
    """Return what two titles have in common that say the same."""
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text or "")
    return "".join(letter for letter in bare.casefold() if letter.isalnum()) or bare


def _hidden_here(reader: Reader, tags: tuple[str, ...]) -> str | None:
    """Return why a post is hidden in this site alone."""
    if reader.site.profile.hiding_tags and (found := keys.HIDING_TAGS & set(tags)):
        return f"tags: {min(found)}"
    opt_in = reader.site.settings.content.opt_in
    if opt_in and not any(values.truth(value) for _, value in reader.given((opt_in,))):
        return f"without `{opt_in}: true`"
    return None


def _published(reader: Reader) -> tuple[int | None, int | None]:
    """Return the date of publication and the date before which the post is hidden, if later.

    A date that cannot be read may be one in the future: the file is refused, unless its
    name or path says which day was meant.
    """
    elsewhere = reader.name.date or _dated_path(reader)
    words = [
        name for name in ("published", "time")
        if name not in reader.values or not looks_like_date(str(reader.values[name][1]))
    ]  # fmt: skip
    names = _without(keys.PUBLISHED, tuple(words))
    published = reader.first(names, reader.date, "F026" if elsewhere else "F020")
    if published is None and elsewhere:
        try:
            published = parse_date(elsewhere, reader.site.zone)
        except ValueError as error:
            hint = f"rename the file, or give it a date: {HINT}"
            raise FileRefused("F020", f"the file's name has {error}", hint) from None
    go_live = reader.first(keys.GO_LIVE, reader.date, "F020")
    if reader.site.is_page(reader.key):  # dated or not, a page is in no feed
        return None, max((at for at in (published, go_live) if at is not None), default=None)
    later = go_live is not None and (published is None or go_live > published)
    return published, go_live if later else None


@lru_cache(maxsize=16)
def _without(row: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row of keys less some."""
    return tuple(name for name in row if name not in names)


def _dated_path(reader: Reader) -> str | None:
    """Return the date in a path that the author gave: `path: 2014/12/12/hello`."""
    for _, value in reader.given((*keys.ADDRESS, *keys.PERMALINK)):
        if isinstance(value, str) and (found := folder_date(value.strip().lstrip("/") + "/")):
            return found
    return None


def _updated(reader: Reader, published: int | None) -> int | None:
    updated: int | None = reader.first(keys.UPDATED, reader.date)
    if updated is None or published is None or updated >= published:
        return updated
    written = next(written for written, _ in reader.given(keys.UPDATED))
    reader.report("F028", written, "before the date of publication", "correct one of the two")
    return published


def _explicit_id(reader: Reader) -> str | None:
    found: str | None = reader.first(keys.ID, values.iri) or reader.first(keys.GUID, values.guid)
    return found


def _former_id(reader: Reader, url: str, published: int | None) -> str | None:
    """Return the id that the generator gave the post: readers know it by that one."""
    rule = reader.site.profile.id
    if rule == "jekyll":  # jekyll-feed: the address without the extension
        found = re.sub(r"(?:\.html|/)$", "", url)
        return found if found != url and published is not None else None
    if rule == "pelican" and published is not None:  # pelican.utils.get_tag_uri
        parts = urlsplit(url)
        day = reader.site.day(published)
        return f"tag:{parts.hostname},{day}:{parts.path}"
    return None


def _categories(reader: Reader) -> tuple[str, ...]:
    for written, value in reader.given(keys.CATEGORIES):
        spaces = reader.site.profile.space_tags and written.lower() != "category"
        return tuple(values.words(value, spaces=spaces))
    return ()


def _tags(reader: Reader) -> tuple[str, ...]:
    """Return tags, then categories, each once whatever its case."""
    found: dict[str, str] = {}
    for names in (keys.TAGS, keys.CATEGORIES):
        for written, value in reader.given(names):
            if isinstance(value, (dict, bool)):
                reader.report("F021", written, "no list of words", "write a list: [a, b]")
                continue
            spaces = reader.site.profile.space_tags and not written.lower().endswith("y")
            for word in values.words(value, spaces=spaces):
                if reader.site.profile.name != "eleventy" or word not in keys.COLLECTIONS:
                    found.setdefault(word.casefold(), word)
            break
    return tuple(found.values())


def _url(reader: Reader, title: str | None, published: int | None, language: str | None) -> str:
    settings, profile = reader.site.settings, reader.site.profile
    site = settings.site.url
    own = keys.PERMALINK if profile.url_key else keys.PERMALINK[:1]
    written = reader.first(own, lambda value: values.own_path(value, site))
    if written is None:
        written = reader.first(keys.ADDRESS, lambda value: _saved_at(value, site))
    if written is not None:
        return str(written)
    path = _expanded(reader, title, published, language)
    try:
        return site + clean_path(path.replace("%", "%25")).lstrip("/")
    except ValueError as error:
        raise FileRefused("F020", f"the address would be {error}", "rename the file") from None


def _saved_at(value: Any, site: str) -> str:
    path = re.sub(r"(?<=/)index\.html?$", "", values.own_path(value, site) or "")
    return path if not path or "." in path.rpartition("/")[2] else path.rstrip("/") + "/"


def _expanded(
    reader: Reader, title: str | None, published: int | None, language: str | None
) -> str:
    """Return the path that pattern and file name give the post."""
    site, name = reader.site, reader.name
    slug = reader.first(keys.SLUG, values.slug)
    pattern, within = site.pattern(reader.key)
    if slug is None and site.profile.bare_slug and ":year" not in pattern:
        slug = reader.first(keys.ID, values.slug)  # Docusaurus: of a page of documentation
    tokens = Tokens(
        name=name,
        slug=slug,
        title=title,
        categories=_categories(reader),
        published=published,
        zone=site.zone,
        lang=language,
        within=within,
        slugs=site.profile.slugs,
        more={key: str(value) for key in ("id", "abbrlink") for _, value in reader.given((key,))},
    )
    if slug is not None and site.profile.bare_slug:
        pattern = re.sub(r":(?:year|month|day)[/-]", "", pattern)
        if any(str(value).startswith("/") for _, value in reader.given(keys.SLUG)):
            # Docusaurus: from the root of the blog or the documentation
            reader.pattern = pattern
            return f"{pattern.partition(':')[0].rstrip('/')}/{slug}".rstrip("/") or "/"
    if reader.key.rpartition("/")[2].startswith("index.") and slug is None:
        if name.stem == "index":
            pattern = "/"
        elif pattern.endswith("/:slug.html"):  # a page's folder
            pattern = pattern.removesuffix(".html") + "/"
    reader.pattern = pattern
    path = tokens.expand(pattern)
    if slug is None:
        path = _named(path, site.profile)
    # Some generators leave out the site's own language, whose folder others keep.
    own = site.language(name.language) is None and (site.profile.own_language or name.suffixed)
    if name.language is None or own or ":lang" in pattern:
        return path
    return f"/{name.language}{path}"


def _named(path: str, profile: Profile) -> str:
    """Return a path that comes from names of files, as the generator writes it."""
    if profile.twins:
        path = re.sub(r"/([^/]+)/\1(?=/?\Z)", r"/\1", path)
    if profile.numbered:
        path = re.sub(r"(?<=/)\d+ *[-_.]+ *(?=[^-_.\s\d])", "", path)
    bare = path.removesuffix(".html")
    return SLUGS[profile.slugs][1](bare) + path[len(bare) :]


def _external(reader: Reader, url: str) -> str | None:
    """Return what a link post is about; an episode's `link` is its own page."""
    names: tuple[str, ...] = keys.EXTERNAL
    if any(True for _ in _media(reader)):
        names = _without(names, ("link",))
    found: str | None = reader.first(names, lambda value: values.link(value, url))
    return found


def _same_host(canonical: str | None, url: str) -> bool:
    return canonical is None or urlsplit(canonical).netloc == urlsplit(url).netloc


def _enclosures(reader: Reader, base: str) -> tuple[Enclosure, ...]:
    prefix = reader.site.settings.content.enclosure_prefix
    found: dict[str, Enclosure] = {}
    for written, item in _media(reader):
        try:
            enclosure = values.enclosure(item, base, prefix)
        except Unusable as error:
            reader.report(error.code or "F021", written, str(error), error.hint)
            continue
        found.setdefault(enclosure.url, enclosure)
        if not enclosure.length or enclosure.type == "application/octet-stream":
            missing = "type" if enclosure.length else "length"
            reader.report("F039", written, f"without a {missing}", "give `length` in bytes, `type`")
    return tuple(found.values())


def _media(reader: Reader) -> Iterator[tuple[str, Any]]:
    """Yield what says where media files are: enclosures, else the keys of podcast themes."""
    for written, value in reader.given(keys.ENCLOSURE):
        yield from ((written, item) for item in (value if isinstance(value, list) else [value]))
        return
    for written, value in reader.given(keys.MEDIA):
        if values.is_media(value):
            more = {"length": keys.LENGTH, "duration": keys.DURATION}
            fields = {
                name: next(iter(reader.given(row)), ("", ""))[1] for name, row in more.items()
            }
            yield written, {"url": value.replace(" ", quote(" ")), **fields}
            return
