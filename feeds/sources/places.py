"""On which line of a file each key of its front matter stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from feeds.errors import FileRefused
from feeds.sources.headers import YAML

Path = tuple[str, ...]
"""A key and those that it is within: `("taxonomies", "tags")`."""

_TABLE = re.compile(r"[ \t]*\[\[?[ \t]*([^\[\]\"']+?)[ \t]*\]\]?[ \t]*(?:#.*)?")
_TOML = re.compile(r"[ \t]*[\"']?([\w.-]+)[\"']?[ \t]*=")
_COLON = re.compile(r"(?:\.\. )?[\"']?(\w[\w .-]*?)[\"']?[ \t]*:")


def lines(header: str, header_line: int) -> dict[Path, int]:
    """Return the 1-based lines of the keys of a header, the last of one that is written twice.

    YAML and JSON tell by their parser, other formats by how their lines begin: what stands
    deep in an inline table is not among them, and has its table's line.
    """
    try:
        node = YAML(1).node(header)
    except (FileRefused, yaml.YAMLError):
        node = None
    found = _nodes(node) if isinstance(node, yaml.MappingNode) else _text(header)
    return {path: header_line + line for path, line in found}


def _nodes(node: yaml.Node, within: Path = ()) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = (*within, str(key.value).removeprefix(".. "))  # Nikola's lines are YAML too
            yield path, key.start_mark.line
            yield from _nodes(value, path)


def _text(header: str) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    inside = False  # of a text of several lines
    for number, line in enumerate(header.split("\n")):
        if not inside and (found := _TABLE.fullmatch(line)):
            table = tuple(part.strip() for part in found[1].split("."))
            yield table, number
        elif not inside and (found := _TOML.match(line)):
            yield (*table, *found[1].split(".")), number
        elif not inside and (found := _COLON.match(line)):
            yield (found[1],), number
            yield (found[1].lower(),), number  # as `plain_headers` keeps it
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1
