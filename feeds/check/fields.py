"""What is wrong with front matter values beyond what reading them shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feeds.errors import Problem
from feeds.model import one_line
from feeds.sources.front_matter import locate

MAX_SUMMARY = 500

_TEMPLATE = re.compile(r"(?s)\{\{.*?\}\}|<%.*?%>|\{%.*?%\}|\$\{[^{}]*\}")
_CODE = re.compile(r"(`+)[^`]+\1")
_EMAIL = re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PEOPLE = re.compile(
    r"(?i)auth|^by$|e?[-_]?mail|host|guest|people|person|comment|translat|edit|contact|contrib"
    r"|review|speak|maintain|owner|creator|user|writer|host|team|member"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, read.

    Attributes:
        key: Its path below the content folder, with `/`.
        text: All of it, with `\\n` line ends.
        body_line: 1-based line on which the body begins.
        mapping: The front matter: text, lists, mappings, true, false, nothing.
        header, header_line: Its text and where that begins; see `Parsed`.
        title: As published.
        summary: The author's, as published; not the first paragraph.
        mdx: The body is MDX, where indentation makes no code.
    """

    key: str
    text: str
    body_line: int
    mapping: dict[str, Any]
    header: str
    header_line: int
    title: str | None
    summary: str | None
    mdx: bool = False


def in_fields(source: Source) -> Iterator[Problem]:
    """Yield the problems of a file's front matter and of what is made of it."""
    if any(mark in source.header for mark in ("{{", "<%", "{%", "${")):
        yield from _templates(source)
    if "@" in source.header:
        yield from _addresses(source)
    if source.title or source.mapping:
        yield from _entities(source)
    if source.summary is not None and len(source.summary) > MAX_SUMMARY:
        yield _long_summary(source)


def _templates(source: Source) -> Iterator[Problem]:
    for key, value in source.mapping.items():
        if key.lower().startswith("eleventycomputed"):
            continue  # made of templates, and read by nothing but Eleventy
        for text in _texts(value):
            if found := _TEMPLATE.search(_CODE.sub("", text)):
                message = f'`{key}` holds the template text "{_short(found[0])}"'
                hint = "write the value itself: templates in front matter are not run"
                yield _at_key(source, key, "F034", message, hint)
                break


def _addresses(source: Source) -> Iterator[Problem]:
    """Yield one problem for each address; none repeats it, as reports are often public."""
    for key, value in source.mapping.items():
        if not _PEOPLE.search(key):
            continue
        for text in _texts(value):
            for found in _EMAIL.finditer(text):
                message = f"`{key}` holds an e-mail address"
                hint = "remove it if the file is public; it is never published in a feed"
                yield _at_text(source, key, found[0], "F035", message, hint)


def _entities(source: Source) -> Iterator[Problem]:
    written = ((key, value) for key, value in source.mapping.items() if key.lower() == "title")
    key, title = next(written, ("title", source.title))
    for text in (title, source.title):
        for found in _ENTITY.finditer(text) if isinstance(text, str) and "&" in text else ():
            if (character := html.unescape(found[0])) != found[0]:
                shown = character if character.isprintable() and character.strip() else "a space"
                message = f"the title has {found[0]}, which is HTML and not text"
                hint = f"write {shown} itself"
                yield _at_text(source, key, found[0], "F036", message, hint)
                return


def _long_summary(source: Source) -> Problem:
    summary = source.summary or ""
    same = (
        key
        for key, value in source.mapping.items()
        if isinstance(value, str) and one_line(value)[:60] == summary[:60]
    )
    message = f"the summary has {len(summary)} characters, more than {MAX_SUMMARY}"
    hint = "say in one or two sentences what the post is about; the text belongs in the body"
    return _at_key(source, next(same, "description"), "F047", message, hint)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _at_text(source: Source, key: str, text: str, code: str, message: str, hint: str) -> Problem:
    """Return a problem where `text` stands in the front matter, else at its key."""
    offset = source.header.find(text, max(source.header.find(key), 0))
    if offset < 0:
        return _at_key(source, key, code, message, hint)
    line = source.header_line + source.header.count("\n", 0, offset)
    column = offset - source.header.rfind("\n", 0, offset)
    return _problem(source, (line, column), code, message, hint)


def _at_key(source: Source, key: str, code: str, message: str, hint: str) -> Problem:
    place = locate(source.header, source.header_line, key)
    return _problem(source, place, code, message, hint)


def _problem(source: Source, place: tuple[int, int], code: str, message: str, hint: str) -> Problem:
    line, column = place
    return Problem(path=source.key, line=line, column=column, code=code, message=message, hint=hint)


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= 60 else f"{text[:59]}…"
