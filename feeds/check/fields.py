"""What is wrong with front matter values beyond what reading them shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feeds.errors import Problem
from feeds.model import one_line, shorten
from feeds.sources.front_matter import locate

MAX_SUMMARY = 500

_TEMPLATE = re.compile(r"\{\{[^{}]*+\}\}|<%[^%]*+%>|\{%[^%]*+%\}|\$\{[^{}]*+\}")
_CODE = re.compile(r"`[^`]*+`")
_EMAIL = re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PEOPLE = re.compile(
    r"(?i)auth|^by$|mail|host|guest|people|person|comment|translat|edit|contact|contrib"
    r"|review|speak|maintain|owner|creator|user|writer|team|member"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


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
    title = source.title
    for key, value in source.mapping.items():
        yield from _templates(source, key, value)
        if "@" in source.header and _PEOPLE.search(key):
            yield from _addresses(source, key, value)
        if key.lower() == "title" and isinstance(value, str):
            title = value
    for found in _ENTITY.finditer(title or ""):
        if (character := html.unescape(found[0])) != found[0]:
            shown = character if character.isprintable() and character.strip() else "a space"
            message = f"the title has {found[0]}, which is HTML and not text"
            yield _said(source, "title", "F036", message, f"write {shown} itself", found[0])
            break
    if source.summary is not None and len(source.summary) > MAX_SUMMARY:
        yield _long_summary(source, source.summary)


def _templates(source: Source, key: str, value: Any) -> Iterator[Problem]:
    if key.lower().startswith("eleventycomputed"):
        return  # made of templates, and read by nothing but Eleventy
    found = (_TEMPLATE.search(_CODE.sub("", text)) for text in _texts(value))
    if first := next(filter(None, found), None):
        message = f'`{key}` holds the template text "{shorten(one_line(first[0]), 60)}"'
        hint = "write the value itself: templates in front matter are not run"
        yield _said(source, key, "F034", message, hint)


def _addresses(source: Source, key: str, value: Any) -> Iterator[Problem]:
    """Yield one problem for each address; none repeats it, as reports are often public."""
    for text in _texts(value):
        for address in _EMAIL.findall(text):
            hint = "remove it if the file is public; it is never published in a feed"
            yield _said(source, key, "F035", f"`{key}` holds an e-mail address", hint, address)


def _long_summary(source: Source, summary: str) -> Problem:
    texts = ((key, value) for key, value in source.mapping.items() if isinstance(value, str))
    same = (key for key, value in texts if one_line(value)[:60] == summary[:60])
    message = f"the summary has {len(summary)} characters, more than {MAX_SUMMARY}"
    hint = "say in one or two sentences what the post is about; the text belongs in the body"
    return _said(source, next(same, "description"), "F047", message, hint)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _said(
    source: Source, key: str, code: str, message: str, hint: str, text: str | None = None
) -> Problem:
    """Return a problem where the front matter has `text` after `key`, else at the key's value."""
    header = source.header
    line, column = locate(header, source.header_line, key)
    offset = header.find(text, max(header.find(key), 0)) if text else -1
    if offset >= 0:
        line = source.header_line + header.count("\n", 0, offset)
        column = offset - header.rfind("\n", 0, offset)
    return Problem(path=source.key, line=line, column=column, code=code, message=message, hint=hint)
