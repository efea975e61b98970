"""A shortcode, a tag or a component as it is written, whatever the dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_ARGUMENT = re.compile(
    r"""(?:([A-Za-z_@][\w.:@-]*+)\s*+=\s*+)?+
    (?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`|([^\s,"'`][^\s,]*+))""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A shortcode, tag or component as it is written.

    Attributes:
        source: Its arguments as written.
        words: Arguments without a name.
        named: Arguments by name, names in lower case.
        inner: What stands between its tags; None: it has no closing tag.
        block: It stands alone on its lines.
    """

    name: str
    source: str = ""
    words: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    inner: str | None = None
    block: bool = False

    @classmethod
    def read(cls, name: str, source: str) -> Call:
        """Read arguments such as `a "b c" key="value"`, with or without commas."""
        words: list[str] = []
        named: dict[str, str] = {}
        for found in _ARGUMENT.finditer(source):
            value = re.sub(r"\\(.)", r"\1", found[2] or found[3] or "")
            value = value or found[4] or found[5] or ""
            if found[1]:
                named.setdefault(found[1].lower(), value)
            else:
                words.append(value)
        return cls(name, source.strip(), tuple(words), named)

    def get(self, *names: str) -> str:
        """Return the first argument of these names that is not empty."""
        return next((value for name in names if (value := self.named.get(name, "").strip())), "")

    @property
    def text(self) -> str:
        """The inner text without the lines around it."""
        return (self.inner or "").strip()


Replacement = Callable[[Call], str]
"""What such a call becomes: Markdown with HTML."""
