"""What MDX adds to Markdown: statements, tags with expressions, expressions in text (mdxjs.com).

No JavaScript is read beyond what is needed to see where it ends. Every search is linear in the
text: brackets are paired once, and quantifiers are possessive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STRING = r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`"""
_IMPORT = re.compile(
    r"""import\s*+(?:["'][^"'\n]++["']
    |(?:type\s++(?!from\b))?
     (?:[\w$]++\s*+,?\s*+)?(?:\*\s*+as\s++[\w$]++\s*+|\{[^{}"']*+\}\s*+)?from\s*+["'][^"'\n]++["'])
    (?:\s*+(?:with|assert)\s*+\{[^{}]*+\})?[ \t]*+;?[ \t]*+(?://[^\n]*+)?(?=\n|\Z)""",
    re.VERBOSE,
)
_EXPORT = re.compile(
    r"""export\s++(?:
    (?:const|let|var)\s++(?:[\w$]++|\{[^{}]*+\}|\[[^\[\]]*+\])\s*+[=:]
    |(?:default\s++)?(?:async\s++)?function\b\s*+\*?\s*+[\w$]*+\s*+[(<]
    |(?:default\s++)?(?:abstract\s++)?class\s++[\w$]++[^{\n]*+\{
    |(?:type|interface|enum)\s++[\w$]++[^{=\n]*+[={]
    |default\s++(?:[\w$]++[ \t]*+;?[ \t]*+(?=\n|\Z)|[\w$.]*+\s*+[({\[]|[\w$]++\s*+=>)
    |default\s++async\b\s*+[(\w]
    |(?:type\s++)?\{[^{}]*+\}|\*\s*+(?:as\s++[\w$]++\s*+)?from\b)""",
    re.VERBOSE,
)
_STEP = re.compile(rf"[({{\[\n]|{_STRING}|//[^\n]*+", re.DOTALL)
_OPEN_END = re.compile(r"(?:[=,(\[{&|?:+*]|=>)[ \t]*+\Z")
_CONTINUED = re.compile(r"\n[ \t]*+(?:[.?:&|=+,)\]}]|from\b)")
_BRACKET = re.compile(
    r"""\{(?:"[^"\n{}]*+[{}][^"\n]*+"|'[^'\n{}]*+[{}][^'\n]*+'|`[^`\n]*+`)\}|[][(){}]"""
)
_NAMES = re.compile(r"[A-Za-z_$][\w$]*+")
_TAG = re.compile(r"<([A-Za-z][\w.-]*+)(?=[\s/>{])")
_ATTRIBUTE = re.compile(
    r"""\s*+(?:([A-Za-z_@:][\w:@.-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|(\{)))?+|(\{)|(/?)>)"""
)
_LITERAL = re.compile(
    r"""\s*+(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`((?:[^`\\$]|\\.|\$(?!\{))*+)`)\s*+\Z""",
    re.DOTALL,
)
_ASSET = re.compile(r"""\s*+(?:require|useBaseUrl)\(\s*+["']([^"'\n]++)["']\s*+\)(?:\.default)?""")
_PATH = r"[A-Za-z_$][\w$]*+(?:\??\.[\w$]++|\[[^\[\]\n]*+\])*+"
_EXPRESSION = re.compile(
    rf"\s*+(?:({_PATH})(\(.*\)|\s*+(?:&&|\|\||\?\?)[^a-z].*)?|`.*`)\s*+\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening tag.

    Attributes:
        attributes: Those whose value is a text or a literal; without a value: empty.
        end: Where it ends.
        closed: It ends in `/>`.
        plain: HTML knows every part of it.
    """

    name: str
    attributes: dict[str, str]
    end: int
    closed: bool
    plain: bool


def brackets(text: str) -> dict[int, int]:
    """Return where each bracket that is opened is closed; each kind is paired on its own."""
    pairs: dict[int, int] = {}
    stacks: dict[str, list[int]] = {"{": [], "(": [], "[": []}
    openers = {"}": "{", ")": "(", "]": "["}
    for found in _BRACKET.finditer(text):
        if len(found[0]) > 1:
            pairs[found.start()] = found.end() - 1
            continue
        stack = stacks[openers.get(found[0], found[0])]
        if found[0] in stacks:
            stack.append(found.start())
        elif stack:
            pairs[stack.pop()] = found.start()
    return pairs


def statement(text: str, pos: int, pairs: dict[int, int]) -> int | None:
    """Return where the import or export at `pos` ends, None if it is prose."""
    if found := _IMPORT.match(text, pos):
        return found.end()
    found = _EXPORT.match(text, pos)
    return _statement_end(text, pos, pairs) if found else None


def declared(source: str) -> set[str]:
    """Return the names that the head of a statement may declare."""
    return set(_NAMES.findall(source.partition("=")[0]))


def _statement_end(text: str, pos: int, pairs: dict[int, int]) -> int:
    start = pos
    while found := _STEP.search(text, pos):
        pos = found.end()
        if found[0] == "\n":
            if not _OPEN_END.search(text, start, pos - 1) and not _CONTINUED.match(text, pos - 1):
                return pos - 1
            start = pos
        elif found[0] in "([{":
            pos = pairs.get(found.start(), pos - 1) + 1
    return len(text)


def tag(text: str, pos: int, pairs: dict[int, int]) -> Tag | None:
    """Read the opening tag at `pos`; None if that is no tag."""
    opened = _TAG.match(text, pos)
    if not opened:
        return None
    attributes: dict[str, str] = {}
    plain = True
    pos = opened.end()
    while found := _ATTRIBUTE.match(text, pos):
        pos = found.end()
        if found[6] is not None:
            return Tag(opened[1], attributes, pos, found[6] == "/", plain)
        value: str | None = found[2] or found[3] or ""
        if found[4] or found[5]:
            closing = pairs.get(pos - 1)
            if closing is None:
                return None
            value = literal(text[pos:closing]) if found[4] else None
            pos = closing + 1
        plain = plain and not (found[4] or found[5] or found[1] == "className")
        if found[1] and value is not None:
            attributes.setdefault(found[1], value)
    return None


def literal(expression: str) -> str | None:
    """Return the text that an expression is: a string, a number, an asset's path."""
    if found := _LITERAL.match(expression):
        text = found[1] or found[2] or found[3] or ""
        return re.sub(r"\\(.)", lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), text)
    if found := _ASSET.match(expression):
        return found[1]
    expression = expression.strip()
    return expression if re.fullmatch(r"-?\d+(?:\.\d+)?|true", expression) else None


_ESCAPES = {"n": "\n", "t": " ", "r": ""}


def is_code(expression: str, names: set[str]) -> bool:
    """Tell whether `{expression}` is code: a path, a call, a template; a bare name if declared."""
    found = _EXPRESSION.match(expression)
    if not found:
        return False
    if found[1] and not found[2] and _NAMES.fullmatch(found[1]):
        return found[1] in names
    return True
