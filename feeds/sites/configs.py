"""A site's configuration files as plain values: read, never run.

A value is None, a bool, a number, text, a list or a dictionary with text as keys; or `UNREAD`,
where only running the file would tell.
"""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import yaml

from feeds.sites.scripts import UNREAD, Unread, literals

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
"""Real files stay below 10; libyaml's parser crashes at 30,000, and no `except` catches that."""
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Config:
    """One file.

    Attributes:
        name: Its path below the site's root, as people are told it.
        tree: What it says; empty where it cannot be read.
        problem: Why it cannot be read, else empty.
    """

    name: str
    tree: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    def get(self, dotted: str) -> Any:
        """Return the value at `a.b`, None where there is none; case counts only in ties.

        In a list, it is that of the first table that has the key, and true for the key itself.
        """
        found: Any = self.tree
        for key in dotted.split("."):
            if isinstance(found, list):
                tables = (item for item in found if isinstance(item, dict) and key in item)
                found = next(tables, {key: True} if key in found else None)
            if not isinstance(found, dict):
                return None
            alike = (other for other in found if other.lower() == key.lower())
            found = found.get(key if key in found else next(alike, key))
        return found


def read(path: Path, name: str | None = None) -> Config:
    """Read a file by its extension; whatever is wrong with it is in `problem`."""
    name = name or path.name
    try:
        tree = _plain(_FORMATS[PurePath(name).suffix.lower()](content(path)), [MAX_VALUES])
        if path.name == "package.json":  # what it says of the package is not said of the site
            needs = {**tree.get("devDependencies", {}), **tree.get("dependencies", {})}
            tree = {"package": tree, "needs": needs}
    except Exception as error:  # a parser's surprise must not end the search
        return Config(name, {}, (str(error) or type(error).__name__).splitlines()[0])
    return Config(name, tree) if isinstance(tree, dict) else Config(name, {}, "it is no mapping")


def content(path: Path) -> str:
    """Return a plain file's text.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no plain file, too large, or not UTF-8.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a FIFO would wait for its writer
        raise ValueError("it is not a plain file")
    with open(path, "rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


def _plain(value: Any, left: list[int], depth: int = 0) -> Any:
    """Return a copy of plain values; cycles and floods of YAML aliases end at a limit."""
    left[0] -= 1
    if left[0] < 0 or depth > MAX_DEPTH:
        raise ValueError("it is nested too deeply, or holds too much")
    if isinstance(value, dict):
        above = value.get("<<")  # YAML's merge key
        merged = {**above, **value} if isinstance(above, dict) else value
        return {str(key): _plain(item, left, depth + 1) for key, item in merged.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item, left, depth + 1) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    return value if isinstance(value, (bool, int, float, str, Unread)) else None


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Reads `no`, `1:30`, `010` and dates as the text that their authors mean; tags say nothing."""

    def construct_scalar(self, node: Any) -> Any:
        """Return true, false and whole numbers where they stand without quotes, else text."""
        written = super().construct_scalar(node)
        if not node.style and re.fullmatch(r"-?(0|[1-9]\d{0,17})", written):
            return int(written)
        return written if node.style else _WORDS.get(written.lower(), written)


_WORDS = {"true": True, "false": False, "null": None, "~": None}


def _yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
    documents = [one for one in yaml.load_all(text, Loader=_Loader) if one]
    return next((one for one in documents if isinstance(one, dict)), documents or {})


def _python(text: str) -> Any:
    """Return the names that a module assigns at its top, where the value is written out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes such as "\d"
        module = ast.parse(text)
    known: dict[str, Any] = {}
    for node in module.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = _literal(node.value, known)
            known.update({target.id: value for target in targets if isinstance(target, ast.Name)})
    return known


def _literal(node: Any, known: dict[str, Any]) -> Any:
    """Return what an expression says without being run; `os.environ.get` gives its default."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_literal(item, known) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_literal(key, known)): _literal(value, known) for key, value in pairs}
        case ast.Name(id=name):
            return known.get(name, UNREAD)
        case ast.Call(args=[_, default]) if ast.unparse(node.func).endswith(
            ("getenv", "environ.get")
        ):
            return _literal(default, known)
    return UNREAD


def _gemfile(text: str) -> Any:
    return {"gems": re.findall(r"^\s*gem\s+[\"']([\w-]+)", text, re.MULTILINE)}


_FORMATS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": json.loads,
    ".py": _python,
    **dict.fromkeys((".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"), literals),
    "": _gemfile,
}
