"""UTF-8 read as another encoding: what that looks like, and whether it could be correct.

ftfy knows which neighbours no correct text has. It is asked about single runs of
characters: repairing whole texts with it would change correct quotes, entities and CJK.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Span:
    """Mojibake in a text: `text[start:end]` is `found` and should be `repaired`."""

    start: int
    end: int
    found: str
    repaired: str


class Misreading:
    """One family of encodings as which UTF-8 was read: characters back to bytes.

    Bytes that an encoding leaves undefined are C1 controls, as browsers read them
    (Encoding Standard, index-windows-1252).
    """

    def __init__(self, *encodings: str, leads: str = "") -> None:
        self.byte: dict[int, int] = {}
        for encoding in encodings:
            for byte in range(0x80, 0x100):
                character = bytes([byte]).decode(encoding, "replace")
                code = byte if character == "\ufffd" else ord(character)
                self.byte.setdefault(code, byte)
        follow = self._class(0x80, 0xC0)
        sequences = [
            self._class(first, last, leads) + follow * count
            for first, last, count in ((0xC2, 0xDD, 1), (0xE0, 0xF0, 2), (0xF0, 0xF5, 3))
        ]
        self.sequence = "|".join(sequences)
        self.runs = re.compile(f"(?:{self.sequence})+")

    def _class(self, first: int, last: int, among: str = "") -> str:
        """Return a class of the characters that stand for some bytes, a plain space not."""
        found = (chr(code) for code, byte in self.byte.items() if first <= byte < last)
        return "[" + re.escape("".join(c for c in found if not among or c in among)) + "]"

    def undone(self, run: str) -> str | None:
        """Return what `run` was before it was misread, None if it was nothing."""
        try:
            return bytes(self.byte[ord(character)] for character in run).decode()
        except (KeyError, UnicodeDecodeError):
            return None


# Windows-1252, Windows-1254 and Latin-1 give no character two meanings: one family. U+0740
# to U+07FF (lead bytes DD to DF: İ, Ş, ß) are scripts that hardly any site is written in.
WESTERN = Misreading("windows-1252", "windows-1254", "latin-1")
_CYRILLIC = Misreading("windows-1251")
_MAC = Misreading("mac_roman")
FAMILIES = (WESTERN, _CYRILLIC, _MAC)

# Â and Ã before what was a no-break space and has become a plain one.
LOST_SPACE = re.compile(r"Ã(?= )|Â ")
CANDIDATE = re.compile(
    rf"{WESTERN.sequence}|{LOST_SPACE.pattern}|вЂ.|[√¬‚ƒ≈Œœ][^\x00-\x7f]"
    rf"|[a-z](?:{_CYRILLIC.sequence})|(?:{_CYRILLIC.sequence}){{2}}|(?:{_MAC.sequence}){{3}}"
)
CONTROL = re.compile("[\x80-\x9f]")
_CLOSING = "”’»›…–—“\xa0"
# Letters that languages use, of the blocks Latin Extended-B and IPA.
_USED = frozenset("ƁƆƉƊƎƏƐƑƒƓƔƖƗƘƙƝƠơƤƥƩƯưƲƳƴƵƶƷǍǎǏǐǑǒǓǔǤǥǦǧǨǩǪǫǮǯǴǵȘșȚțȞȟɓɔɖɗəɛɣɩŋɲʃʋʒ")


def closes_a_word(text: str, span: Span) -> bool:
    """Tell whether `span` may be a correct letter with the quote, dash or space after it."""
    before, after = text[: span.start][-1:], text[span.end :][:1]
    mark = span.found[-1]
    if len(span.found) > 2 or before.islower():
        return False
    if mark in "Ã ":  # a lost no-break space; `word.Â Next` is no letter
        return mark == "Ã" or before not in tuple(".,;:!?)")
    if mark not in _CLOSING or (span.found == "Ã—" and before in tuple(" 0123456789")):
        return False
    if mark == "\xa0":
        return before.isupper() or before in tuple("“‘«„‹\"'")
    if mark == "“":
        return not after.isalpha()
    return not after.isalpha() or (bool(before.strip()) and after.islower())


def beyond_doubt(text: str, span: Span, family: Misreading) -> bool:
    """Tell whether no correct text has `span` where it stands."""
    before, after = text[: span.start][-2:], text[span.end :][:1]
    after_letter = before[-1:].isascii() and before[-1:].islower()
    if after_letter and span.found[0].isupper() and _is_lower_latin(span.repaired):
        return True
    if len(span.found) == 2 and span.repaired > "\u02af":  # a letter that stands alone: T•Ø•R
        return False
    if family is _MAC and len(span.found) == 2:  # √± may be mathematics
        word = len(before) == 2 and before.isalpha() and after_letter
        return word and not after.isdigit() and _is_bad(span.found)
    if family is _CYRILLIC and len(span.found) == 2:
        return after.isascii() and after.isalpha() and _script(span.repaired) == "LATIN"
    if span.found[:2] in ("â‚", "â„", "в„", "‚Ñ"):  # € and ™; ftfy wants to see more
        return True
    around = (before[-1:] if before[-1:].isascii() else "", after if after.isascii() else "")
    return _is_bad(span.found) or _is_bad(span.found.join(around)) or _is_word(span)


def _is_word(span: Span) -> bool:
    """Tell whether letters and signs in turn (`О±ОіО¬`) would be letters of one script."""
    signs = sum(not character.isalpha() for character in span.found)
    scripts = {_script(letter) for letter in span.repaired}
    return len(span.repaired) > 2 and 3 * signs >= len(span.found) and len(scripts) == 1


def _is_bad(text: str) -> bool:
    return bool(_badness()(text))


@cache
def _badness() -> Callable[[str], bool]:
    from ftfy.badness import is_bad  # noqa: PLC0415 (most texts never need it)

    return is_bad


def _is_lower_latin(text: str) -> bool:
    return len(text) == 1 and text.islower() and _script(text) == "LATIN"


def is_text(text: str) -> bool:
    """Tell whether `text` may be what somebody wrote, or that misread: then with C1 controls."""
    return not any(
        unicodedata.category(character) in ("Cn", "Co", "Cs")
        or ("\u0180" <= character <= "\u02af" and character not in _USED)
        for character in text
    )


def fits(text: str, span: Span) -> bool:
    """Tell whether the repaired text is of the script of the letters next to it."""
    sides = (
        (text[: span.start][-1:], span.repaired[0]),
        (span.repaired[-1], text[span.end :][:1]),
    )
    return all(
        not (left.isalpha() and right.isalpha()) or _script(left) == _script(right)
        for left, right in sides
    )


def _script(letter: str) -> str:
    """Return the first word of a letter's name, which is its script's."""
    return unicodedata.name(letter, "").split(" ")[0]
