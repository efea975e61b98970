"""The linter's pure part: what a text shows, mojibake, and how problems are shown."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from feeds.check.fields import Source
from feeds.check.harms import HARMS
from feeds.check.lint import Linted, lint
from feeds.check.mojibake import diff, repaired, spans
from feeds.check.presentation import chosen, explain, github, table
from feeds.check.prose import prose
from feeds.errors import CODES, SettingsError
from feeds.sources.front_matter import parse


def linted(text: str, **more: Any) -> Linted:
    """Lint a file as the runner does."""
    parsed = parse(text.encode())
    header_end = text.find(parsed.header) + len(parsed.header)
    body_line = text.count("\n", 0, header_end) + 2 if parsed.header else 1
    title, summary = parsed.mapping.get("title"), parsed.mapping.get("description")
    given = {"title": title, "summary": summary, "mdx": False} | more
    return lint(
        Source(
            key="a.md",
            text=text,
            body_line=body_line,
            mapping=parsed.mapping,
            header=parsed.header,
            header_line=parsed.header_line,
            **given,
        )
    )


def places(text: str, **more: Any) -> list[tuple[str, int, int]]:
    return [(p.code, p.line, p.column) for p in linted(text, **more).problems]


HEAD = "---\ntitle: A\n---\n"  # the body begins on line 4

BODIES: list[tuple[str, str, list[tuple[str, int, int]]]] = [
    ("clean", "Text with [a link](b.md), ![a cat](c.png) and <b>bold</b>.", []),
    ("image without text", "a\n\nx ![](c.png)", [("F044", 6, 3)]),
    ("image of blanks, by reference", "![ ][c]", [("F044", 4, 1)]),
    ("image whose text is code", "![`ls`](c.png)", []),
    ("img without alt", 'a <img src="c.png">', [("F044", 4, 3)]),
    ("alt left empty on purpose", '<img src="c.png" alt="">', []),
    ("alt without a value", "<img src=c.png alt>", []),
    ("JSX with spread attributes", "<img {...props} />", []),
    ("a component is no img", '<Img src="c.png" />', []),
    ("a shortcode is no img", '{{<img src="c.png">}}', []),
    ("javascript in Markdown", "see [x](javascript:alert(1))", [("F045", 4, 9)]),
    ("in upper case", "[x](JaVaScRiPt:alert(1))", [("F045", 4, 5)]),
    ("with a tab", '<a href="java\tscript:alert(1)">x</a>', [("F045", 4, 10)]),
    ("with entities", "[x](&#106;avascript&colon;alert(1))", [("F045", 4, 5)]),
    ("with a control character", '<a href="\x01javascript:alert(1)">', [("F045", 4, 10)]),
    ("with a backslash", "[x](javascript\\:alert(1))", [("F045", 4, 5)]),
    ("in angle brackets", "[x](<javascript:alert(1) >)", [("F045", 4, 6)]),
    ("as an autolink", "<javascript:alert(1)>", [("F045", 4, 2)]),
    ("as a definition", "[x]\n\n[x]: javascript:alert(1)", [("F045", 6, 6)]),
    ("as an image", "![a](vbscript:x)", [("F045", 4, 6)]),
    ("in a form", '<button formaction="javascript:x">', [("F045", 4, 21)]),
    ("data with HTML", "[x](data:text/html;base64,PHg+)", [("F045", 4, 5)]),
    ("data with SVG", "[x](data:image/svg+xml,x)", [("F045", 4, 5)]),
    ("data with XHTML", "[x](data:application/xhtml+xml,x)", [("F045", 4, 5)]),
    ("data with a script", "[x](data:application/javascript,x)", [("F045", 4, 5)]),
    ("a picture of data", "![a](data:image/svg+xml,x) ![a](data:image/png;base64,x)", []),
    ("plain data", "[x](data:text/plain,x)", []),
    ("the word alone", "javascript: a language; [JavaScript: a book](/js/)", []),
    ("a script", "a\n<script>if (a<b) '<form>'</script>", [("F046", 5, 1)]),
    ("data in a script element", '<script type="application/ld+json">{}</script>', []),
    ("a frame", '<iframe src="https://x.example/"></iframe>', [("F046", 4, 1)]),
    ("a form", "<FORM>", [("F046", 4, 1)]),
    ("object and embed", "<object></object><embed>", [("F046", 4, 1), ("F046", 4, 18)]),
    ("a handler", '<img src=x alt="" onerror="x()">', [("F046", 4, 28)]),
    ("a handler of a component", "<Button onClick={x}>", []),
    ("two names that begin alike", '<b data-on="x" one="x">', []),
    ("mojibake", "Don’t\nDonâ€™t do Ã© it", [("F049", 5, 4)]),
    ("in a fence", "```html\n<script>\n![](x)\nâ€™\n```", []),
    ("in a fence in a list", "- a\n\n  ~~~\n  <script>\n  ~~~", []),
    ("in a fence in a quotation", "> ```\n> ![](x)\n> ```", []),
    ("in a longer fence", "````\n```\n<form>\n```\n````", []),
    ("a fence that never ends", "```\n![](x)", []),
    ("in inline code", "`![](x)` and ``<form>` <form>``", []),
    ("no code over a blank line", "a ` b\n\n![](x) ` c", [("F044", 6, 1)]),
    ("at the start of a paragraph", "`code` and ![](x)", [("F044", 4, 12)]),
    ("an escaped backtick", r"\` ![](x) `", [("F044", 4, 4)]),
    ("in indented code", "a\n\n    ![](x)\n\n    <form>\n\nb ![](x)", [("F044", 10, 3)]),
    ("in a tab", "a\n\n\t![](x)", []),
    ("a paragraph of a list", "- a\n\n    ![](x)", [("F044", 6, 5)]),
    ("code in a list", "- a\n\n        ![](x)", []),
    ("HTML that is indented", "<div>\n\n    <form>\n</div>", [("F046", 6, 5)]),
    ("in pre", "<pre>\n![](x)\n\n<form></pre>", []),
    ("in code", "<code>![](x)</code>", []),
    ("in a comment", "<!-- ![](x)\n\n<form> -->", []),
    ("in a comment of MDX", "{/* ![](x) */}", []),
    ("in a highlighted block", "{% highlight html %}\n<form>\n{% endhighlight %}", []),
    ("in a highlighting shortcode", "{{< highlight html >}}<form>{{< /highlight >}}", []),
]  # fmt: skip

FIELDS: list[tuple[str, str, list[tuple[str, int, int]]]] = [
    ("clean", "title: A\nauthor: Ada", []),
    ("Liquid", 'a: b\ntitle: "{{ page.title }}"', [("F034", 3, 8)]),
    ("in a list", "tags:\n- a\n- <% tp.file.title %>", [("F034", 2, 6)]),
    ("JavaScript", "title: Hello ${name}", [("F034", 2, 8)]),
    ("a tag", "title: a {% if x %}", [("F034", 2, 8)]),
    ("as code in a title", "title: How `{{ content }}` works", []),
    ("computed by Eleventy", "eleventyComputed:\n  title: '{{ a }}'", []),
    ("an address", "author: Ada <ada@example.org>", [("F035", 2, 14)]),
    ("deep in comments", "comments:\n- {name: B, author_email: b@example.org}", [("F035", 3, 27)]),
    ("an address in a text", "description: write to a@example.org", []),
    ("an account", "author: '@ada@social.example'", []),
    ("a URL", "author: https://social.example/@ada", []),
    ("entities", "title: Don&#8217;t &amp; more", [("F036", 2, 11)]),
    ("an ampersand", "title: A&B; C & D &nosuch; AT&T", []),
    ("a long summary", "description: " + "a " * 300, [("F047", 2, 14)]),
    ("a summary", "description: " + "a" * 500, []),
    ("mojibake", "title: SÃ£o Paulo", [("F049", 2, 9)]),
]


CASES = [
    *(pytest.param(HEAD + text, expected, id=name) for name, text, expected in BODIES),
    *(
        pytest.param(f"---\n{text}\n---\nText\n", expected, id=name)
        for name, text, expected in FIELDS
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_problems(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(text) == expected


def test_indentation_is_no_code_in_mdx() -> None:
    assert places(HEAD + "a\n\n    ![](x)", mdx=True) == [("F044", 6, 5)]


def test_an_address_is_not_repeated() -> None:
    (problem,) = linted("---\nauthor: Ada <ada@example.org>\n---\n").problems
    assert "ada@" not in problem.message + problem.hint


def test_a_title_from_the_heading_is_looked_at() -> None:
    assert places("---\ndate: 2024-05-01\n---\n# A &amp; B\n", title="A &amp; B") == [
        ("F036", 2, 1)
    ]


def test_much_mojibake_is_counted() -> None:
    problems = linted(HEAD + "donâ€™t\n" * 50).problems
    assert len(problems) == 20
    assert "30 more lines" in problems[-1].message


MENTIONS: list[tuple[str, list[tuple[str, str, int, int]]]] = [
    ("[a](b.md) ![c](d.png)", [("link", "b.md", 4, 5), ("image", "d.png", 4, 16)]),
    ("[![a](b.png)](/c/)", [("image", "b.png", 4, 7), ("link", "/c/", 4, 15)]),
    ("[a]( <b c.md> 'title')", [("link", "b c.md", 4, 7)]),
    ("[a](b_(c).md 'x')", [("link", "b_(c).md", 4, 5)]),
    ("[a][b]\n\n[b]: ../c.md 'x'\n[d]: e.png",
     [("link", "../c.md", 6, 6), ("image", "e.png", 7, 6)]),
    ("<a href='x.md'><img src=/i.png alt=''></a>",
     [("link", "x.md", 4, 10), ("image", "/i.png", 4, 25)]),
    ("[a](https://example.org/b) ![c](https://example.org/d.png)",
     [("link", "https://example.org/b", 4, 5)]),
    ("<https://example.org/>", [("link", "https://example.org/", 4, 2)]),
    ("[a](#b) [c](mailto:a@b.c) [d](tel:1) [e]({{ url }}) [f]() <x:y>", []),
    ("[^1]: note\n`[a](b)`", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MENTIONS)
def test_mentions(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    found = linted(HEAD + text).mentions
    assert [(m.kind, m.name, m.line, m.column) for m in found] == expected


PIECES = st.sampled_from(
    ["`", "``", "```", "~~~", "\n", "\n\n", "    ", "\t", "- ", "> ", "<pre>", "</pre>", "<!--",
     "-->", "<script>", "</script>", "{/*", "*/}", "![](x)", "](", "[", ")", "<img ", ">", '"',
     "'", "{", "}", "a", " ", "\\", "é", "Ã©", "{% raw %}", "{% endraw %}", "x:", "&#106;"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_blanked_code_leaves_all_else_in_its_place(text: str) -> None:
    blanked = prose(text)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    assert [i for i, c in enumerate(text) if c == "\n"] == [
        i for i, c in enumerate(blanked) if c == "\n"
    ]
    found = linted(HEAD + text)
    lines = (HEAD + text).split("\n")
    for thing in (*found.problems, *found.mentions):
        assert 1 <= thing.column <= len(lines[thing.line - 1]) + 1


HOSTILE = (
    "`", "` `` ", "```\n", "\\```\n", "~~~\n", "[", "![", "](", "](<", "](a(", "<a ", '<a "',
    "<a '", "<!--", "<pre>", "{/*", "{%", "&", "<x:", "[a]:", "\n    ", "\\", "é", "Ã", "Â ", "Ã©",
    "Ã© ", "Ã©\n", "{{<", "${", "@a", "a\n\n    b\n", "~~~~", "- ", "[[]", "[a](", "<a b='c' ",
    "{% raw %}", "<pre", "<script",
)  # fmt: skip


@pytest.mark.parametrize("piece", [*HOSTILE, " ".join("`" * n for n in range(1, 400))])
def test_hostile_text_does_not_stop_the_linter(piece: str) -> None:
    """What takes time by the square of its length would take minutes here."""
    begun = time.process_time()
    linted(HEAD + piece * max(100_000 // len(piece), 1))
    assert time.process_time() - begun < 10


SENTENCES = """
Déjà vu à Paris, l’été où l’on mangea des crêpes — « délicieux » !
Straße, Grüße, Übung, „Zitat“ und größer
Zażółć gęślą jaźń, się ł ó
Çok güzel bir gün, İstanbul’da ığdır şöyle
Příliš žluťoučký kůň úpěl ďábelské ódy
Tiếng Việt rất đẹp, cơm phở ngon quá
Привет, мир! Как дела? Ёлка
Це український текст із її іменем
Καλημέρα κόσμε, τι κάνεις;
你好，世界。今天天气很好
こんにちは世界。カタカナ
안녕하세요 세계
مرحبا بالعالم
שלום עולם
हिन्दी में पाठ
ภาษาไทย
“quotes” and it’s… – dash — €5 ™ © 20°C ½ × ÷
Emoji 😀 🎉 ❤️ ok 👩‍💻
São Paulo, amanhã, coração, MANHÃ, À, Â
pâine, București, țară, și
Ångström, blåbær, Ærø, smörgåsbord
ñandú ESPAÑA ¿qué? ¡Sí!
ÁÉÍÓÖŐÚÜŰ árvíztűrő tükörfúrógép
Þetta er íslenska ð Ðe
""".strip().splitlines()

CORRECT = [
    *SENTENCES,
    "MANH\u00c3 DE SOL, \u201cMANH\u00c3\u201d, MANH\u00c3\u2026 MANH\u00c3\u00bb",
    "MANH\u00c3\u2019S MANH\u00c3\u00a0\u00bb",
    "a letra \u00c2 é um A, \u00e0 também, \u201c\u00c3\u201d e \u2018\u00c3\u2019",
    "\u201cULUDA\u011e\u201d \u201cULUDA\u011e\u201dın \u201cKARDE\u015e\u201din",
    "\u201e\u00c4\u201c \u201eJ\u00c4\u201c \u201cCAF\u00c9\u201d",
    "CAF\u00c9\u2026 Spa\u00df\u201d Fu\u00df\u2026",
    "\u00ab n\u00e9\u2019\u201d caf\u00e9\u201d\u2026 o\u00f9\u00a0? \u00e0\u00a0!",
    "l\u00e0\u00a0\u00bb na\u00efve\u2026",
    "\u201crom\u00e2\u201d\u2026 \u201eM\u00e2\u2026\u201d p\u00e2\u2122 \u00e2",
    "ВІН, МІНІМІЗАЦІЯ, РІЗНІ, ООО «ВІТА»В, РОССИЯ№1, МАГАЗИН«ВОСТОК»",
    "x = √2 ± √x, x√±y, a ≠ b, b√∂f/∂x",
    "(T•Ø•R•Ü•S) Š€ š™ ž© a° b²",
    "¯\\_(ツ)_/¯ (´･ω･`) ಠ_ಠ ┌──┐│x│└──┘ ═══",
    "a\xa0b soft\xadhyphen zero\u200bwidth \ufeff",
]


def misread(text: str, encoding: str, times: int) -> str:
    """Read UTF-8 as a browser would with a wrong charset."""
    for _ in range(times):
        text = "".join(
            chr(byte) if (character := bytes([byte]).decode(encoding, "replace")) == "\ufffd"
            else character
            for byte in text.encode()
        )  # fmt: skip
    return text


def fixed(text: str) -> str:
    return repaired(text.encode()).decode()


@pytest.mark.parametrize("text", CORRECT)
def test_correct_text_has_no_mojibake(text: str) -> None:
    assert spans(text) == []
    assert fixed(text) == text


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True),
    st.sampled_from(["windows-1252", "windows-1254", "latin-1"]),
    st.sampled_from([1, 2]),
    st.sampled_from([" ", "\n", "\r\n"]),
)
@example(SENTENCES, "windows-1252", 2, "\n")
@example(SENTENCES, "windows-1254", 2, "\n")
@settings(max_examples=300, deadline=None)
def test_mojibake_is_repaired(chosen: list[str], encoding: str, times: int, end: str) -> None:
    text = end.join(chosen)
    assert fixed(misread(text, encoding, times)) == text


SPANS = [
    ("Donâ€™t", [(3, "â€™", "’")]),
    ("« É » puis dÃ©jÃ\xa0 vu", [(12, "Ã©", "é"), (15, "Ã\xa0", "à")]),
    ("voilÃ le travail", [(4, "Ã", "à")]),
    ("word.Â Next", [(5, "Â ", "\xa0")]),
    ("20Â°C, 3 Ã— 4", [(2, "Â°", "°"), (9, "Ã—", "×")]),
    ("ï»¿Hello", [(0, "ï»¿", "\ufeff")]),
    ("Wordâ„¢", [(4, "â„¢", "™")]),
    ("ÃƒÂ©tÃƒÂ©", [(0, "ÃƒÂ©", "é"), (5, "ÃƒÂ©", "é")]),
    ("“MANHÃ”\nitâ€™s\nÃ\xa0 la", [(10, "â€™", "’"), (15, "Ã\xa0", "à")]),
    ("\u201cMANH\u00c3\u201d â€™ x", [(8, "â€™", "’")]),
    ("\u201cCAF\u00c9\u201d wird â€™ benutzt", [(12, "â€™", "’")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SPANS)
def test_spans_are_the_smallest(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert [(span.start, span.found, span.repaired) for span in spans(text)] == expected
    assert all(text[span.start : span.end] == span.found for span in spans(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\ufeff---\r\ntitle: Ã©tÃ©\r\n---\r\n\r\nDonâ€™t\r\n",
         "\ufeff---\r\ntitle: été\r\n---\r\n\r\nDon’t\r\n"),
        ("a â€™\rb\n", "a ’\rb\n"),
        ("---\na:\n\n    b: â€™\n---\n\n    â€™\n", "---\na:\n\n    b: ’\n---\n\n    â€™\n"),
        ("`â€™`\r\n\r\n```\r\nâ€™\r\n```\r\nitâ€™s", "`â€™`\r\n\r\n```\r\nâ€™\r\n```\r\nit’s"),
        ("plain", "plain"),
    ],
)  # fmt: skip
def test_files_are_repaired_byte_for_byte(old: str, new: str) -> None:
    assert repaired(old.encode()) == new.encode()


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@example(b"caf\xe9 \xc3\xa9")
@settings(deadline=None)
def test_any_bytes_can_be_asked_about(raw: bytes) -> None:
    assert repaired(raw).count(b"\n") == raw.count(b"\n")
    assert b"\xe9 " not in raw or repaired(raw) == raw


def test_a_diff_shows_the_changed_lines() -> None:
    old, new = "a\r\nitâ€™s\r\nb".encode(), "a\r\nit’s\r\nb".encode()
    assert diff("x.md", old, new) == "--- a/x.md\n+++ b/x.md\n@@ -2 +2 @@\n-itâ€™s\n+it’s\n"
    assert diff("x.md", old, old) == ""


def test_ftfy_is_not_imported_for_correct_text() -> None:
    code = (
        "import sys; from feeds.check.mojibake import spans;"
        "assert not spans('“Déjà vu” — l’été, à Paris… São MANHÃ.');"
        "assert 'ftfy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_code_is_explained() -> None:
    assert HARMS.keys() == CODES.keys()
    for code, text in HARMS.items():
        sentences = re.findall(r"[.?!](?=\s|$)", re.sub(r"`[^`]*`", "x", text))
        assert 2 <= len(sentences) <= 4, code
        assert explain(code.lower()).startswith(f"{code} ({CODES[code][0]}): {CODES[code][1]}\n\n")


def problem(code: str, path: str = "content/a/b.md") -> dict[str, Any]:
    return {"path": path, "line": 3, "column": 7, "severity": CODES[code][0], "code": code,
            "message": "what", "hint": "how"}  # fmt: skip


ALL = ("F012", "F020", "F034", "F035", "F044")
CHOICES: list[tuple[Any, Any, Any, str]] = [
    ((), (), {}, "F012 F020 F034 F035 F044"),
    (("F03",), (), {}, "F034 F035"),
    (("f020", "F04"), (), {}, "F020 F044"),
    ((), ("F03",), {}, "F012 F020 F044"),
    (("F03",), ("F035",), {}, "F034"),
    (("F035",), ("F03",), {}, "F035"),
    (("F03",), ("F03",), {}, ""),
    ((), (), {"content/a/*": ("F03", "F044")}, "F012 F020"),
    ((), (), {"b.md": ("F0",)}, ""),
    ((), (), {"a/*.md": ("F012",)}, "F020 F034 F035 F044"),
    ((), (), {"content/c/*": ("F0",)}, "F012 F020 F034 F035 F044"),
]


@pytest.mark.parametrize(("select", "ignore", "per_file", "expected"), CHOICES)
def test_choices(select: Any, ignore: Any, per_file: Any, expected: str) -> None:
    found = chosen([problem(code) for code in ALL], select, ignore, per_file)
    assert " ".join(item["code"] for item in found) == expected


@pytest.mark.parametrize(
    ("select", "ignore", "per_file"),
    [(("F99",), (), {}), ((), ("E501",), {}), ((), (), {"*": ("F0200",)}), (("",), (), {})],
)
def test_unknown_codes(select: Any, ignore: Any, per_file: Any) -> None:
    with pytest.raises(SettingsError, match=r"the nearest is F\d\d\d"):
        chosen([], select, ignore, per_file)


def test_all_unknown_codes_are_named() -> None:
    with pytest.raises(SettingsError) as raised:
        chosen([], ("F020", "F021x"), ("X",), {})
    assert len(str(raised.value).splitlines()) == 2
    assert '"F021x" is no code of a problem; the nearest is F021' in str(raised.value)
    with pytest.raises(SettingsError):
        explain("F999")


def test_annotations() -> None:
    given = problem("F020", "a, b:c.md") | {"message": "100% wrong:\r\nx, y", "hint": ""}
    assert github(given) == (
        "::error file=a%2C b%3Ac.md,line=3,col=7,title=F020::100%25 wrong:%0D%0Ax, y"
    )
    assert github(problem("F044")).startswith("::notice file=content/a/b.md,")
    assert github(problem("F035")).endswith("title=F035::what%0Ahow")


def test_outcomes_add_up() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(
        table(
            {"published": 12, "hidden": 3, "undated": 0, "not a post": 4, "refused": 2, "kept": 1}
        )
    )
    text = console.export_text()
    assert re.search(r"(?m)^total +21", text)
    assert "the last good entry of 1 stays" in text
    assert "stays" not in str(list(table({"published": 1}).columns[2].cells))
