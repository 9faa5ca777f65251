"""Excerpts of JATS articles: an abstract and some sections, without the article around them.

Releases of benchmark data keep articles so: the elements stand side by side in one file, may use
prefixes (`xlink:href`) that nothing declares, and some are torn, opened and never closed.
"""

from __future__ import annotations

import re
from pathlib import Path

from indexers.errors import SourceError
from indexers.jats import article_bytes, document_of, parse_article
from indexers.records import Document

_ABSTRACT = re.compile(r"<abstract\b.*?</abstract>", re.DOTALL)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_PREFIX = re.compile(r"[\s</]([A-Za-z][\w.-]*):[A-Za-z]")


def read_jats_excerpt(path: Path, record_id: str) -> Document:
    """Read an excerpt, or a whole article, as a document; abstracts come first.

    Raises:
        SourceError: The file cannot be read, is not UTF-8, or holds no elements.
    """
    content = article_bytes(path)
    if re.search(rb"<article[\s>]", content):
        return document_of(parse_article(content, path), record_id)
    try:
        text = _DECLARATION.sub("", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError(path, "expected JATS XML in UTF-8") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SourceError(path, "expected an excerpt without declarations")
    abstracts = "".join(_ABSTRACT.findall(text))
    prefixes = sorted(
        {prefix for prefix in _PREFIX.findall(text) if prefix not in ("xml", "xmlns")}
    )
    declared = " ".join(f'xmlns:{prefix}="urn:{prefix}"' for prefix in prefixes)
    wrapped = (
        f"<article {declared}><front><article-meta>{abstracts}</article-meta></front>"
        f"<body>{_ABSTRACT.sub('', text)}</body></article>"
    )
    return document_of(parse_article(wrapped.encode(), path, torn=True), record_id)
