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
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import yaml

from feeds.sites.scripts import UNREAD, Unread, literals

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
"""Real files stay below 10; libyaml's parser crashes at 30,000, and no `except` catches that."""
MAX_VALUES = 100_000
MAX_TEXT = 100_000


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
        """Return the value at `a.b`, None where there is none; case counts only in ties."""
        found: Any = self.tree
        for key in dotted.split("."):
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
    except Exception as error:  # a parser's surprise must not end the search
        reason = (str(error) or type(error).__name__).splitlines()[0]
        return Config(name, {}, reason)
    return Config(name, tree) if isinstance(tree, dict) else Config(name, {}, "it is no mapping")


def content(path: Path) -> str:
    """Return a plain file's text.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no plain file, too large, or not UTF-8.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):  # opening a FIFO would wait for its writer
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
        return {str(key): _plain(item, left, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item, left, depth + 1) for item in value]
    if isinstance(value, int) and abs(value) >= 2**63:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str, Unread)) else None


def _yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_yaml_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
    documents = [one for one in yaml.load_all(text, Loader=_yaml_loader()) if one is not None]
    return next((one for one in documents if isinstance(one, dict)), documents or {})


@cache
def _yaml_loader() -> Any:
    """Return a loader to which `no`, `1:30` and dates are text, and other tags unread."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers = {  # noqa: RUF012 (as the base class has it)
            first: [(tag, pattern) for tag, pattern in rules if tag.endswith((":null", ":merge"))]
            for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"(?i:true|false)$"), list("tTfF")
    )
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9]\d{0,17})$"), list("-0123456789")
    )
    Loader.add_multi_constructor("", lambda loader, suffix, node: UNREAD)
    Loader.add_constructor(None, lambda loader, node: UNREAD)
    return Loader


def _python(text: str) -> Any:
    """Return the names that a module assigns at its top, where the value is written out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes such as "\d"
        module = ast.parse(text)
    known: dict[str, Any] = {}
    for node in module.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets = [node.target]
        else:
            continue
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
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sum(_literal(left, known), _literal(right, known))
        case ast.Call(args=[_, default]) if ast.unparse(node.func) in _ENVIRONMENT:
            return _literal(default, known)
    return UNREAD


_ENVIRONMENT = frozenset({"os.environ.get", "environ.get", "os.getenv", "getenv"})


def _sum(left: Any, right: Any) -> Any:
    alike = isinstance(left, type(right)) and isinstance(left, (str, list))
    return left + right if alike and len(left) + len(right) <= MAX_TEXT else UNREAD


_FORMATS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": json.loads,
    ".py": _python,
    **dict.fromkeys((".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"), literals),
}
