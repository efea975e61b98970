"""One more line of front matter: every other byte of the file stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.sources.front_matter import decode, parse
from feeds.sources.inserting import NotInserted, insert

GUID = 'https://example.org/a"b\\c/é#2'
QUOTED = json.dumps(GUID, ensure_ascii=False)

# File → the line that is added; `@` marks its place.
FORMS = {
    "yaml": ("---\ntitle: A\ntags: [a]\n@---\n\nText.\n", f"guid: {QUOTED}"),
    "yaml, empty": ("---\n@---\nText.", f"guid: {QUOTED}"),
    "yaml, a block at the end": ("---\ntext: |+\n  a\n\n@---\nText.", f"guid: {QUOTED}"),
    "yaml, a list at the end": ("---\ntags:\n- a  # why\n- b   \n@...\nText.", f"guid: {QUOTED}"),
    "yaml, indented": ("---\n  title: A\n  date: 2024-05-01\n@---\nText.", f"  guid: {QUOTED}"),
    "yaml, a comment at the end": ("---yaml # x\ntitle: A\n# end\n@---\nA.", f"guid: {QUOTED}"),
    "yaml, blank lines first": ("\n \n---\ntitle: A\n@---   \n\n    code\n", f"guid: {QUOTED}"),
    "yaml, read by line": ("---\ntitle: A: B\n@---\nText.", f"guid: {QUOTED}"),
    "yaml, no body": ("---\ntitle: A\n@---", f"guid: {QUOTED}"),
    "toml": ('+++\ntitle = "A"\n@+++\nText.', f"guid = {QUOTED}"),
    "toml with tables": ('+++\n@title = "A"\n[extra]\nb = 1\n+++\nText.', f"guid = {QUOTED}"),
    "toml, named": ('---toml\n@title = "A"\n[extra]\nb = 1\n---\nText.', f"guid = {QUOTED}"),
    "json": ('{\n@  "title": "A"\n}\nText.', f'  "guid": {QUOTED},'),
    "json, named": ('---json\n{\n@\t"title": "{"\n}\n---\nText.', f'\t"guid": {QUOTED},'),
    "json in a comment": ('<!--\n{\n@  "title": "A"\n}\n-->\nText.', f'  "guid": {QUOTED},'),
    "yaml in a comment": ("<!--\ntitle: A\n@-->\nText.", f"guid: {QUOTED}"),
    "yaml in a comment, fenced": ("<!--\n---\ntitle: A\n@---\n-->\nText.", f"guid: {QUOTED}"),
    "nikola": (".. title: A\n.. slug: a\n@\nText.", f".. guid: {GUID}"),
    "nikola in a comment": ("<!--\n.. title: A\n.. slug: a\n@-->\n\nText.", f".. guid: {GUID}"),
    "hexo": ("title: A\ndate: 2024-05-01\n@---\nText.", f"guid: {QUOTED}"),
    "pelican": ("Title: A\nSummary: a\n  b\n@\nText.", f"Guid: {GUID}"),
    "multimarkdown": ("title: A\n@\nText.", f"guid: {GUID}"),
}  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("form", FORMS)
def test_one_line_is_added(form: str, codec: str, newline: str) -> None:
    text, line = FORMS[form]
    text = text.replace("\n", newline)
    mark = "\ufeff" if codec.startswith("utf-16") else ""
    old = (mark + text.replace("@", "")).encode(codec)
    assert insert(old, {"guid": GUID}) == (mark + text.replace("@", line + newline)).encode(codec)


UNUSUAL = {
    'on one line {"title": "A"}': ('{"title": "A"}\nText.', f'{{"guid": {QUOTED}, "title": "A"}}'),
    "empty object": ("{}\nText.", f'{{"guid": {QUOTED}}}\nText.'),
    "header alone": ("Title: A\nDate: 2024-05-01", f"Title: A\nDate: 2024-05-01\nGuid: {GUID}"),
    "header alone, CRLF": ("Title: A\r\nTags: b", f"Title: A\r\nTags: b\r\nGuid: {GUID}"),
    "mixed line ends": ("---\r\na: b\n---\nText.", f"---\r\na: b\nguid: {QUOTED}\n---\nText."),
    "byte order mark twice": ("\ufeff\ufeff---\na: b\n---\n", f"---\na: b\nguid: {QUOTED}\n---\n"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_files(name: str) -> None:
    old, new = UNUSUAL[name]
    assert new in insert(old.encode(), {"guid": GUID}).decode()


def test_two_keys_are_two_lines() -> None:
    new = insert(b"---\ntitle: A\n---\nText.", {"guid": "a", "atom_id": "tag:a,2024:b"})
    assert new == b'---\ntitle: A\nguid: "a"\natom_id: "tag:a,2024:b"\n---\nText.'


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"# Text", "no front matter"),
        (b"---\ntitle: caf\xe9\n---\n", "cannot be read: byte 0xe9 is not UTF-8"),
        (b"---\ntitle: A\n", "cannot be read: the front matter that --- opens is not closed"),
        (b"---\nGUID:\ntitle: A\n---\n", "`GUID` already"),
        (b"---\n{title: A}\n---\n", "no place"),
        (b"<!-- title: A -->\nText.", "no place"),
        (b"---\ntitle: A\n...# no end\n---\n", "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(raw: bytes, reason: str) -> None:
    with pytest.raises(NotInserted, match=reason):
        insert(raw, {"guid": "a"})


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff"),
    max_size=12,
)
KEY = st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda key: key not in ("guid", "null"))
SCALAR = TEXT.map(lambda text: json.dumps(text, ensure_ascii=False))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Return a file with front matter in one of the formats."""
    form = draw(st.sampled_from(["yaml", "toml", "json", "lines", "nikola"]))
    pairs = draw(st.dictionaries(KEY, SCALAR, min_size=1, max_size=5))
    space = draw(st.sampled_from(["", " ", "\t", "   "]))
    if form == "json":
        inner = ",\n".join(f"  {json.dumps(key)}: {value}" for key, value in pairs.items())
        text = "{" + space + "\n" + inner + "\n}\n"
    else:
        mark, pattern = {
            "yaml": ("---\n", "{}: {}{}\n"), "toml": ("+++\n", "{} = {}{}\n"),
            "lines": ("", "{}: {}{}\n"), "nikola": ("", ".. {}: {}{}\n"),
        }[form]  # fmt: skip
        first = {"title": '"T"'} if form == "lines" else {}
        rows = [pattern.format(key, value, space) for key, value in (first | pairs).items()]
        if form in ("yaml", "toml"):
            rows.insert(draw(st.integers(0, len(rows))), "# why: not = this\n")
            rows += draw(st.sampled_from([[], ["\n"], ["# end\n", "\n"]]))
        if form == "toml" and draw(st.booleans()):
            rows.append("[extra]\nmore = 1\n")
        text = mark + "".join(rows) + (mark or "\n")
    text += draw(st.sampled_from(["", "\n", "Text.", "\n\n    code\n", "Text.  \n---\nmore: x\n"]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    codec, bom = draw(st.sampled_from([("utf-8", ""), ("utf-8-sig", ""), ("utf-16-le", "\ufeff")]))
    return (bom + text.replace("\n", newline)).encode(codec)


@settings(max_examples=80, deadline=None)
@given(
    raw=files(),
    guid=st.from_regex(r"https://[a-z]{1,5}\.example/[^\s\x00-\x20\x7f-\xa0]{0,9}", fullmatch=True),
)
def test_whatever_the_header_only_the_guid_is_new(raw: bytes, guid: str) -> None:
    old = parse(raw)
    new = insert(raw, {"guid": guid})
    place = next((i for i, (a, b) in enumerate(zip(raw, new, strict=False)) if a != b), len(raw))
    added = len(new) - len(raw)
    cuts = range(max(0, place - added), place + 1)  # equal bytes around it: one of these
    assert any(new[:cut] + new[cut + added :] == raw for cut in cuts)
    before, after = (decode(content)[0].splitlines() for content in (raw, new))
    assert len(after) == len(before) + 1
    found = parse(new)
    key = "guid"
    assert found.mapping.pop(key) == guid
    assert (found.mapping, found.body) == (old.mapping, old.body)
