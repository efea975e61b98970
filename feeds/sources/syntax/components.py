"""Tags in angle brackets: HTML, which stays, and the components of MDX, which do not."""

from __future__ import annotations

import re
from functools import cached_property

from feeds.sources.syntax import jsx, verbatim
from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.scanner import Scanner, Tag
from feeds.sources.syntax.shortcodes import replacement
from feeds.sources.syntax.snippets import escape_attribute, image

_COMPONENT = re.compile(r"</?(?:([A-Z][\w.-]*+)(?=[\s/>{])|(?=>))")
_CLOSING = re.compile(r"</([A-Za-z][\w.-]*+)?\s*+>")
_ELEMENT = re.compile(r"(?i)<(pre|code|script|style|textarea)\b[^<>]*+>")
_HTML_NAMES = frozenset(
    """A B BR BLOCKQUOTE CENTER CODE DIV DL DT DD EM FONT H1 H2 H3 H4 H5 H6 HR I IMG LI OL P PRE S
    SPAN STRONG SUB SUP TABLE TBODY TD TH THEAD TR TT U UL Br Hr""".split()
)
_SCRIPTED = re.compile(r"classname\Z|style\Z|key\Z|ref\Z|on")


class Components(Scanner):
    """Reads HTML tags and, where the site has MDX, components, expressions and statements."""

    def __init__(self, text: str, opener: re.Pattern[str], is_mdx: bool) -> None:
        super().__init__(text, opener)
        self._is_mdx = is_mdx
        self._declared: set[str] = set()

    def html_tag(self, pos: int) -> int:
        """Step over the HTML tag at `pos`; replace it where it is none."""
        if after := self._element(pos):
            return after
        component = _COMPONENT.match(self.text, pos)
        if self._is_mdx and component and component[1] not in _HTML_NAMES:
            return self._component(pos)
        end = verbatim.tag(self.text, pos, self.end)
        if self._is_mdx and (end is None or "className" in self.text[pos:end]):
            return self._jsx_tag(pos) or end or 0
        return end or 0

    def statement(self, pos: int) -> int:
        """Remove the import or export after the line end at `pos`."""
        if not self._is_mdx or self.text[pos + 1] not in "ie":
            return 0
        end = jsx.statement(self.text, pos + 1, self._pairs)
        if end is None:
            return 0
        self._declared |= jsx.declared(self.text[pos + 1 : end])
        return self.put(pos + 1, end, "")

    def expression(self, pos: int) -> int:
        """Replace the expression in braces at `pos` by its text, or remove it."""
        end = self._pairs.get(pos)
        if end is None or end >= self.end:
            return 0
        source = self.text[pos + 1 : end]
        if source.startswith("/*") and source.endswith("*/"):
            return self.comment(pos, end + 1, source[2:-2])
        if (text := jsx.literal(source)) is not None and not source.strip().isalnum():
            return self.put(pos, end + 1, text)
        if not jsx.is_code(source, self._declared):
            return 0
        return self.lose(pos, end + 1, f"{{{' '.join(source.split())[:60]}}}")

    def comment(self, start: int, end: int, text: str) -> int:
        """Remove a comment."""
        return self.remove(start, end)

    def _element(self, pos: int) -> int:
        """Step over an element whose content is no Markdown."""
        found = _ELEMENT.match(self.text, pos, self.end)
        if not found:
            return 0
        name = found[1].lower()
        closed = self.closing(f"</{name}", rf"(?i)</{name}\s*>", found.end())
        return closed.end() if closed else 0

    def _component(self, pos: int) -> int:
        if found := _CLOSING.match(self.text, pos, self.end):
            return self.close(pos, found.end(), f"</{found[1] or ''}")
        if self.text.startswith("<>", pos):
            return self.put(pos, pos + 2, "")
        tag = jsx.tag(self.text, pos, self._pairs)
        if not tag:
            return 0
        name = tag.name.rpartition(".")[2]
        known = replacement("mdx", tag.name) or replacement("mdx", name)
        call = Call(name, named={key.lower(): value for key, value in tag.attributes.items()})
        key = "" if tag.closed else f"</{tag.name}"
        return self.open(pos, tag.end, Tag(key, call, known, f"<{tag.name}>"))

    def _jsx_tag(self, pos: int) -> int:
        """Leave an HTML tag only the attributes that are texts."""
        tag = jsx.tag(self.text, pos, self._pairs)
        if not tag or tag.plain:
            return 0
        attributes = {name.lower(): value for name, value in tag.attributes.items()}
        if tag.name == "img":
            texts = [attributes.get(name, "") for name in ("src", "alt", "title", "width")]
            return self.put(pos, tag.end, image(*texts))
        kept = "".join(
            f' {name}="{escape_attribute(value)}"'
            for name, value in attributes.items()
            if not _SCRIPTED.match(name)
        )
        return self.put(pos, tag.end, f"<{tag.name}{kept}{' /' if tag.closed else ''}>")

    @cached_property
    def _pairs(self) -> dict[int, int]:
        return jsx.brackets(self.text)
