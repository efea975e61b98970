"""What a post's text becomes: the whole of it, safe, with absolute links, in each of the feeds.

Every table below is one post for each row, all in one site that is served once. XML is read back
with lxml and feedparser, JSON Feed with json; bodies with lxml.html.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import feedparser
import pytest
from conftest import URL, Server, Site, post
from lxml import etree
from lxml.html import HtmlElement, fromstring

FEEDS = ("/feed.xml", "/atom.xml", "/feed.json")
CONTENT = {
    "/feed.xml": ("//item", "link", "{http://purl.org/rss/1.0/modules/content/}encoded"),
    "/atom.xml": ("//{*}entry", "{*}link[@rel='alternate']", "{*}content"),
}
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SCHEMES = ("http", "https", "mailto", "tel")


@dataclass(frozen=True)
class Body:
    """A Markdown text, XPaths that must find something in its HTML, and text that must be there."""

    name: str
    source: str
    has: tuple[str, ...] = ()
    text: str = ""
    never: str = ""


FENCE = '```python\nif a < b and c > d:\n    print("<script>&amp;")\n```'
FOOT = "First.[^1] Second.[^long]\n\n[^1]: Note one.\n[^long]: Note two."
FEATURES = [
    Body(
        "table",
        "| Name | Size |\n|:--|--:|\n| *one* | 1 |\n| a \\| b | 2 |",
        ("//table//th[.='Name']", "//td/em[.='one']", "//td[.='a | b']", "//td[.='2']"),
    ),
    Body("fence", FENCE, ("//pre//code",), 'if a < b and c > d:\n    print("<script>&amp;")'),
    Body("tildes", "~~~\n# no heading\n~~~", ("//pre//code[contains(., '# no heading')]",)),
    Body("indented", "Text:\n\n    <b>a</b>", ("//pre//code[contains(., '<b>a</b>')]",)),
    Body("indented-first", "    <b>code</b>", ("//pre//code[contains(., '<b>code</b>')]",)),
    Body("foot-one", FOOT, ("//sup//a", "//li[contains(., 'Note two.')]"), never="[^"),
    Body("foot-two", FOOT, ("//sup//a", "//li[contains(., 'Note one.')]"), never="[^"),
    Body("terms", "Word\n:   What it means.", ("//dl/dt[.='Word']", "//dl/dd")),
    Body(
        "attributes",
        '## Head {#own}\n\nText.\n{: title="t"}',
        ("//h2", "//p[@title='t']"),
        never="{",
    ),
    Body("link-attributes", '[a](/b){: title="t"}', ("//a[@title='t']",), never="{:"),
    Body("tasks", "- [x] done\n- [ ] open", ("//li[contains(., 'done')]",), never="[x]"),
    Body("struck", "~~gone~~ here", ("//del[.='gone']|//s[.='gone']",), never="~~"),
    Body(
        "bare", "At https://example.net/a?b=1&c=2.", ("//a[@href='https://example.net/a?b=1&c=2']",)
    ),
    Body("angled", "See <https://example.net/x>.", ("//a[@href='https://example.net/x']",)),
    Body("nested", "> **bold [link](/x) *and* more**", ("//blockquote//strong//a", "//em")),
    Body("emoji", "## Fish 🐟 and 👩‍👩‍👧\n\nText.", ("//h2",), "Fish 🐟 and 👩‍👩‍👧"),
    Body("entities", "a&nbsp;b &copy; &eacute; &hellip; AT&T R&D", text="a\xa0b © é … AT&T R&D"),
    Body("unknown-entity", "x &bogus; & y &#x; &;", text="&bogus; & y"),
    Body("controls", "a\x01\x08\x0b\x0c\x1b\ufffe\uffffb", text="ab"),
    Body("stash", "a\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03b", text="wzxhzdk:0"),
    Body("references", "a&#8;&#x0B;&#xFFFE;&#xFFFF;&#xD800;&#0;&#x110000;b"),
    Body("cdata-end", "a ]]> b <![CDATA[ c ]]> d ]]&gt; e", text="a ]]> b"),
    Body("comment", "one <!-- hidden-comment --> two", text="two", never="hidden-comment"),
    Body("unclosed", "<b>bold <i>both</b> end <p> stray </div> last", text="last"),
    Body("signs", "Zero\u200dwidth no\u00adbreak \u202eRTL", text="Zero\u200dwidth"),
    Body("raw-inline", "H<sub>2</sub>O <kbd>Ctrl</kbd> <mark>m</mark>", ("//sub", "//kbd")),
    Body("raw-block", "<details><summary>More</summary>\n\nText.\n\n</details>", text="More"),
    Body("figure", '<figure><img src="/a" alt="A"><figcaption>C</figcaption></figure>', ("//img",)),
]
BASE = f"{URL}notes/NAME/"  # NAME: the post's own name
# As written, as served; relative ones against the post's own URL.
LINKS = [
    ("photo.jpg", BASE + "photo.jpg"),
    ("./photo.jpg", BASE + "photo.jpg"),
    ("../other/", URL + "notes/other/"),
    ("../../top/", URL + "top/"),
    ("../../../../far/", URL + "far/"),
    ("a/b/c.png", BASE + "a/b/c.png"),
    ("/img/a.png", URL + "img/a.png"),
    ("/img/a.png?x=1&y=2#z", URL + "img/a.png?x=1&y=2#z"),
    ("//cdn.example.net/a.png", "https://cdn.example.net/a.png"),
    ("?page=2", BASE + "?page=2"),
    ("#part", BASE + "#part"),
    ("https://example.net/a.png", "https://example.net/a.png"),
    ("http://example.net/a.png", "http://example.net/a.png"),
]
SOURCES = [
    ("a.jpg 1x, b.jpg 2x", f"{BASE}a.jpg 1x, {BASE}b.jpg 2x"),
    ("/a.jpg 480w,../b.jpg 800w", f"{URL}a.jpg 480w, {URL}notes/b.jpg 800w"),
    ("a,b.jpg 1x, c.jpg", f"{BASE}a,b.jpg 1x, {BASE}c.jpg"),
    (
        "  //cdn.example.net/a,w_200.jpg   200w ,\n b.jpg 1.5x ",
        f"https://cdn.example.net/a,w_200.jpg 200w, {BASE}b.jpg 1.5x",
    ),
    ("?w=1,2 1x", f"{BASE}?w=1,2 1x"),
]
UNSAFE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\n>",
    "<style>p{background:url(javascript:alert(1))}</style>",
    '<iframe src="https://evil.example/"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<img src=x onerror=alert(1)>",
    "<img src=x\nOnError\n=\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    '<p onclick="alert(1)" onmouseover=alert(1)>hover</p>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href=" JaVaScRiPt:alert(1)">a</a>',
    '<a href="java\tscript:alert(1)">a</a>',
    '<a href="java&#10;script:alert(1)">a</a>',
    '<a href="&#106;&#x61;vascript&colon;alert(1)">a</a>',
    '<a href="\x01javascript:alert(1)">a</a>',
    '<a href="&#1;javascript:alert(1)">a</a>',
    '<a href="javascript&#58;alert(1)" xlink:href="javascript:alert(1)">a</a>',
    '<a href="vbscript:msgbox(1)">a</a>',
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>',
    '<a href="DATA:image/svg+xml,<svg onload=alert(1)>">a</a>',
    '<img src="javascript:alert(1)">',
    '<img src="data:text/html,x" srcset="javascript:alert(1) 1x, vbscript:x 2x">',
    '<video poster="javascript:alert(1)" src="vbscript:x" autoplay onplay=alert(1)></video>',
    '<svg onload="alert(1)"><script>alert(1)</script><a xlink:href="javascript:x">t</a></svg>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<form action="javascript:alert(1)"><input name=a><button formaction="javascript:x">b</form>',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    '<base href="https://evil.example/"><a href="x">relative</a>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<p style="background:url(javascript:alert(1));position:fixed">styled</p>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<template><img src=x onerror=alert(1)></template>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=x&gt;'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a](JAVASCRIPT:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "![a](javascript:alert(1))",
    "[a][r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)>",
    '[a](/b){: onclick="alert(1)" style="position:fixed" }',
    "## head {: onmouseover=alert(1) }",
    '[a](/b "x\\" onclick=alert(1) y=\\"")',
    "[a](http://[bad) and ![b](//[::1/x) <a href='http://[x'>bad</a> <a href='https://e:x/'>p</a>",
]
TITLE = 'AT&T <b> "x" ]]> 🎉'
TITLES = [
    TITLE,
    "a < b > c & d",
    "<script>alert(1)</script>",
    "C++ & C# 'quoted'",
    "R&D; Q&A",
    "]]>",
    "ends with \\",
]
DIRTY = "a\x00b\x08c\x0ed\x1be\ufffef\uffffg\ud800h\udfffi"
LINK_POST = """![i](LINK) [a](LINK) <img src="LINK"> <a href="LINK">x</a>

<video src="LINK" poster="LINK"><source src="LINK"></video>

<audio src="LINK"></audio>
"""
SOURCE_POST = '<picture><source srcset="LINK"><img src="x.png" srcset="LINK" alt="a"></picture>\n'
SCRIPTED = """{
"title": "Scripted", "date": "2024-01-05", "image": "javascript:frontmatter()",
"cover": "vbscript:frontmatter()", "author": {"name": "Ada", "url": "javascript:frontmatter()"},
"enclosure": {"url": "javascript:frontmatter()", "type": "audio/mpeg", "length": 5}
}

Text.
"""
MOVED = '---\ntitle: Moved\ndate: 2024-01-04\nurl: "javascript:frontmatter()"\n---\n\nText.\n'


def all_posts() -> Iterator[tuple[str, str]]:
    """Return name and source of every post."""
    for body in FEATURES:
        yield body.name, post(body.name, body=body.source)
    for number, (written, _) in enumerate(LINKS):
        yield f"link-{number}", post("Link", body=LINK_POST.replace("LINK", written))
    for number, (written, _) in enumerate(SOURCES):
        yield f"srcset-{number}", post("Sources", body=SOURCE_POST.replace("LINK", written))
    for number, source in enumerate(UNSAFE):
        yield f"unsafe-{number}", post("Unsafe", body=f"Before.\n\n{source}\n\nAfter.")
    for number, title in enumerate(TITLES):
        yield f"title-{number}", post(title)
    dirty = {"title": DIRTY, "date": "2024-05-01", "description": DIRTY, "author": DIRTY}
    dirty |= {"tags": DIRTY, "image": f"/{DIRTY}.png"}
    yield "dirty", json.dumps(dirty, indent=1) + "\n\nText.\n"
    yield "scripted", SCRIPTED
    yield "moved", MOVED


@pytest.fixture(scope="module")
def server(module_site: Site) -> Iterator[Server]:
    """Serve every post of the tables, all of them in each feed."""
    module_site.settings(f'[site]\nurl = "{URL}"\ntitle = "Example"\n[feeds]\nentries = 500\n')
    for name, source in all_posts():
        module_site.write(f"notes/{name}.md", source)
    with module_site.live() as running:
        yield running


Contents = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def contents(server: Server) -> Contents:
    """Return the HTML of each post's content by feed and post's name, as it was at first."""
    return {path: read(server, path) for path in FEEDS}


def read(server: Server, path: str) -> dict[str, str]:
    """Return the HTML content by post's name: the text that a reader hands to its HTML parser."""
    answer = server.get(path)
    if path == "/feed.json":
        return {named(item["url"]): item["content_html"] for item in answer.json["items"]}
    items, link, content = CONTENT[path]
    found = {}
    for item in etree.fromstring(answer.body).iterfind("." + items):
        address = item.find(link)
        element = item.find(content)
        if element is None and path == "/feed.xml":  # RSS 2.0: a description may be the whole text
            element = item.find("description")
        assert address is not None
        assert element is not None
        assert path == "/feed.xml" or element.get("type") == "html"
        found[named(address.get("href") or address.text or "")] = element.text or ""
    return found


def named(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def tree(contents: Contents, path: str, name: str) -> HtmlElement:
    return fromstring(f"<div>{contents[path][name]}</div>")


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("body", FEATURES, ids=lambda body: body.name)
def test_the_whole_text_is_in_each_feed(contents: Contents, body: Body, path: str) -> None:
    """Each feature of the Markdown is HTML in the full content; nothing of its syntax is left."""
    root = tree(contents, path, body.name)
    for query in body.has:
        assert root.xpath(query), (query, contents[path][body.name])
    assert body.text in root.text_content()
    assert not body.never or body.never not in contents[path][body.name]


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml"])
def test_feedparser_reads_the_same(server: Server, contents: Contents, path: str) -> None:
    """A parser that readers use finds the feed well-formed, with a content for each entry."""
    parsed = feedparser.parse(server.get(path).body)
    assert not parsed.bozo
    assert {named(entry.link) for entry in parsed.entries} == set(contents["/feed.json"])
    texts = [
        entry.get("content", [{"value": entry.summary}])[0]["value"] for entry in parsed.entries
    ]
    assert sum("<table>" in text for text in texts) >= 1


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml"])
def test_formats_agree(contents: Contents, path: str) -> None:
    """The three feeds carry the same HTML."""
    assert contents[path] == contents["/feed.json"]


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("number", range(len(LINKS)))
def test_links_are_absolute(contents: Contents, number: int, path: str) -> None:
    """Every href, src and poster is absolute against the post's own URL."""
    name = f"link-{number}"
    wanted = LINKS[number][1].replace("NAME", name)
    root = tree(contents, path, name)
    assert {str(value) for value in root.xpath("//@href|//@src|//@poster")} == {wanted}
    for query in ("//img/@src", "//a/@href", "//video/@src", "//video/@poster", "//source/@src"):
        assert root.xpath(query), query
    assert len(root.xpath("//img/@src")) == len(root.xpath("//a/@href")) == 2
    assert root.xpath("//audio/@src")


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("number", range(len(SOURCES)))
def test_srcset_is_absolute(contents: Contents, number: int, path: str) -> None:
    """Each candidate of a srcset is absolute; descriptors, and commas inside of an URL, stay."""
    name = f"srcset-{number}"
    wanted = str(SOURCES[number][1]).replace("NAME", name)
    root = tree(contents, path, name)
    found = [re.sub(r",\s*(?=https?:)", ", ", value) for value in root.xpath("//@srcset")]
    assert found == [wanted, wanted]


def assert_safe(root: HtmlElement) -> None:
    """Assert that no element, attribute or address in `root` runs or loads foreign code."""
    unsafe = "script style iframe object embed form base meta link noscript template svg math"
    for element in root.iter():
        assert isinstance(element.tag, str), "a comment or processing instruction"
        assert element.tag.lower() not in unsafe.split()
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert name.lower() not in ("style", "srcdoc")
            if name in ("href", "src", "poster", "cite", "action", "formaction", "xlink:href"):
                assert_absolute(value)
            if name == "srcset":
                for candidate in filter(str.strip, value.split(", ")):
                    assert_absolute(candidate.split()[0])


def assert_absolute(url: str) -> None:
    """Assert that `url` has one of the harmless schemes, and a host where its scheme has one."""
    plain = re.sub(r"[\x00-\x20]", "", html.unescape(url)).lower()
    assert plain.startswith(tuple(f"{scheme}:" for scheme in SCHEMES)), url
    assert plain.startswith(("mailto:", "tel:")) or re.match(r"https?://[^/]", plain), url


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("number", range(len(UNSAFE)))
def test_unsafe_html_is_removed(contents: Contents, number: int, path: str) -> None:
    """Scripts, styles, frames, handlers and script links go; the text before them stays."""
    root = tree(contents, path, f"unsafe-{number}")
    assert_safe(root)
    assert "Before." in root.text_content()
    assert "evil.example" not in " ".join(str(value) for value in root.xpath("//@*"))


@pytest.mark.parametrize("path", FEEDS)
def test_every_post_is_safe(contents: Contents, path: str) -> None:
    """No body of the site, whatever table it is from, carries code or a relative address."""
    assert len(contents[path]) >= len(list(all_posts())) - 1  # `moved` may be refused
    for name in contents[path]:
        assert_safe(tree(contents, path, name))


@pytest.mark.parametrize("path", [*FEEDS, "/sitemap.xml", "/"])
def test_script_links_of_the_front_matter_are_dropped(server: Server, path: str) -> None:
    """`javascript:` as image, author's page, enclosure or URL is in no document."""
    assert "frontmatter()" not in server.get(path).text


@pytest.mark.parametrize("path", FEEDS)
def test_no_forbidden_character(server: Server, contents: Contents, path: str) -> None:
    """Characters that XML 1.0 forbids are removed from every field, in JSON Feed too."""
    text = server.get(path).text
    if path == "/feed.json":
        text = json.dumps(json.loads(text), ensure_ascii=False)
        assert not re.search(r"\\u00[01]|\\ufff[ef]|\\ud[89a-f]", text)
    assert not FORBIDDEN.search(text)
    assert all(not FORBIDDEN.search(content) for content in contents[path].values())
    assert "abcdefghi" in text


@pytest.mark.parametrize("number", range(len(TITLES)))
def test_titles_are_literal(server: Server, number: int) -> None:
    """A title reads as its author wrote it: by XML, by feedparser and as JSON."""
    name, title = f"title-{number}", TITLES[number]
    items = server.get("/feed.json").json["items"]
    assert next(i["title"] for i in items if named(i["url"]) == name) == title
    rss = etree.fromstring(server.get("/feed.xml").body)
    links = [item for item in rss.iter("item") if named(item.findtext("link") or "") == name]
    assert links[0].findtext("title") == title
    atom = etree.fromstring(server.get("/atom.xml").body)
    entries = [e for e in atom.iter("{*}entry") if named(e.find("{*}link").get("href")) == name]
    element = entries[0].find("{*}title")
    assert element.get("type", "text") in ("text", "html")
    text = html.unescape(element.text) if element.get("type") == "html" else element.text
    assert text == title


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml"])
def test_a_title_with_markup_is_literal_for_readers(server: Server, path: str) -> None:
    """Row 54: `AT&T <b> "x" ]]>` and an emoji come out of feedparser as they went in."""
    entries = feedparser.parse(server.get(path).body).entries
    assert next(entry.title for entry in entries if named(entry.link) == "title-0") == TITLE


@pytest.mark.parametrize("path", FEEDS)
def test_footnotes_lead_to_their_text(contents: Contents, path: str) -> None:
    """Each note's link leads to an id of the same post; no id occurs twice in one feed."""
    ids: list[str] = []
    for name in contents[path]:
        ids += [str(found) for found in tree(contents, path, name).xpath("//@id")]
    assert len(ids) == len(set(ids))
    for name in ("foot-one", "foot-two"):
        root = tree(contents, path, name)
        own = set(root.xpath("//@id"))
        targets = [str(href) for href in root.xpath("//sup//a/@href")]
        assert len(targets) == 2
        for target in targets:
            page, _, fragment = target.partition("#")
            assert page == f"{URL}notes/{name}/"
            assert fragment in own


def test_footnote_ids_do_not_depend_on_the_position(
    module_site: Site, server: Server, contents: Contents
) -> None:
    """A post keeps its bytes when another one with footnotes comes before it."""
    module_site.write("notes/newest.md", post("Newest", "2024-06-01", FOOT))
    server.until(lambda answer: b"Newest" in answer.body, "/feed.json")
    after = read(server, "/feed.json")
    assert {name: after[name] for name in contents["/feed.json"]} == contents["/feed.json"]
    old = set(tree(contents, "/feed.json", "foot-one").xpath("//@id"))
    new = set(fromstring(after["newest"]).xpath("//@id"))
    assert new
    assert not old & new
