"""The formats of front matter: one handler each, for `frontmatter.parse`.

Text stays text (`No`, `1.10`): values are typed by their meaning, later. Whatever cannot be
understood is refused with a place; what could stop the process is refused before a parser sees it.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

import yaml
from frontmatter.default_handlers import BaseHandler
from yaml._yaml import CParser

from feeds.errors import FileRefused
from feeds.model import clean

MAX_HEADER_BYTES = 262_144
MAX_DEPTH = 64

Plain = str | bool | None | list[Any] | dict[str, Any]
"""A front matter value: text as it was written, or a list or mapping of such."""


class Header(BaseHandler):
    """What all formats share. One instance reads one file.

    `frontmatter.parse` takes a ValueError from `split` to mean "no front matter" and
    returns everything as body, `draft: true` included: `FileRefused` is none.
    """

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    sloppy = re.compile(r"(?!)")
    """What closes the header where nothing else does."""
    skipped_lines = 1

    def __init__(self, first_line: int) -> None:
        self.first_line, self.notes = first_line, list[FileRefused]()
        self.header = self.body = ""

    def detect(self, text: str) -> bool:
        """Tell whether a file opens with this header."""
        return self.opening.match(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        """Return header and body."""
        opening = self.opening.match(text)
        assert opening is not None
        closing = self.closing.search(text, opening.end())
        closing = closing or self.sloppy.search(text, opening.end())
        if closing is None:
            mark = opening.group().strip()
            message = f"the front matter that {mark} opens is not closed"
            raise FileRefused(
                "F010", message, f"write {mark} on a line of its own", self.first_line
            )
        self.skipped_lines = opening.group().count("\n")
        self.body = text[closing.end() :]  # python-frontmatter would strip its first indent
        return self.bounded(text[opening.end() : closing.start()]), self.body

    def bounded(self, header: str) -> str:
        """Return a header that is not too long."""
        self.header = header
        if len(header.encode()) > MAX_HEADER_BYTES:
            message = f"the front matter has more than {MAX_HEADER_BYTES:,} bytes"
            raise FileRefused("F013", message, "move the text into the body", self.first_line)
        return header

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """Return the mapping that a header is."""
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
        """Return a header's value in this format."""
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


class YAML(Header):
    """`---` up to `---` or `...`."""

    opening = re.compile(r"-{3,}[ \t]*(?:ya?ml)?[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
    closing = re.compile(r"(?m)^(?:-{3,}|\.{3})[ \t]*$\n?")
    sloppy = re.compile(r"(?m)^---(?=[^\s-])")  # `---# Heading`, as gray-matter reads it

    def understood(self, header: str) -> Plain:  # noqa: D102 (see Header)
        try:
            return self._parsed(header)
        except FileRefused as refused:
            if refused.code != "F011" or (found := self._by_line(header)) is None:
                raise
            message = f"the front matter was read line by line: {refused}"
            note = FileRefused("F053", message, HINTS["F011"], refused.line, refused.column)
        self.notes.append(note)
        return found

    def _parsed(self, header: str) -> Plain:
        try:
            node = self.node(header)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            code = "F015" if "alias" in str(error) else "F011"
            raise self.refusal(code, _yaml_message(error), line, column) from None
        except yaml.YAMLError as error:
            raise self.refusal("F011", f"not YAML: {error}".splitlines()[0], 0) from None
        return None if node is None else self._plain(node, set())

    def node(self, header: str) -> yaml.Node | None:
        """Return a header's root, whose parts know where they stand."""
        self._refuse_depth(header)
        return self._compose(header)

    def _by_line(self, header: str) -> dict[str, Any] | None:
        """Return a broken mapping whose top-level keys can be read one by one; None: not all can.

        A line whose value is plain text with a colon too many is that text. Nothing may be
        left over: it could be the `draft: true` of somebody else's syntax.
        """
        found: dict[str, Any] = {}
        uncommented = re.sub(r"(?m)^#.*\n?", "", header)
        for part in re.split(r"\n(?=[^\s\-\]}])", uncommented.rstrip("\n")):
            if not part.strip():
                continue
            try:
                value = self._parsed(part + "\n")
            except FileRefused as refused:
                line = _LINE.fullmatch(part.rstrip())
                if refused.code != "F011" or line is None or _OPEN_QUOTE.match(line[2]):
                    return None
                value = {self.text(line[1].rstrip()): self.text(line[2].strip().strip("'\""))}
            if not isinstance(value, dict):
                return None
            found |= value
        return found or None

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


_OPEN_QUOTE = re.compile(r"\"[^\"]*\Z|'[^']*\Z")  # its text may go on in the lines that follow
_LINE = re.compile(r"([A-Za-z_][\w .-]*?)[ \t]*:[ \t]+(?![\[{&*!|>%@`])([^\n]+)")


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


class TOML(Header):
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


class JSON(Header):
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
        try:
            return self.text_tree(decoder.decode(header))
        except json.JSONDecodeError as error:
            place = (error.lineno - 1, error.colno - 1)
            raise self.refusal("F011", f"not JSON: {error.msg}", *place) from None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                self.notes.append(self.refusal("F016", f"`{key}` is written twice", 0))
            found[key] = value
        return found


def _kind(value: object) -> str:
    return {"list": "list", "str": "text", "bool": "single value"}.get(
        type(value).__name__, "value"
    )


def _yaml_message(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be read"
    if "mapping values are not allowed" in problem:
        return "not YAML: a second colon on the line; text with a colon needs quotes"
    return f"not YAML: {problem}"
