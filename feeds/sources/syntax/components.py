"""What MDX adds to Markdown: components, HTML with expressions, expressions, statements.

mdxjs.com. No JavaScript is read beyond what is needed to see where it ends. Every search is
linear in the text: brackets are paired once, and quantifiers are possessive.
"""

from __future__ import annotations

import re
from functools import cached_property

from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.scanner import Scanner, Tag
from feeds.sources.syntax.shortcodes import replacement
from feeds.sources.syntax.snippets import escape_attribute

_HTML = r"""(?!(?:[ABIPSU]|BLOCKQUOTE|B[Rr]|CENTER|CODE|D[DLT]|DIV|EM|FONT|H[1-6Rr]|IMG|LI|[OU]L|PRE
|SPAN|STRONG|SU[BP]|T[DHRT]|TABLE|TBODY|THEAD)[\s/>])""".replace("\n", "")
OPENING = re.compile(
    rf"<(?:{_HTML}([A-Z][\w.-]*+)(?=[\s/>{{])"
    r"|([a-z][\w-]*+)(?=\s[^<>]*?(?:=\s*\{|\{\s*\.\.\.|className=)))"
)
CLOSING = re.compile(rf"</{_HTML}([A-Z][\w.-]*+)\s*+>")
BRACE = re.compile(r"\{")
STATEMENT = re.compile(
    r"""\n(?:(import)\s*+(?:[\w$*{][^"';()]{0,1000}?\bfrom\s*+)?["'][^"'\n]++["']
    (?:\s*+(?:with|assert)\s*+\{[^{}]*+\})?[ \t]*+;?[ \t]*+(?://[^\n]*+)?(?=\n|\Z)
    |export\s++(?:[{*]|default\s++[\w$]++[ \t]*+;?[ \t]*+(?=\n|\Z)
     |(?:(?:default|const|let|var|async|abstract|function|class|type|interface|enum)\b\s*+\*?\s*+)++
      (?:[\w$]++\s*+)?(?:extends\b|[=:({\[<])))""",
    re.VERBOSE,
)

_STRING = r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`"""
_STEP = re.compile(rf"[({{\[]|\n(?=[ \t]*+(?:\n|\Z)|import\b|export\b)|{_STRING}|//[^\n]*+")
_BRACKET = re.compile(
    r"""\{(?:"[^"\n{}]*+[{}][^"\n]*+"|'[^'\n{}]*+[{}][^'\n]*+'|`[^`\n]*+`)\}|[][(){}]"""
)
_NAMES = re.compile(r"[A-Za-z_$][\w$]*+")
_ATTRIBUTE = re.compile(
    r"""\s*+(?:([A-Za-z_@:][\w:@.-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|(\{)))?+|(\{)|(/?)>)"""
)
_LITERAL = re.compile(
    r"""\s*+(?:(?:require|useBaseUrl)\(\s*+)?+
    (?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`((?:[^`\\$]|\\.|\$(?!\{))*+)`)
    (?:\s*+\)(?:\.default)?)?+\s*+\Z""",
    re.DOTALL | re.VERBOSE,
)
_CODE = re.compile(
    r"""\s*+(?:([A-Za-z_$][\w$]*+)|`.*`|[A-Za-z_$][\w$]*+(?:\??\.[\w$]++|\[[^\[\]\n]*+\])*+
    (?:\(.*\)|\s*+(?:&&|\|\||\?\?)[^a-z].*)?)\s*+\Z""",
    re.DOTALL | re.VERBOSE,
)
"""A path, a call, a condition, a template; a bare name is code only if it is declared."""

_SCRIPTED = re.compile(r"classname\Z|style\Z|key\Z|ref\Z|on")


class Components(Scanner):
    """Reads what only MDX has."""

    _declared: frozenset[str] = frozenset()

    def statement(self, found: re.Match[str]) -> int:
        """Remove an import, or an export up to the blank line after it."""
        end = found.end()
        if not found[1]:
            end = found.start() + len("\nexport")
            while (step := _STEP.search(self.text, end, self.end)) and step[0] != "\n":
                end = self._pairs.get(step.start(), step.end() - 1) + 1
            end = step.start() if step else self.end
        head = self.text[found.start() : end].partition("=")[0]
        self._declared |= set(_NAMES.findall(head))
        return self.put(found.start() + 1, end, "")

    def expression(self, found: re.Match[str]) -> int:
        """Replace an expression in braces by its text, or remove it."""
        start, end = found.start(), self._pairs.get(found.start(), self.end)
        if end >= self.end:
            return 0
        source = self.text[start + 1 : end]
        if source.startswith("/*") and source.endswith("*/"):
            return self.comment(start, end + 1, source[2:-2])
        if (text := _literal(source)) is not None and not source.strip().isalnum():
            return self.put(start, end + 1, text)
        code = _CODE.match(source)
        if not code or (code[1] and code[1] not in self._declared):
            return 0
        return self.lose(start, end + 1, f"{{{' '.join(source.split())[:60]}}}")

    def comment(self, start: int, end: int, text: str) -> int:
        """Remove a comment."""
        return self.remove(start, end)

    def opening(self, found: re.Match[str]) -> int:
        """Begin a component; leave an HTML tag only the attributes that are texts."""
        read = self._attributes(found.end())
        if not read:
            return 0
        attributes, end, closed = read
        name = found[1] or found[2]
        if found[2] and name != "img":
            kept = "".join(
                f' {name}="{escape_attribute(value)}"'
                for name, value in attributes.items()
                if not _SCRIPTED.match(name)
            )
            return self.put(found.start(), end, f"<{name}{kept}{' /' if closed else ''}>")
        last = name.rpartition(".")[2]
        known = replacement("mdx", name) or replacement("mdx", last)
        key = "" if closed or found[2] else f"</{name}"
        return self.open(
            found.start(), end, Tag(key, Call(last, named=attributes), known, f"<{name}>")
        )

    def closing_tag(self, found: re.Match[str]) -> int:
        """End a component."""
        return self.close(*found.span(), f"</{found[1]}")

    def _attributes(self, pos: int) -> tuple[dict[str, str], int, bool] | None:
        """Return the attributes that are texts, where the tag ends, and whether in `/>`."""
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(self.text, pos, self.end):
            pos = found.end()
            if found[6] is not None:
                return attributes, pos, bool(found[6])
            value: str | None = found[2] or found[3] or ""
            if found[4] or found[5]:
                closing = self._pairs.get(pos - 1)
                if closing is None:
                    return None
                value, pos = _literal(self.text[pos:closing]), closing + 1
            if found[1] and value is not None:
                attributes.setdefault(found[1].lower(), value)
        return None

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """Where each bracket that is opened is closed; each kind is paired on its own."""
        pairs: dict[int, int] = {}
        opened: dict[str, list[int]] = {"}": [], ")": [], "]": []}
        kinds = {"{": "}", "(": ")", "[": "]"}
        for found in _BRACKET.finditer(self.text):
            if len(found[0]) > 1:
                pairs[found.start()] = found.end() - 1
            elif kind := kinds.get(found[0]):
                opened[kind].append(found.start())
            elif opened[found[0]]:
                pairs[opened[found[0]].pop()] = found.start()
        return pairs


def _literal(expression: str) -> str | None:
    """Return the text that an expression is: a string, a number, an asset's path."""
    if found := _LITERAL.match(expression):
        text = found[1] or found[2] or found[3] or ""
        return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] == "n" else escaped[1], text)
    expression = expression.strip()
    return expression if re.fullmatch(r"-?\d+(?:\.\d+)?|true", expression) else None
