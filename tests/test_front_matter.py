"""Bytes of a file → mapping and body, or one message with a place."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FileRefused
from feeds.sources import simple_headers
from feeds.sources.front_matter import Parsed, broken_header, parse
from feeds.sources.headers import YAML

READ: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("yaml", b"---\ntitle: Hi\n---\n\nBody\n", {"title": "Hi"}, "Body"),
    ("yaml, many dashes", b"----------\ntitle: Hi\n----------\nBody", {"title": "Hi"}, "Body"),
    ("yaml ended by dots", b"---\ntitle: Hi\n...\nBody", {"title": "Hi"}, "Body"),
    ("text stays text", b"---\na: No\nb: 1.10\nc: 0123\nd: 1:02:03\n---\n",
     {"a": "No", "b": "1.10", "c": "0123", "d": "1:02:03"}, ""),
    ("nothing is null", b"---\na:\nb: ~\nc: null\nd: ''\n---\n",
     {"a": None, "b": None, "c": None, "d": ""}, ""),
    ("dates stay text", b"---\ndate: 2024-05-01 10:00:00 +0200\n---\n",
     {"date": "2024-05-01 10:00:00 +0200"}, ""),
    ("keys are text", b"---\non: a\n2019: b\n---\n", {"on": "a", "2019": "b"}, ""),
    ("reserved names", b"---\ncontent: a\nhandler: b\nself: c\n---\n",
     {"content": "a", "handler": "b", "self": "c"}, ""),
    ("empty block", b"---\n---\nBody", {}, "Body"),
    ("toml", b'+++\ntitle = "Hi"\nn = 3\ndate = 2024-05-01\n+++\nBody',
     {"title": "Hi", "n": "3", "date": "2024-05-01"}, "Body"),
    ("toml mixed list", b'+++\nx = [1, "a"]\n+++\n', {"x": ["1", "a"]}, ""),
    ("json", b'{\n  "title": "Hi",\n  "n": 1.50\n}\n\nBody', {"title": "Hi", "n": "1.50"}, "Body"),
    ("json on one line", b'{"title": "Hi"}\nBody', {"title": "Hi"}, "Body"),
    ("json with braces", b'{\n"a": {"b": "}"}\n}\nBody', {"a": {"b": "}"}}, "Body"),
    ("BOM", b"\xef\xbb\xbf---\ntitle: Hi\n---\nBody", {"title": "Hi"}, "Body"),
    ("CRLF", b"---\r\ntitle: Hi\r\n---\r\nBody\r\nmore", {"title": "Hi"}, "Body\nmore"),
    ("CR", b"---\rtitle: Hi\r---\rBody", {"title": "Hi"}, "Body"),
    ("UTF-16", "\ufeff---\ntitle: Hü\n---\nBody".encode("utf-16-le"), {"title": "Hü"}, "Body"),
    ("leading blank lines", b"\n\n---\ntitle: Hi\n---\nBody", {"title": "Hi"}, "Body"),
    ("lone surrogate", b'---\ntitle: "a\\ud800b"\n---\n', {"title": "ab"}, ""),
    ("pair of surrogates", b'---\ntitle: "\\ud83d\\ude00"\n---\n', {"title": "\U0001f600"}, ""),
    ("surrogate in JSON", b'{"draft": "\\ud800true"}', {"draft": "true"}, ""),
    ("json by name", b'---json\n{"draft": true}\n---\nBody', {"draft": True}, "Body"),
    ("toml by name", b'---toml\ndraft = true\n---\nBody', {"draft": True}, "Body"),
    ("json in a comment", b'<!--{\n"Title": "A -- b"\n}-->\nBody', {"Title": "A -- b"}, "Body"),
    ("yaml in a comment", b"<!--\ntitle: Hi\n-->\nBody", {"title": "Hi"}, "Body"),
    ("nikola in a comment", b"<!--\n.. title: Hi\n.. slug: a\n-->\n\nBody",
     {"title": "Hi", "slug": "a"}, "Body"),
    ("nikola", b".. title: Hi\n\nBody", {"title": "Hi"}, "Body"),
    ("pelican", b"Title: 'Hi'\nTags: a,\n   b\n\nBody: x",
     {"title": "'Hi'", "tags": "a,\nb"}, "Body: x"),
    ("hexo", b"title: Hi\ntags:\n- a\n---\nBody", {"title": "Hi", "tags": ["a"]}, "Body"),
    ("a colon too many", b"---\ntitle: Howto: Install\ntags: [a]\n---\nBody",
     {"title": "Howto: Install", "tags": ["a"]}, "Body"),
    ("a comment is no header", b"<!-- a comment -->\n\nBody", {}, "<!-- a comment -->\n\nBody"),
    ("prose is no header", b"Note: this is prose", {}, "Note: this is prose"),
    ("yaml by name", b"---yaml\ntitle: Hi\n---\nBody", {"title": "Hi"}, "Body"),
    ("yaml with a comment", b"--- # yaml\ntitle: Hi\n---\nBody", {"title": "Hi"}, "Body"),
    ("two BOMs", b"\xef\xbb\xbf\xef\xbb\xbf---\ntitle: Hi\n---\nBody", {"title": "Hi"}, "Body"),
    ("code first", b"---\ntitle: Hi\n---\n\n    code\n", {"title": "Hi"}, "    code"),
    ("none, code first", b"\n    code\n", {}, "    code"),
    ("none", b"Just text", {}, "Just text"),
    ("a shortcode is no JSON", b"{{< figure >}}", {}, "{{< figure >}}"),
    ("empty", b"", {}, ""),
]  # fmt: skip

REFUSED: list[tuple[str, bytes, str, int, str]] = [
    ("unclosed yaml", b"---\ntitle: Hi\ndraft: true\n", "F010", 1, "---"),
    ("unclosed toml", b"+++\ndraft = true\n", "F010", 1, "+++"),
    ("unclosed json", b'{\n"draft": true,\n', "F010", 2, "not JSON"),
    ("bad indent", b"---\na: b\n  c: d\n---\n", "F011", 3, "not YAML"),
    ("bad toml", b"+++\na = 1\ntitle =\n+++\n", "F011", 3, "not TOML"),
    ("long integer", b"+++\na = " + b"9" * 5000 + b"\n+++\n", "F011", 2, "not TOML"),
    ("bad json", b'{\n"a": x\n}\n', "F011", 2, "not JSON"),
    ("javascript", b"---js\n{ draft: true }\n---\n", "F019", 1, "---js"),
    ("a colon in a mapping of values", b"---\na: {b: c: d}\ndraft: true\n---\n", "F011", 2, "YAML"),
    ("a line that is no value", b"---\na: b: c\nfoo bar\n---\n", "F011", 2, "colon"),
    ("metadata as code", b"import a from 'b'\n\nexport const metadata = {\n", "F019", 3, "export"),
    ("an open comment", b"<!--\n.. title: Hi\n\nBody", "F010", 1, "<!--"),
    ("json in single quotes", b"{'draft': true}\nBody", "F011", 1, "not JSON"),
    ("list", b"---\n- a\n- b\n---\n", "F012", 2, "a list"),
    ("text", b"---\njust text\n---\n", "F012", 2, "text"),
    ("large", b"---\na: " + b"x" * 300_000 + b"\n---\n", "F013", 1, "262,144"),
    ("deep list", b"---\na: 1\nb: " + b"[" * 100 + b"]" * 100 + b"\n---\n", "F014", 3, "deep"),
    ("deep toml", b"+++\na = " + b"[" * 900 + b"]" * 900 + b"\n+++\n", "F014", 2, "deep"),
    ("deep json", b'{"a":' * 100 + b"1" + b"}" * 100, "F014", 1, "deep"),
    ("alias", b"---\na: &x 1\nb: *x\n---\n", "F015", 2, "alias"),
    ("tag", b"---\na: !!python/object/apply:os.system [ls]\n---\n", "F015", 2, "tag"),
    ("own tag", b"---\na: 1\nb: !env X\n---\n", "F015", 3, "tag"),
    ("merge key bomb", b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n", "F015", 2, "alias"),
    ("not UTF-8", b"---\ntitle: caf\xe9\n---\n", "F004", 2, "0xe9"),
    ("list as a key", b"---\n? [a]\n: b\n---\n", "F011", 2, "key"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "mapping", "body"), [row[1:] for row in READ], ids=[r[0] for r in READ]
)
def test_read(raw: bytes, mapping: dict[str, Any], body: str) -> None:
    parsed = parse(raw)
    assert parsed.mapping == mapping
    assert parsed.body == body


@pytest.mark.parametrize(
    ("raw", "code", "line", "text"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused(raw: bytes, code: str, line: int, text: str) -> None:
    with pytest.raises(FileRefused) as caught:
        parse(raw)
    assert caught.value.code == code
    assert caught.value.line == line
    assert text in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("attack", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_deep_nesting_does_not_kill_the_process(attack: str) -> None:
    """libyaml composes recursively: 30,000 levels end its process with SIGSEGV."""
    code = (
        "from feeds.sources.front_matter import parse\n"
        "from feeds.errors import FileRefused\n"
        f"try: parse(b'---\\n' + {attack.encode()!r} * 30000 + b'\\n---\\n')\n"
        "except FileRefused as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout.strip()) == (0, "F014"), done.stderr[-500:]


def test_notes_name_what_was_odd() -> None:
    parsed = parse(b"---\ntitle: a\x08b\ntags: [x]\ntags: [y]\n---\n")
    assert parsed.mapping == {"title": "ab", "tags": ["y"]}
    assert [(note.code, note.line, note.column) for note in parsed.notes] == [
        ("F024", 2, 9),
        ("F016", 4, 1),
    ]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for mark in (b"", b"---\n", b"+++\n", b"{"):
        place = (1, 1)
        try:
            assert isinstance(parse(mark + raw), Parsed)
        except FileRefused as error:
            place = (error.line, error.column)
        assert min(place) >= 1


@given(st.text(max_size=200))
def test_a_broken_file_shows_at_least_its_header(text: str) -> None:
    shown = broken_header(f"---\ndraft: true\n{text}".encode("utf-8", "replace"))
    assert shown.startswith("draft: true")


VALUES = [
    "b", "'c d'", '"d: e # f"', "[a, 'b, c', \"d\"]", "", "\n- f", "\n  - g\n  - 'h'", "\n# j\n- k",
    "~", "null", "[null]", "m: n", "o #p", "q#r", "s:", "t ", "[ ]", "[]", "ü", "'", "- a",
    "[b: c]", "[a b , c.d]", "'a''b'", '"\\n"', "? a", "\n  b", "http://e.org/#a", "@", "{}",
    "a\n\n- b", "x'",
]  # fmt: skip
ODD = st.text("ab0:#-[],'\"~. \\&*!|>?{}/\n\u00a0\ufeff\u0085\u2028\u200dé\t", max_size=6)


def compared(header: str) -> bool:
    """Tell whether a header is simple, after the check that its parser says the same."""
    found = simple_headers.read(header)
    if found is None:
        return False
    parser = YAML(1)
    assert list(parser.load(header).items()) == list(found.items()), header
    assert parser.notes == [], header
    return True


def test_a_simple_header_is_what_its_parser_says() -> None:
    pairs = itertools.product(VALUES, ["a", "b", "b c", "~", "'d'", "ü"], VALUES)
    found = [compared(f"a: {one}\n{key}: {two}\n") for one, key, two in pairs]
    assert sum(found) > 300


@given(ODD, ODD)
def test_an_odd_header_is_read_by_its_parser(one: str, two: str) -> None:
    compared(f"a: {one}\nb: {two}\n")
    compared(f"a:\n- {one}\n- {two}\nb: [{one}, {two}]")


def test_ordinary_headers_are_simple() -> None:
    header = 'title: "A: b"\ndate: 2024-05-01T10:00:00+02:00\ntags: [a, b c]\nx:\n  - d\n  - e\n'
    assert simple_headers.read(header) == {
        "title": "A: b", "date": "2024-05-01T10:00:00+02:00", "tags": ["a", "b c"], "x": ["d", "e"],
    }  # fmt: skip
