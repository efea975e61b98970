"""Bytes of a file → a mapping of plain values, and the body.

python-frontmatter splits and dispatches; the handlers are ours, because content comes
from strangers: an unclosed block is an error instead of a body, text stays text (`No`,
`1.10`), and what could stop the process is refused before a parser sees it.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler
from yaml._yaml import CParser

from feeds.errors import FileRefused
from feeds.model import clean

MAX_HEADER_BYTES = 262_144
MAX_DEPTH = 64

Plain = str | bool | None | list[Any] | dict[str, Any]
"""A front matter value: text as it was written, or a list or mapping of such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file taken apart.

    Attributes:
        mapping: The front matter; empty where there is none.
        header: Its text, for finding the line of a key.
        header_line: 1-based line of the file on which `header` begins.
        body: Markdown.
        notes: What was odd but could be read.
    """

    mapping: dict[str, Any]
    header: str
    header_line: int
    body: str
    notes: tuple[FileRefused, ...] = ()


def locate(header: str, header_line: int, key: str) -> tuple[int, int]:
    """Return line and column, both 1-based, of the value of the top-level `key`."""
    found = re.search(rf"(?mi)^[ \t{{]*[\"']?{re.escape(key)}[\"']?[ \t]*[:=][ \t]*", header)
    if not found:
        return header_line, 1
    line = header.count("\n", 0, found.end())
    return header_line + line, found.end() - header.rfind("\n", 0, found.end())


def decode(raw: bytes) -> tuple[str, tuple[FileRefused, ...]]:
    """Return a file's text with `\\n` line ends and without characters that XML forbids."""
    try:
        text = raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = f"byte {raw[error.start]:#04x} is not UTF-8"
        hint = "save the file as UTF-8"
        raise FileRefused("F004", message, hint, line, column) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_INVISIBLE)
    kept = clean(text)
    if kept == text:
        return text, ()
    place = next(
        i for i, (old, new) in enumerate(zip(text, kept + " ", strict=False)) if old != new
    )
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    message = f"character U+{ord(text[place]):04X} cannot be in a feed and was left out"
    return kept, (FileRefused("F024", message, "delete the character", line, column),)


def _encoding(raw: bytes) -> str:
    return "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


# Before a header these only hide it: a second BOM, zero-width space and word joiner.
_INVISIBLE = "\ufeff\u200b\u2060"


def parse(raw: bytes) -> Parsed:
    """Read one file.

    Raises:
        FileRefused: There is front matter, and it cannot be understood.
    """
    text, notes = decode(raw)
    stripped = text.lstrip()
    first_line = text.count("\n", 0, len(text) - len(stripped)) + 1
    for handler_class in HANDLERS:
        handler = handler_class(first_line)
        if handler.detect(stripped):
            mapping, _ = frontmatter.parse(stripped, handler=handler)
            return Parsed(
                mapping=mapping,
                header=handler.header,
                header_line=first_line + handler.skipped_lines,
                body=_body(handler.body),
                notes=(*notes, *handler.notes),
            )
    if found := _OTHER_HEADER.match(stripped):
        message = f"front matter that opens with {found[0].strip()} is not read"
        hint = "write it as YAML between two lines of ---"
        raise FileRefused("F019", message, hint, first_line)
    hint = "put title and date between two lines of --- at the top"
    without = FileRefused("F017", "the file has no front matter", hint)
    return Parsed(mapping={}, header="", header_line=1, body=_body(text), notes=(*notes, without))


# What looks like a header must never become a body: its `draft: true` would be published.
_OTHER_HEADER = re.compile(r"(?:-{3}|\+{3}|;{3})[ \t]*[\w\"'{\[#][^\n]{0,60}")


def _body(text: str) -> str:
    """Return Markdown without the blank lines around it; an indented first line is code."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()


def broken_header(raw: bytes) -> str:
    """Return what could be the header of a file that cannot be parsed: too much, if in doubt."""
    text = raw[: 2 * MAX_HEADER_BYTES].decode(_encoding(raw), "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_INVISIBLE).lstrip()
    for handler in (YAML, TOML):
        if (opening := handler.opening.match(text)) is not None:
            closing = handler.closing.search(text, opening.end())
            return text[opening.end() : closing.start() if closing else None]
    return text


class _Handler(BaseHandler):
    """What all formats share. One instance reads one file.

    `frontmatter.parse` takes a ValueError from `split` to mean "no front matter" and
    returns everything as body, `draft: true` included: `FileRefused` is none.
    """

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    skipped_lines = 1

    def __init__(self, first_line: int) -> None:
        self.first_line, self.notes = first_line, list[FileRefused]()
        self.header = self.body = ""

    def detect(self, text: str) -> bool:
        return self.opening.match(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        opening = self.opening.match(text)
        assert opening is not None
        closing = self.closing.search(text, opening.end())
        if closing is None:
            mark = opening.group().strip()
            message = f"the front matter that {mark} opens is not closed"
            raise FileRefused(
                "F010", message, f"write {mark} on a line of its own", self.first_line
            )
        self.body = text[closing.end() :]  # python-frontmatter would strip its first indent
        return self.bounded(text[opening.end() : closing.start()]), self.body

    def bounded(self, header: str) -> str:
        self.header = header
        if len(header.encode()) > MAX_HEADER_BYTES:
            message = f"the front matter has more than {MAX_HEADER_BYTES:,} bytes"
            raise FileRefused("F013", message, "move the text into the body", self.first_line)
        return header

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        try:
            found = self.understood(fm)
        except RecursionError:
            raise self.refusal("F014", f"nested more than {MAX_DEPTH} deep", 0) from None
        if found is None:
            return {}
        if not isinstance(found, dict):
            message = f"the front matter is a {_kind(found)}, not a mapping of keys to values"
            raise self.refusal("F012", message, 0)
        return found

    def understood(self, header: str) -> Plain:
        raise NotImplementedError

    def text_tree(self, value: Any, depth: int = 0) -> Plain:
        """Return a TOML or JSON value with numbers and dates as the text that stood there."""
        if depth > MAX_DEPTH:
            raise RecursionError
        if isinstance(value, dict):
            return {
                self.text(str(key)): self.text_tree(item, depth + 1) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.text_tree(item, depth + 1) for item in value]
        if isinstance(value, (datetime, date, time)):
            return value.isoformat()
        return value if isinstance(value, bool) or value is None else self.text(str(value))

    def text(self, value: str) -> str:
        """Return text without forbidden characters, which escapes may have brought in."""
        kept = clean(value)
        if kept != value:
            message = "an escape stands for a character that cannot be in a feed; it was left out"
            self.notes.append(self.refusal("F024", message, 0))
        return kept

    def refusal(self, code: str, message: str, line: int, column: int = 0) -> FileRefused:
        """Return an error at a 0-based place in the header."""
        place = self.first_line + self.skipped_lines + max(line, 0)
        return FileRefused(code, message, HINTS[code], place, column + 1)


HINTS = {
    "F011": "put values that contain : # [ { or quotes between quotes",
    "F012": "write it as key: value, one on each line",
    "F014": "write lists and mappings less deeply",
    "F015": "write the value itself out",
    "F024": "delete the character",
    "F016": "keep one of the two lines; the last one counts",
}


class _TextLoader(CParser, yaml.resolver.BaseResolver):
    """libyaml's parser, resolving nothing but null: typing is by meaning, not by YAML 1.1."""

    def __init__(self, stream: str) -> None:
        CParser.__init__(self, stream)
        yaml.resolver.BaseResolver.__init__(self)


_NULL = "tag:yaml.org,2002:null"
_TextLoader.add_implicit_resolver(
    _NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)


class YAML(_Handler):
    """`---` up to `---` or `...`."""

    opening = re.compile(r"-{3,}[ \t]*(?:ya?ml)?[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
    closing = re.compile(r"(?m)^(?:-{3,}|\.{3})[ \t]*$\n?")

    def understood(self, header: str) -> Plain:  # noqa: D102 (see _Handler)
        try:
            self._refuse_depth(header)
            node = self._compose(header)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            code = "F015" if "alias" in str(error) else "F011"
            raise self.refusal(code, _yaml_message(error), line, column) from None
        except yaml.YAMLError as error:
            raise self.refusal("F011", f"not YAML: {error}".splitlines()[0], 0) from None
        return None if node is None else self._plain(node, set())

    def _compose(self, header: str) -> yaml.Node | None:
        try:
            return _compose(header)
        except yaml.MarkedYAMLError as error:
            if "Unicode character escape" not in str(error):
                raise
            # JSON's way to write characters beyond U+FFFF, which YAML does not know.
            repaired = _SURROGATES.sub(_character, header)
            mark = error.problem_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            message = "a surrogate (\\ud800 to \\udfff) is no character by itself"
            self.notes.append(self.refusal("F024", message, line, column))
            return _compose(repaired)

    def _refuse_depth(self, header: str) -> None:
        """Refuse deep nesting before it is composed.

        libyaml composes recursively in C: 30,000 levels overflow the stack and kill the
        process. Walking its events does not recurse, but costs half a parse; so only
        headers that could be that deep are walked.
        """
        brackets = header.count("[") + header.count("{")
        if brackets <= MAX_DEPTH and not _DEEP_LINE.search(header):
            return
        depth, line = 0, 0
        for event in yaml.parse(header, Loader=yaml.cyaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth, line = depth + 1, event.start_mark.line if event.start_mark else line
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise self.refusal("F014", f"nested more than {MAX_DEPTH} deep", line)

    def _plain(self, node: yaml.Node, seen: set[int]) -> Plain:
        mark = node.start_mark
        if id(node) in seen:  # the same node twice: an alias led here
            raise self.refusal("F015", "an alias (*name) stands for another value", mark.line)
        seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag not in _PLAIN_TAGS:
            raise self.refusal("F015", f"{node.tag} is a tag", mark.line, mark.column)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, seen) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, seen)
        return None if node.tag == _NULL else self.text(str(node.value))

    def _mapping(self, node: yaml.MappingNode, seen: set[int]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.refusal("F011", "a key is a list or a mapping", mark.line, mark.column)
            key = self.text(str(key_node.value))
            if key in mapping:
                message = f"`{key}` is written twice"
                self.notes.append(self.refusal("F016", message, mark.line, mark.column))
            mapping[key] = self._plain(value_node, seen)
        return mapping


def _compose(header: str) -> yaml.Node | None:
    loader = _TextLoader(header)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


_SURROGATES = re.compile(r"\\u([dD][89abAB]\w\w)(?:\\u([dD][c-fC-F]\w\w))?|\\u[dD][c-fC-F]\w\w")


def _character(found: re.Match[str]) -> str:
    """Return the character of a pair of surrogates, nothing for a lone one."""
    if found[2] is None:
        return ""
    high, low = int(found[1], 16) - 0xD800, int(found[2], 16) - 0xDC00
    return chr(0x10000 + (high << 10) + low)


_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("null", "str", "seq", "map", "int", "bool", "float")
)
_DEEP_LINE = re.compile(rf"(?m)^[ \t?:-]{{{2 * MAX_DEPTH}}}")


class TOML(_Handler):
    """`+++` up to `+++`."""

    opening = re.compile(r"\+{3,}[ \t]*(?:\n|\Z)")
    closing = re.compile(r"(?m)^\+{3,}[ \t]*$\n?")

    def understood(self, header: str) -> Plain:  # noqa: D102
        try:
            return self.text_tree(tomllib.loads(header, parse_float=str))
        except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(place[1]) - 1, int(place[2]) - 1) if place else (0, 0)
            message = re.sub(r" \(at .*\)$", "", str(error).splitlines()[0])
            raise self.refusal("F011", f"not TOML: {message}", line, column) from None


class JSON(_Handler):
    """An object at the very top, on one line or on many."""

    # `{{<`, `{%` and `{:` open a shortcode, a Liquid tag or an attribute list.
    opening = re.compile(r"\{(?:\s*[\"'}]|\s*\w+\s*:|[ \t]*(?:\n|\Z))")
    skipped_lines = 0

    def split(self, text: str) -> tuple[str, str]:  # noqa: D102
        try:
            _, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(text)
        except json.JSONDecodeError as error:
            cut = text[: error.pos]
            code = "F010" if not text[error.pos :].strip() else "F011"
            line, column = cut.count("\n"), error.pos - cut.rfind("\n") - 1
            refusal = self.refusal("F011", f"not JSON: {error.msg}", line, column)
            refusal.code = code
            raise refusal from None
        except RecursionError:
            raise self.refusal("F014", f"nested more than {MAX_DEPTH} deep", 0) from None
        self.body = text[end:]
        return self.bounded(text[:end]), self.body

    def understood(self, header: str) -> Plain:  # noqa: D102
        decoder = json.JSONDecoder(
            parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=self._object
        )
        return self.text_tree(decoder.decode(header))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                self.notes.append(self.refusal("F016", f"`{key}` is written twice", 0))
            found[key] = value
        return found


HANDLERS: tuple[type[_Handler], ...] = (YAML, TOML, JSON)


def _kind(value: object) -> str:
    return {"list": "list", "str": "text", "bool": "single value"}.get(
        type(value).__name__, "value"
    )


def _yaml_message(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be read"
    if "mapping values are not allowed" in problem:
        return "not YAML: a second colon on the line; text with a colon needs quotes"
    return f"not YAML: {problem}"
