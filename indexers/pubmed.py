"""PubMed/MEDLINE XML in: PubmedArticleSet files, plain or gzipped, as a stream of records.

Constant memory: each article is dropped from the tree as soon as it is read. The DTD that the
files name is never loaded, and files that declare entities are refused.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from indexers.errors import SourceError
from indexers.records import Record

SOURCE = "pubmed"

_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_SPACE = re.compile(r"\s+")
_ROOTS = ("PubmedArticleSet", "PubmedArticle")


def read_pubmed(path: Path) -> Iterator[Record]:
    """Records of a file, one at a time; book articles and deleted citations are skipped.

    Raises:
        SourceError: The file is missing, is not well-formed, declares entities, is of another
            kind, or an article has no PMID.
    """
    try:
        with _opened(path) as file:
            yield from _articles(path, file)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise SourceError(path, f"expected well-formed XML: {error.msg}", line) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable XML file ({error})") from error


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _articles(path: Path, file: gzip.GzipFile | io.BufferedReader) -> Iterator[Record]:
    events = etree.iterparse(
        file,
        events=("start", "end"),
        tag=(*_ROOTS, "PubmedBookArticle"),
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    for event, element in events:
        if root is None:
            root = element
            _refuse_entities(path, root)
        if event == "start" or element.tag == "PubmedArticleSet":
            continue
        if element.tag == "PubmedArticle":
            yield _record(path, element)
        element.clear(keep_tail=True)
        while (before := element.getprevious()) is not None:
            element.getparent().remove(before)
    if root is None or root.getparent() is not None:
        found = events.root.tag
        raise SourceError(path, f"expected PubMed XML (<{_ROOTS[0]}>), found <{found}>")


def _refuse_entities(path: Path, root: etree._Element) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError(path, "expected XML without entity declarations")


def _record(path: Path, element: etree._Element) -> Record:
    citation = element.find("MedlineCitation")
    pmid = _text(citation.find("PMID")) if citation is not None else ""
    if citation is None or not pmid:
        raise SourceError(path, "expected a PMID in each PubmedArticle", element.sourceline)
    types = _texts(citation, "Article/PublicationTypeList/PublicationType")
    notices = {c.get("RefType") for c in citation.iterfind("CommentsCorrectionsList/*")}
    title = _text(citation.find("Article/ArticleTitle"))
    return Record(
        record_id=pmid,
        source=SOURCE,
        title=title or _text(citation.find("Article/VernacularTitle")),
        abstract=_abstract(citation),
        pmid=pmid,
        doi=_identifier(element, "doi") or _electronic_doi(citation),
        pmcid=_identifier(element, "pmc"),
        year=_year(citation),
        journal=_text(citation.find("Article/Journal/Title")) or None,
        authors=_authors(citation),
        publication_types=types,
        mesh=_texts(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
        keywords=_texts(citation, "KeywordList/Keyword"),
        language=_text(citation.find("Article/Language")) or None,
        retracted="Retracted Publication" in types or "RetractionIn" in notices,
    )


def _abstract(citation: etree._Element) -> str:
    """The abstract, a line for each labelled part."""
    lines = []
    for part in citation.iterfind("Article/Abstract/AbstractText"):
        text, label = _text(part), (part.get("Label") or "").strip()
        if text:
            lines.append(f"{label}: {text}" if label else text)
    return "\n".join(lines)


def _authors(citation: etree._Element) -> tuple[str, ...]:
    """`Family, Given` each, or the name of a group."""
    names = []
    for author in citation.iterfind("Article/AuthorList/Author"):
        family, given = _text(author.find("LastName")), _text(author.find("ForeName"))
        given = given or _text(author.find("Initials"))
        name = ", ".join(filter(None, (family, given))) or _text(author.find("CollectiveName"))
        if name:
            names.append(name)
    return tuple(names)


def _year(citation: etree._Element) -> int | None:
    """The year of the issue, else of the electronic article."""
    for place in (
        "Article/Journal/JournalIssue/PubDate/Year",
        "Article/Journal/JournalIssue/PubDate/MedlineDate",
        "Article/ArticleDate/Year",
    ):
        found = _YEAR.search(_text(citation.find(place)))
        if found:
            return int(found.group())
    return None


def _identifier(element: etree._Element, kind: str) -> str | None:
    """The article's own identifier; those of its references lie deeper."""
    for found in element.iterfind("PubmedData/ArticleIdList/ArticleId"):
        if found.get("IdType") == kind and _text(found):
            return _text(found)
    return None


def _electronic_doi(citation: etree._Element) -> str | None:
    for found in citation.iterfind("Article/ELocationID"):
        if found.get("EIdType") == "doi" and found.get("ValidYN", "Y") == "Y" and _text(found):
            return _text(found)
    return None


def _texts(citation: etree._Element, path: str) -> tuple[str, ...]:
    found = (_text(element) for element in citation.iterfind(path))
    return tuple(dict.fromkeys(text for text in found if text))


def _text(element: etree._Element | None) -> str:
    """The element's text on one line, with `^` before a number raised by <sup>."""
    if element is None:
        return ""
    return _SPACE.sub(" ", "".join(_pieces(element))).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    if element.tag == "sup" and (element.text or "").lstrip()[:1].isdigit():
        yield "^"  # 10<sup>5</sup> is not 105
    yield element.text or ""
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""
