"""What a body refers to, and its HTML elements: found in text whose code is blanked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

Kind = Literal["link", "image"]

# Possessive throughout: what does not match is given up at once, never tried in parts. A
# target broken over lines is none, but browsers would follow `java` and `script:` together.
_TARGET = r"""\([ \t]*+\n?[ \t]*+(?:<(?P<angled>[^<>\n]*+)>
    |(?P<bare>(?:[^\s()\\<]++|\\.|\([^\s()]*+\))++(?:\n[^\s()<>"']++)*+))"""
_LINK = re.compile(rf"(?x)\](?<!\\\]){_TARGET}")
_IMAGE = re.compile(rf"(?sx)!\[(?P<text>(?:[^\[\]\\]++|\\.|\[[^\[\]]*+\])*+)\]{_TARGET}")
_DEFINITION = re.compile(r"(?m)^[ \t>]{0,8}\[(?!\^)[^\[\]\n]++\]:[ \t]*+<?([^\s<>]++)")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*+:[^\s<>]*+)>")
# `{{<img src="x">}}` is a shortcode, `\<img>` is text.
_TAG = re.compile(
    r"""<(?<![{\\]<)(?P<name>[A-Za-z][\w.:-]*+)
    (?P<rest>(?:[^<>"'{}]++|"[^"]*+"|'[^']*+'|\{[^{}]*+\})*+)>""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?""")
_PICTURE = re.compile(r"(?i)[^?#]+\.(?:png|jpe?g|gif|webp|avif|svg|bmp)(?:[?#].*)?")

_ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "poster")


class Tag(NamedTuple):
    """An opening tag: its name in lower case, its attributes with value and offset.

    Attributes:
        component: It is one of MDX or Vue, which is no HTML: `<Tabs>`.
    """

    offset: int
    name: str
    component: bool
    attributes: dict[str, tuple[str, int]]


class Reference(NamedTuple):
    """What a link or an image points to, as it is written, at an offset of the file."""

    offset: int
    kind: Kind
    name: str


def tags(page: str, begin: int) -> Iterator[Tag]:
    """Yield the opening tags from `begin` on."""
    for found in _TAG.finditer(page, begin):
        attributes = {
            attribute[1].lower(): _value(attribute, found.start("rest"))
            for attribute in reversed(list(_ATTRIBUTE.finditer(found["rest"])))
        }
        name = found["name"]
        component = "." in name or (name[0].isupper() and not name.isupper())
        yield Tag(found.start(), name.lower(), component, attributes)


def _value(attribute: re.Match[str], start: int) -> tuple[str, int]:
    """Return an attribute's value without quotes, and where that begins."""
    value = attribute[2] or ""
    if not value:
        return "", start + attribute.start(1)
    quoted = value[0] in "\"'"
    return (value[1:-1] if quoted else value), start + attribute.start(2) + quoted


def references(page: str, begin: int, elements: Iterable[Tag]) -> list[Reference]:
    """Return the targets of links and images from `begin` on, in order."""
    found: list[Reference] = []
    if "](" in page:
        found += _inline(page, begin)
    if "]:" in page:
        for definition in _DEFINITION.finditer(page, begin):
            kind: Kind = "image" if _PICTURE.fullmatch(definition[1]) else "link"
            found.append(Reference(definition.start(1), kind, definition[1]))
    if "<" in page:
        found += (Reference(m.start(1), "link", m[1]) for m in _AUTOLINK.finditer(page, begin))
    for element in elements:
        for name in _ADDRESSES:
            if name in element.attributes:
                value, offset = element.attributes[name]
                found.append(Reference(offset, "image" if element.name == "img" else "link", value))
    return sorted(found, key=lambda reference: reference.offset)


def _inline(page: str, begin: int) -> Iterator[Reference]:
    """Yield `[text](target)` and `![text](target)`, one in the other's text as well."""
    pictures = set()
    if "![" in page:
        for found in _IMAGE.finditer(page, begin):
            pictures.add(found.end("text"))
            yield _reference(found, "image")
    for found in _LINK.finditer(page, begin):
        if found.start() not in pictures:
            yield _reference(found, "link")


def _reference(found: re.Match[str], kind: Kind) -> Reference:
    group = "bare" if found["angled"] is None else "angled"
    return Reference(found.start(group), kind, found[group])
