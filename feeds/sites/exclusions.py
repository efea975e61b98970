"""What a site's author hides, as patterns of `content.exclude`.

Ours are the shell's: `*` crosses slashes, one without a slash is for names, others for keys. Where
a pattern cannot be as narrow as its author's, it hides more: what is hidden must not get out.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import islice, product
from posixpath import normpath

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx")
MAX_KEYS = 1000
_BRACES = re.compile(r"\{([^{}]*)\}")
_UNKNOWN = re.compile(r"^!|[!+@?*]\(|[\\{}]")
_OTHER = re.compile(r"\.[a-zA-Z][^/.]*$")
"""Files that are no Markdown."""


def keyed(glob: str, at: str, source: str, *, anywhere: bool) -> list[str] | None:
    """Return patterns of keys for a glob in the folder `at`; None: it has no counterpart.

    Both folders are relative to the root. `anywhere`: as in a .gitignore, a name without a slash
    is meant in all folders.
    """
    parts = [part.split(",") if n % 2 else [part] for n, part in enumerate(_BRACES.split(glob))]
    if len(parts) > 9 or _UNKNOWN.search(_BRACES.sub("", glob)):
        return None
    several = map("".join, islice(product(*parts), MAX_KEYS))
    return list(dict.fromkeys(key for one in several for key in _keyed(one, at, source, anywhere)))


def _keyed(glob: str, at: str, source: str, anywhere: bool) -> list[str]:
    glob, top = glob.strip().removeprefix("./"), "" if source == "." else f"{source}/"
    path = re.sub(r"^(?:\*\*/)+", "", glob.strip("/"))
    deep = path != glob.strip("/") or (anywhere and "/" not in glob.rstrip("/"))
    if path and not deep:
        whole = normpath(f"{at}/{path}")
        deep, path = not whole.startswith(top), whole.removeprefix(top)
        path = "" if deep and path[0] != "*" else path  # of a folder beside the content
    if path and not path.lower().endswith((*MARKDOWN, "*")):
        path = "" if _OTHER.search(path) and not glob.endswith("/") else f"{path}/*"
    found = [re.sub(r"\*{2,}", "*", path.replace("/**/", one)) for one in ("/", "/*/") if path]
    if deep:
        return found + [f"*/{one}" for one in found if "/" in one and one[0] != "*"]
    return [one if "/" in one else f"/{one}" for one in found]


def globbed(expression: str, source: str) -> str | None:
    """Return a glob for a regular expression of paths; None: it has no counterpart."""
    ends = re.search(r"(?<!\\)\$$", expression)
    path = re.sub(r"\.[*+]", "*", expression.removeprefix("^").removesuffix("$" if ends else ""))
    if re.search(r"(?<!\\)[$^+?()[\]{}|]|\\\w|\w\*", path):
        return None
    path = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\.", "?", path))
    inside = path.lstrip("/").removeprefix(f"{source}/")
    fixed = expression.startswith("^") or inside != path.lstrip("/")
    start = "/" if fixed else "**" if path.startswith("/") else "*"
    return f"{start}{inside if fixed else path}{'' if ends else '*'}"


def moved(pattern: str, inner: str) -> str | None:
    """Return a pattern for the folder `inner` of the content; None: it is of other folders.

    One that would hide the whole folder, which somebody has named, is left out too.
    """
    path, below = pattern.lstrip("/"), f"{inner}/"
    fixed = re.split(r"[*?[]", path, maxsplit=1)[0]
    if "/" in pattern and path.startswith(below):
        path = path.removeprefix(below)
        pattern = path if "/" in path else f"/{path}"
    elif "/" in pattern and (fixed == path or not below.startswith(fixed)):
        return None
    elif "/" in pattern:
        pattern = path = "*" + path.removeprefix(fixed).lstrip("*")
    return None if all(fnmatchcase(key, path) for key in ("\1.md", "\1/\1.md")) else pattern
