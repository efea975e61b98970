"""Headers that stand in comments, or without any mark: Nikola, Pelican, Hexo, Go, Eleventy."""

from __future__ import annotations

import re
from typing import Any

from feeds.sources.headers import JSON, TOML, YAML, Header, Plain

_KNOWN = (
    "title|date|authors?|category|categories|tags|slug|status|summary|draft|layout|lang|language|"
    "modified|permalink|subtitle|published|description|template|url|save_as"
)
"""Keys with which a header without marks may open: prose seldom does, and a header that is
taken for prose would publish its `Status: draft`."""


class NamedJSON(JSON):
    """`---json` up to `---`."""

    opening = re.compile(r"-{3}[ \t]*json[ \t]*(?:\n|\Z)")
    closing = re.compile(r"(?m)^-{3}[ \t]*$\n?")
    split = Header.split


class NamedTOML(TOML):
    """`---toml` up to `---`."""

    opening = re.compile(r"-{3}[ \t]*toml[ \t]*(?:\n|\Z)")
    closing = re.compile(r"(?m)^-{3}[ \t]*$\n?")


class CommentJSON(NamedJSON):
    """A JSON object in an HTML comment (the Go blog)."""

    opening = re.compile(r"<!--\s*(?=\{)")
    closing = re.compile(r"-->[ \t]*\n?")


class CommentYAML(YAML):
    """Keys and values in an HTML comment, with or without lines of `---` within."""

    opening = re.compile(rf"(?i)<!--[ \t]*\n?(?:---[ \t]*\n)?(?=(?:{_KNOWN})[ \t]*:)")
    closing = re.compile(r"(?:^---[ \t]*\n?)?[ \t]*-->[ \t]*\n?", re.MULTILINE)


class Unopened(YAML):
    """YAML that is closed by `---` and opened by nothing (Hexo)."""

    opening = re.compile(
        rf"(?i)(?=(?:{_KNOWN})[ \t]*:[^\n]*\n"
        r"(?:(?:\w[\w .-]*:[^\n]*|[ \t][^\n]*|-[ \t][^\n]*|\#[^\n]*)\n)*-{3,}[ \t]*(?:\n|\Z))"
    )


class Lines(Header):
    """`Key: value` up to the first line that is none (Pelican, MultiMarkdown).

    Values are the text as it stands, quotes included; indented lines continue a value.
    """

    opening = re.compile(rf"(?i)(?=(?:{_KNOWN})[ \t]*:(?!:|//))")
    line = re.compile(r"(\w[\w -]*?)[ \t]*:[ \t]*(.*)")

    def split(self, text: str) -> tuple[str, str]:  # noqa: D102 (see Header)
        opening = self.opening.match(text)
        assert opening is not None
        self.skipped_lines = opening.group().count("\n")
        lines = text[opening.end() :].split("\n")
        count = next((i for i, line in enumerate(lines) if not self._continues(line)), len(lines))
        self.body = "\n".join(lines[count:])
        return self.bounded("\n".join(lines[:count])), self.body

    def _continues(self, line: str) -> bool:
        return bool(line.strip()) and (line[0] in " \t" or self.line.fullmatch(line) is not None)

    def understood(self, header: str) -> Plain:  # noqa: D102
        found: dict[str, Any] = {}
        key = ""
        for number, line in enumerate(header.split("\n")):
            if (pair := self.line.fullmatch(line)) is None:
                if key and line.strip():
                    found[key] = f"{found[key]}\n{line.strip()}"
                continue
            key = pair[1].lower()
            if key in found:
                self.notes.append(self.refusal("F016", f"`{key}` is written twice", number))
            found[key] = pair[2].strip()
        return found


class Nikola(Lines):
    """Lines of `.. key: value`, also within an HTML comment."""

    opening = re.compile(r"(?:<!--\s*)?(?=\.\. [\w-]+:)")
    line = re.compile(r"\.\. ([\w-]+):[ \t]*(.*)")

    closing = re.compile(r"-->[ \t]*\n?")

    def split(self, text: str) -> tuple[str, str]:  # noqa: D102
        return Header.split(self, text) if text.startswith("<!--") else super().split(text)


HANDLERS: tuple[type[Header], ...] = (
    NamedJSON, NamedTOML, YAML, TOML, JSON, CommentJSON, CommentYAML, Nikola, Unopened, Lines,
)  # fmt: skip
"""In this order; the last two have no mark, and are known by their first key."""
