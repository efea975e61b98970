"""A blog in SQLite, through SQLAlchemy: posts come from code, and show as they are saved.

$ python examples/sqlite_blog.py
$ curl -d title=Hello -d text='*First* post' http://127.0.0.1:5000/articles/hello/
$ curl http://127.0.0.1:5000/feed.xml
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Flask, request
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from feeds import Feeds, post

engine = create_engine(os.environ.get("BLOG", "sqlite:///blog.db"))


class Base(DeclarativeBase):
    """The tables of this blog."""


class Article(Base):
    __tablename__ = "articles"
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    created: Mapped[datetime]
    edition: Mapped[int]  # counts the saves: equal editions mean equal bytes


class Articles:
    """The articles as `feeds` asks for them."""

    def stamps(self) -> Iterator[tuple[str, str]]:
        with Session(engine) as session:
            for slug, edition in session.execute(select(Article.slug, Article.edition)):
                yield f"articles/{slug}.md", str(edition)

    def read(self, key: str) -> bytes:
        with Session(engine) as session:
            slug = key.removeprefix("articles/").removesuffix(".md")
            article = session.get(Article, slug)
            if article is None:
                raise KeyError(key)
            return post({"title": article.title, "date": article.created}, article.text)


app = Flask(__name__)
site = {"site": {"url": "https://example.org/", "title": "A blog in SQLite"}}
feeds = Feeds(app, site, source=Articles(), publisher="thread")
Base.metadata.create_all(engine)


@app.post("/articles/<slug>/")
def save(slug: str) -> tuple[str, int]:
    with Session(engine) as session:
        article = session.get(Article, slug) or Article(slug=slug, edition=0)
        article.created = article.created or datetime.now(UTC).replace(tzinfo=None)
        article.title, article.text = request.form["title"], request.form["text"]
        article.edition += 1
        session.add(article)
        session.commit()
    feeds.changed([f"articles/{slug}.md"])  # after the commit
    return "saved", 201


@app.get("/articles/<slug>/")
def show(slug: str) -> tuple[str, int]:
    with Session(engine) as session:
        article = session.get(Article, slug)
        return (f"<h1>{article.title}</h1>", 200) if article else ("no such article", 404)


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")))
