"""What can be wrong, and how it is said: one message with a place and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]

CODES: dict[str, tuple[Severity, str]] = {
    # Files: what could not be read.
    "F001": ("error", "the file cannot be read"),
    "F002": ("error", "the file is not a plain file below the content folder"),
    "F003": ("error", "the file is larger than the limit"),
    "F004": ("error", "the file is not UTF-8"),
    "F005": ("note", "the file is no post"),
    "F006": ("note", "the post is hidden by its author"),
    # Front matter: what could not be understood.
    "F010": ("error", "the front matter is not closed"),
    "F011": ("error", "the front matter cannot be parsed"),
    "F012": ("error", "the front matter is not a mapping"),
    "F013": ("error", "the front matter is larger than the limit"),
    "F014": ("error", "the front matter is nested too deeply"),
    "F015": ("error", "the front matter uses an alias, an anchor or a tag"),
    "F016": ("warning", "a key is written twice"),
    "F017": ("note", "the file has no front matter"),
    "F018": ("error", "the file makes the reader itself fail"),
    "F019": ("error", "the front matter is in a format that is not read"),
    # Fields: values that mean nothing here.
    "F020": ("error", "a value that decides about publication cannot be read"),
    "F021": ("warning", "a value cannot be used"),
    "F022": ("warning", "the post is hidden by a value that is not known"),
    "F023": ("note", "the post has no date"),
    "F024": ("warning", "a character that XML forbids was removed"),
    "F025": ("note", "the post has no title"),
    "F026": ("warning", "a date cannot be read; the one of name or path is used"),
    "F027": ("note", "the date is in the future"),
    "F028": ("warning", "the post was updated before it was published"),
    "F029": ("note", "dates are without a zone"),
    "F033": ("warning", "the id is the nil UUID"),
    "F034": ("warning", "a value holds the text of a template"),
    "F035": ("warning", "the front matter holds an e-mail address"),
    "F036": ("note", "the title holds HTML entities"),
    "F037": ("note", "tags differ by case or accent alone"),
    "F038": ("warning", "a translation does not answer"),
    "F039": ("warning", "an enclosure has no length or type"),
    "F053": ("warning", "the front matter was read line by line"),
    "F054": ("note", "the authors file does not know an author"),
    # Identity: what two posts cannot share.
    "F030": ("error", "two posts have one id"),
    "F031": ("error", "two posts have one address"),
    "F032": ("warning", "the post could not be told from another and has a new id"),
    # Bodies.
    "F040": ("warning", "the body takes too long to render"),
    "F041": ("warning", "the body cannot be rendered"),
    "F042": ("warning", "an image is not there"),
    "F043": ("warning", "a link within the site leads nowhere"),
    "F044": ("note", "an image has no text in its place"),
    "F045": ("warning", "a link runs a script"),
    "F046": ("warning", "a script, form or frame is removed from the body"),
    "F047": ("note", "the summary is long"),
    "F048": ("note", "a shortcode or component is not known"),
    "F049": ("warning", "text was decoded wrongly (mojibake)"),
    # The folder.
    "F050": ("warning", "the content folder cannot be read"),
    "F051": ("warning", "most posts are gone at once"),
    "F052": ("warning", "a feed has more than 1 MB"),
    "F055": ("warning", "no file is read"),
    "F056": ("warning", "the address is too long for a sitemap"),
}
"""Stable codes: severity, and what the code stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that keeps a post from being published as its author meant.

    Attributes:
        path: The file's key: its path below the content folder, with `/`.
        line: 1-based; 1 where the problem is the file itself.
        column: 1-based, in characters.
        code: A key of `CODES`.
        message: What is wrong, in one sentence without a full stop.
        hint: What would be right.
    """

    path: str
    line: int = 1
    column: int = 1
    code: str
    message: str
    hint: str

    @property
    def severity(self) -> Severity:
        """Return `error` (not published), `warning` (published with a loss) or `note`."""
        return CODES[self.code][0]


class FeedsError(Exception):
    """The base of all errors that users of this package may want to catch."""


class SettingsError(FeedsError):
    """The settings cannot be used; `str(error)` names all that is wrong, one line each."""


class FileRefused(FeedsError):
    """A file cannot be read as a post.

    Attributes:
        code: A key of `CODES`.
        hint: What would be right.
        line, column: 1-based place in the file.
    """

    def __init__(self, code: str, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.code, self.hint, self.line, self.column = code, hint, line, column

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all arguments, where an exception knows its message alone."""
        return type(self), (self.code, str(self), self.hint, self.line, self.column)

    def problem(self, path: str) -> Problem:
        """Return this as a problem of the file `path`."""
        return Problem(
            path=path,
            line=self.line,
            column=self.column,
            code=self.code,
            message=str(self),
            hint=self.hint,
        )


class SourceUnavailable(FeedsError):
    """The posts cannot be listed now: nothing is known, so nothing may be deleted."""


class PublisherRunning(FeedsError):
    """Another process publishes this site."""


class Stopped(FeedsError):
    """The program was told to end before all files were read; those that were are kept."""
