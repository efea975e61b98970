"""Is a file a post, and is the post public: by its name, and by what its author says."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterator
from typing import Any

from feeds.profiles import Profile
from feeds.sources.dates import looks_like_date
from feeds.sources.keys import (
    FALSE,
    HIDDEN_IF_FALSE,
    HIDDEN_IF_GIVEN,
    HIDDEN_IF_TRUE,
    HIDDEN_UNLESS,
    REDIRECTS,
    ROBOTS,
    STATE_KEYS,
    TRUE,
    UNMAPPED_IF_FALSE,
    UNMAPPED_IF_TRUE,
    WORDS_HIDDEN,
    WORDS_PUBLIC,
    folded,
)

_DRAFTS = re.compile(r"(?i)(?:.*/)?_?drafts/.*")
_TEMPLATES = re.compile(
    r"(?i)(?:.*/)?(?:_templates|archetypes|scaffolds|_?includes|_layouts|_site|_data)/.*"
)
_VAULT_TEMPLATES = re.compile(r"(?i)(?:.*/)?templates?/.*")
_UNDERSCORE_FOLDER = re.compile(r"(?:.*/)?(_[^/]*)/.*")
_UNDERSCORE = re.compile(r"(?:.*/)?_[^/]*")
_SECTION = re.compile(r"(?i)(?:.*/)?_index(?:\.[\w-]+)?\.[^/.]+")
_ABOUT = re.compile(
    r"(?i)(?:.*/)?(?:changelog|contributing|license|code_of_conduct|security)"
    r"(?:[._-][a-z]{2}(?:[_-][a-z]{2,4})?)?\.[^/.]+"
)

_README = re.compile(r"(?i)(?:.*/)?readme(?:[._-][a-z]{2}(?:[_-][a-z]{2,4})?)?\.[^/.]+")

# `key: value` after the end of a line, or after the { or , of JSON and flow YAML; also with
# the value on the next line, as `? key`, and with the full-width colon of CJK keyboards.
_STATE_LINE = re.compile(
    r"""(?x) [\n{,] [ \t>*?.-]* ["']? (?P<key> \w[\w -]*+ ) ["']? [ \t]*
    (?: \n [ \t]* )? [:=\uff1a] (?P<value> [^\n,}]* (?: \n [ \t]+ [^\n]* )* )"""
)

_STATE = frozenset(map(folded, STATE_KEYS))

Given = Callable[[tuple[str, ...]], list[tuple[str, Any]]]
"""Returns the key as written and the value of those keys that hold something."""

Report = Callable[[str, str, str, str], None]
"""Reports a problem: code, key as written, message and hint."""


class NotAPost(Exception):
    """The file is a redirect, or has no page: `str(error)` says which."""


def no_post(key: str, profile: Profile) -> str | None:
    """Return why a file is no post whatever is in it, judged from its name; None: it may be one."""
    if _SECTION.fullmatch(key):
        return "the page of a section"
    if key.endswith(".11tydata.json"):
        return "front matter for a folder"
    if _README.fullmatch(key):
        return "about the folder, not part of the site"
    if _TEMPLATES.fullmatch(key):
        return "in a folder of templates or parts"
    if profile.name == "obsidian" and _VAULT_TEMPLATES.fullmatch(key):
        return "in a folder of templates"
    if _UNDERSCORE.fullmatch(key):
        return "a part, as its name begins with an underscore"
    found = _UNDERSCORE_FOLDER.fullmatch(key)
    if found and profile.underscored is not None and found[1] not in profile.underscored:
        return "in a folder whose name begins with an underscore"
    return None


def about(key: str) -> bool:
    """Tell whether a file without front matter is about its folder, as a licence is."""
    return _ABOUT.fullmatch(key) is not None


def hidden_folder(key: str) -> str | None:
    """Return why a file is hidden by the folder that it is in."""
    return "in a folder of drafts" if _DRAFTS.fullmatch(key) else None


def state_lines(header: str) -> tuple[str, ...]:
    """Return the lines of a header that decide about publication, in a comparable form.

    Reads text that no parser understands: a post whose file broke may only stay while
    none of these lines is new or changed.
    """
    lines = set()
    for found in _STATE_LINE.finditer(f"\n{header}"):
        key = folded(found["key"])
        if key in _STATE:
            value = " ".join(found["value"].replace('"', "").replace("'", "").split())
            lines.add(f"{key}={value.lower()}")
    return tuple(sorted(lines))


def refuse_redirects(given: Given) -> None:
    """Refuse what has no page of its own.

    Raises:
        NotAPost: It redirects, or its address is switched off.
    """
    for written, value in given(REDIRECTS):
        if str(value).strip().lower() not in FALSE:
            raise NotAPost(f"`{written}` leads elsewhere")
    for written, value in given(("permalink",)):
        if str(value).strip().lower() in ("false", "no"):
            raise NotAPost(f"`{written}` is {value}: the page is not written")


def hidden(
    given: Given, report: Report, public_status: Collection[str], held: Container[str]
) -> str | None:
    """Return why a post is not public, None where it is: unknown words hide, and are reported.

    Args:
        held: The folded keys that may hold something.
    """
    for written, value in given(ROBOTS):
        if "noindex" in str(value).lower():
            return f"{written}: noindex"
    for written, value in given(HIDDEN_IF_GIVEN):
        if str(value).strip().lower() not in FALSE:
            return f"it has a `{written}`"
    for key in [key for key, name in _HIDING if name in held]:
        for written, value in given((key,)):
            for word in (
                () if key in ("build", "_build") and isinstance(value, dict) else _single(value)
            ):
                if reason := _hidden_by(key, written, word, report, public_status):
                    return reason
    return None


_HIDING = [
    (key, folded(key)) for key in (*HIDDEN_IF_TRUE, *HIDDEN_IF_FALSE, *HIDDEN_UNLESS, *WORDS_PUBLIC)
]


def _single(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield str(item).strip(" []").lower()  # Obsidian writes words as links


def _hidden_by(
    key: str, written: str, word: str, report: Report, public_status: Collection[str]
) -> str | None:
    if key in HIDDEN_IF_TRUE:
        shown, hides = FALSE, TRUE
    elif key in HIDDEN_IF_FALSE:
        shown, hides = TRUE, FALSE
    elif key in HIDDEN_UNLESS:
        shown, hides = TRUE | HIDDEN_UNLESS[key], FALSE | {"never"}
    else:
        shown, hides = WORDS_PUBLIC[key] | frozenset(public_status), WORDS_HIDDEN
    if word in shown or (key in HIDDEN_IF_FALSE and looks_like_date(word)):
        return None
    if word not in hides:
        hint = f"write one of: {', '.join(sorted(shown | hides))}"
        if key in WORDS_PUBLIC:
            hint += "; or name it in `public_status` of the settings"
        report("F022", written, f'"{word[:60]}"', hint)
    return f"{written}: {word[:60]}"


def mapped(given: Given) -> bool:
    """Tell whether a post may be in the sitemap."""
    for names, words in ((UNMAPPED_IF_TRUE, TRUE), (UNMAPPED_IF_FALSE, FALSE)):
        for _, value in given(names):
            if str(value).strip().lower() in words:
                return False
    return True
