"""A Flask app with feeds: its pages are its own, /feed.xml and the others are answered for it.

    $ python examples/flask_app.py
    $ curl -i http://127.0.0.1:5000/feed.xml

The posts are those that `feeds.toml` names; change one, and the feed follows.
"""

import os

from flask import Flask, render_template_string

from feeds import Feeds

PAGE = """<!doctype html>
<title>{{ title }}</title>
{{ feed_links() }}
<h1>{{ title }}</h1>
"""

feeds = Feeds(publisher="thread")


def create_app() -> Flask:
    app = Flask(__name__)
    feeds.init_app(app)

    @app.get("/")
    def home() -> str:
        return render_template_string(PAGE, title="Home")

    @app.get("/articles/<slug>/")
    def article(slug: str) -> str:
        return render_template_string(PAGE, title=f"Article {slug}")

    return app


if __name__ == "__main__":
    create_app().run(port=int(os.environ.get("PORT", "5000")))
