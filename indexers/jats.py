"""JATS full text (PubMed Central) in: files, citations, and documents with offsets kept."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from lxml import etree

from indexers.errors import SourceError
from indexers.jats_text import JatsText, flat, flat_or_empty
from indexers.records import Document, Record

_YEAR = re.compile(r"[0-9]{1,4}")
LARGEST_ARTICLE_BYTES = 64 * 1024 * 1024


def read_jats(path: Path, record_id: str) -> Document:
    """Read one article (.xml or .xml.gz) as a document.

    Raises:
        SourceError: The file is missing, is not well-formed XML, declares entities, is too large,
            or holds no article.
    """
    return document_of(_article(path), record_id)


def document_of(article: etree._Element, record_id: str) -> Document:
    """The document of a parsed `<article>`."""
    return JatsText(record_id).read(article)


def read_jats_record(path: Path, source: str = "jats") -> Record:
    """The citation of one article; its record_id is the PMCID, else the PMID, else the file name.

    Raises:
        SourceError: As `read_jats`, or the article has no title.
    """
    article = _article(path)
    meta = article.find("front/article-meta")
    title = meta.find("title-group/article-title") if meta is not None else None
    if meta is None or title is None:
        raise SourceError(path, "expected a JATS <article-title>")
    ids = {e.get("pub-id-type"): (e.text or "").strip() for e in meta.findall("article-id")}
    pmcid = ids.get("pmcid") or ids.get("pmc")
    if pmcid and not pmcid.startswith("PMC"):
        pmcid = f"PMC{pmcid}"
    years = [e.text for e in meta.findall("pub-date/year") if e.text and _YEAR.fullmatch(e.text)]
    journal = article.find("front/journal-meta//journal-title")
    return Record(
        record_id=pmcid or ids.get("pmid") or path.name.split(".")[0],
        source=source,
        title=flat(title),
        abstract=_abstract(meta),
        pmid=ids.get("pmid"),
        pmcid=pmcid,
        doi=ids.get("doi"),
        year=min(map(int, years)) if years else None,
        journal=flat(journal) if journal is not None else None,
        authors=tuple(
            f"{flat(name.find('surname'))}, {flat_or_empty(name.find('given-names'))}".rstrip(", ")
            for name in meta.findall("contrib-group/contrib[@contrib-type='author']/name")
            if name.find("surname") is not None
        ),
    )


def _abstract(meta: etree._Element) -> str:
    """The abstract, one paragraph a line, with the headings of a structured one."""
    lines = []
    for abstract in meta.findall("abstract"):
        if abstract.get("abstract-type") not in (None, "summary", "structured"):
            continue
        for paragraph in abstract.iter("p"):
            parent = paragraph.getparent()
            title = parent.find("title") if parent is not None and parent.tag == "sec" else None
            heading = flat_or_empty(title).rstrip(":")
            lines.append(f"{heading}: {flat(paragraph)}" if heading else flat(paragraph))
    return "\n".join(lines)


def _article(path: Path) -> etree._Element:
    return parse_article(article_bytes(path), path)


def article_bytes(path: Path) -> bytes:
    """The bytes of an article's file, unpacked when its name ends in .gz.

    Raises:
        SourceError: The file cannot be read, or is too large.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            content = stream.read(LARGEST_ARTICLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable JATS XML file ({error})") from error
    if len(content) > LARGEST_ARTICLE_BYTES:
        raise SourceError(path, f"expected an article under {LARGEST_ARTICLE_BYTES:,} bytes")
    return content


def parse_article(content: bytes, path: Path, *, torn: bool = False) -> etree._Element:
    """The `<article>` of JATS XML, parsed without entities; `path` is named in errors.

    With `torn`, elements that are opened and never closed end where the text does.

    Raises:
        SourceError: The XML is not well-formed, declares entities, or holds no article.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
        recover=torn,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise SourceError(path, f"expected well-formed XML: {error.msg}", line) from error
    if root is None:
        raise SourceError(path, "expected XML")
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError(path, "expected XML without entity declarations")
    article = root if root.tag == "article" else root.find(".//article")
    if article is None:
        raise SourceError(path, "expected a JATS <article>")
    return article
