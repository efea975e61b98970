"""A view of Flask with feedgen, as its documentation has it: the feed is made at each request."""

from __future__ import annotations

import json
import os
from pathlib import Path

from feedgen.feed import FeedGenerator
from flask import Flask, Response

FEED = json.loads(Path(os.environ["PEER_POSTS"]).read_bytes())
app = Flask(__name__)


@app.get("/feed.xml")
def feed() -> Response:
    made = FeedGenerator()
    made.title(FEED["title"])
    made.link(href=FEED["home_page_url"])
    made.description("Posts")
    for post in FEED["items"]:
        entry = made.add_entry(order="append")
        entry.id(post["url"])
        entry.title(post["title"])
        entry.link(href=post["url"])
        entry.description(post["content_html"])
        entry.published(post["date_published"])
    return Response(made.rss_str(), mimetype="application/rss+xml")
