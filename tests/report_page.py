"""The elements and the text of a page, for tests of the report."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["TAGS", "Page"]

VOID = {
    "meta",
    "link",
    "br",
    "img",
    "hr",
    "input",
    "line",
    "rect",
    "use",
    "path",
    "circle",
    "base",
    "polygon",
    "polyline",
}
TAGS = frozenset({
    "a", "article", "b", "body", "caption", "circle", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "h4", "h5", "head", "header", "html",
    "i", "li", "line", "main", "meta", "nav", "noscript", "ol", "p", "path", "pattern", "polygon",
    "polyline", "rect", "script", "section", "small", "span", "style", "summary", "svg", "symbol",
    "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul", "use",
})  # fmt: skip


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.pieces: list[str] = []
        self.title = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        where = self._open[-1] if self._open else ""
        if where == "script":
            attrs, old = self.scripts[-1]
            self.scripts[-1] = (attrs, old + data)
        elif where == "title":
            self.title += data
        elif where != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.pieces))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]
