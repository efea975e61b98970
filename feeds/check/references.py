"""What a body refers to, and its HTML elements: found in text whose code is blanked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Possessive throughout: what does not match is given up at once, never tried in parts.
_TARGET = r"\(\s*+(?:<(?P<angled>[^<>\n]*+)>|(?P<bare>(?:[^\s()\\<]++|\\.|\([^\s()]*+\))++))"
_INLINE = re.compile(
    rf"(?s)(?:!(?P<image>\[(?:[^\[\]\\]++|\\.|\[[^\[\]]*+\])*+)\]|\](?<!\\\])){_TARGET}"
)
_DEFINITION = re.compile(r"(?m)^[ \t>]{0,8}\[(?!\^)[^\[\]\n]++\]:[ \t]*+<?([^\s<>]++)")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*+:[^\s<>]*+)>")
# `{{<img src="x">}}` is a shortcode, `\<img>` is text.
_TAG = re.compile(
    r"""<(?<![{\\]<)([A-Za-z][\w.:-]*+)((?:[^<>"'{}]++|"[^"]*+"|'[^']*+'|\{[^{}]*+\})*+)>"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?""")
_PICTURE = re.compile(r"(?i)[^?#]+\.(?:png|jpe?g|gif|webp|avif|svg|bmp)(?:[?#].*)?")
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster"}


class Tag(NamedTuple):
    """An opening tag, its attributes with value and offset.

    Attributes:
        name: In lower case; as it is written if it is a component of MDX or Vue: `Tabs`.
    """

    offset: int
    name: str
    attributes: dict[str, tuple[str, int]]

    def text(self, name: str) -> str:
        """Return the value of an attribute, empty without one."""
        return self.attributes.get(name, ("", 0))[0]


class Reference(NamedTuple):
    """What a link (`link`) or a picture (`image`) points to, as it is written."""

    offset: int
    kind: str
    name: str


def tags(page: str, begin: int) -> Iterator[Tag]:
    """Yield the opening tags from `begin` on."""
    for found in _TAG.finditer(page, begin):
        name, attributes = found[1], dict[str, tuple[str, int]]()
        for attribute in _ATTRIBUTE.finditer(page, *found.span(2)):
            value, offset = attribute[2] or "", attribute.start(2 if attribute[2] else 1)
            if value[:1] in ("'", '"'):
                value, offset = value[1:-1], offset + 1
            attributes.setdefault(attribute[1].lower(), (value, offset))
        is_html = "." not in name and (name.isupper() or name[0].islower())
        yield Tag(found.start(), name.lower() if is_html else name, attributes)


def references(page: str, begin: int, elements: Iterable[Tag]) -> list[Reference]:
    """Return the targets of links and images from `begin` on, in order."""
    found = []
    for inline in _INLINE.finditer(page, begin):
        target, kind = inline.lastgroup or "", "link" if inline["image"] is None else "image"
        found.append(Reference(inline.start(target), kind, inline[target]))
    for definition in _DEFINITION.finditer(page, begin) if "]:" in page else ():
        kind = "image" if _PICTURE.fullmatch(definition[1]) else "link"
        found.append(Reference(definition.start(1), kind, definition[1]))
    for link in _AUTOLINK.finditer(page, begin):
        found.append(Reference(link.start(1), "link", link[1]))
    for element in elements:
        kind = "image" if element.name.lower() == "img" else "link"
        for name in _ADDRESSES & element.attributes.keys():
            value, offset = element.attributes[name]
            found.append(Reference(offset, kind, value))
    return sorted(found)
