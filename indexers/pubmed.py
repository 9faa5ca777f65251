"""PubMed/MEDLINE XML in: PubmedArticleSet files, plain or gzipped, as a stream of records.

Baseline and update files, what efetch gives, and a single PubmedArticle. Constant memory: each
article is dropped from the tree as soon as it is read. The DTD that the files name is never
loaded, and files that declare entities are refused.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from indexers.errors import SourceError
from indexers.records import Record

SOURCE = "pubmed"

LARGEST_ARTICLE_BYTES = 64 * 1024 * 1024  # the largest real ones, with all references, take 2 MB
# Baseline files unpack to 200-400 MB, ten times their size; deflate can reach a thousand times.
LARGEST_UNPACKED_BYTES = 4 * 1024**3
LARGEST_UNPACKED_RATIO = 300
_RATIO_COUNTS_FROM_BYTES = LARGEST_ARTICLE_BYTES

_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_ROOTS = ("PubmedArticleSet", "PubmedArticle")
_BOOK, _DELETED = "PubmedBookArticle", "DeleteCitation"
_SUBSTANCE = "NameOfSubstance"
_NAME_PARTS = ("LastName", "ForeName", "Initials", "CollectiveName")

Parts = dict[str, list[etree._Element]]


@dataclass
class PubmedTally:
    """What a file held, filled while it is read.

    Attributes:
        n_records: Articles read.
        n_books: Book articles, which are skipped.
        deleted_pmids: Citations that an update file takes back, in its order.
    """

    n_records: int = 0
    n_books: int = 0
    deleted_pmids: list[str] = field(default_factory=list)


def read_pubmed(path: Path, tally: PubmedTally | None = None) -> Iterator[Record]:
    """Records of a file, one at a time; book articles and lists of deletions are only counted.

    Args:
        path: The file; .gz is unpacked on the way.
        tally: Is added to as the records are taken.

    Raises:
        SourceError: The file is missing, is not well-formed, declares entities, is of another
            kind, unpacks without end, or an article is without end or has no PMID.
    """
    try:
        with path.open("rb") as raw:
            packed = path.suffix == ".gz"
            limit = path.stat().st_size * LARGEST_UNPACKED_RATIO if packed else None
            file = _Bounded(path, gzip.GzipFile(fileobj=raw) if packed else raw, limit)
            yield from _articles(path, file, tally or PubmedTally())
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise SourceError(path, f"expected well-formed XML: {error.msg}", line) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(path, f"expected a readable XML file ({error})") from error


class _Bounded:
    """A file for the parser that refuses what no PubMed file is, before memory fills.

    Args:
        path: Named in errors.
        file: Read from.
        unpacked_limit: Bytes that a .gz of this size may unpack to; None for a plain file.
    """

    def __init__(
        self, path: Path, file: gzip.GzipFile | io.BufferedReader, unpacked_limit: int | None
    ) -> None:
        self._path = path
        self._file = file
        self._limit = unpacked_limit
        self._n_read = 0
        self._n_read_at_article = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            SourceError: The file, or the article in it, is larger than any of PubMed.
        """
        block = self._file.read(size)
        self._n_read += len(block)
        if self._limit is not None and (
            self._n_read > LARGEST_UNPACKED_BYTES
            or self._n_read > max(self._limit, _RATIO_COUNTS_FROM_BYTES)
        ):
            raise SourceError(
                self._path,
                f"expected a .gz that unpacks to less than {LARGEST_UNPACKED_BYTES:,} bytes and "
                f"{LARGEST_UNPACKED_RATIO} times its size, as PubMed's do; unpack it to read it",
            )
        if self._n_read - self._n_read_at_article > LARGEST_ARTICLE_BYTES:
            raise SourceError(
                self._path,
                f"expected PubMed XML with an article every {LARGEST_ARTICLE_BYTES:,} bytes",
            )
        return block

    def article_ends(self) -> None:
        """Count the bytes of the next article from here."""
        self._n_read_at_article = self._n_read


def _articles(path: Path, file: _Bounded, tally: PubmedTally) -> Iterator[Record]:
    events = etree.iterparse(
        file,
        events=("start", "end"),
        tag=(*_ROOTS, _BOOK, _DELETED),
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
        file.article_ends()
        if element.tag == "PubmedArticle":
            record = _record(path, element)
            tally.n_records += 1
            yield record
        elif element.tag == _BOOK:
            tally.n_books += 1
        else:
            tally.deleted_pmids += filter(None, map(_text, _parts([element]).get("PMID", ())))
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
    outer = _parts([element])
    citation = _parts(outer.get("MedlineCitation", ()))
    pmid = _first(citation, "PMID")
    if not pmid:
        raise SourceError(path, "expected a PMID in each PubmedArticle", element.sourceline)
    article = _parts(citation.get("Article", ()))
    journal = _parts(article.get("Journal", ()))
    headings = tuple(dict.fromkeys(_headings(_inner(citation, "MeshHeadingList", "MeshHeading"))))
    types = _texts(_inner(article, "PublicationTypeList", "PublicationType"))
    notices = _inner(citation, "CommentsCorrectionsList", "CommentsCorrections")
    retractions = [notice for notice in notices if notice.get("RefType") == "RetractionIn"]
    ids = _inner(_parts(outer.get("PubmedData", ())), "ArticleIdList", "ArticleId")
    return Record(
        record_id=pmid,
        source=SOURCE,
        title=_first(article, "ArticleTitle") or _first(article, "VernacularTitle"),
        abstract=_abstract(_inner(article, "Abstract", "AbstractText")),
        pmid=pmid,
        doi=_identifier(ids, "doi") or _electronic_doi(article.get("ELocationID", ())),
        pmcid=_identifier(ids, "pmc"),
        year=_year(article, journal),
        journal=_first(journal, "Title") or None,
        authors=_authors(_inner(article, "AuthorList", "Author")),
        publication_types=types,
        mesh=tuple(dict.fromkeys(descriptor for descriptor, _ in headings)),
        mesh_headings=tuple(printed for _, printed in headings),
        chemicals=_texts(_parts(_inner(citation, "ChemicalList", "Chemical")).get(_SUBSTANCE, ())),
        keywords=_texts(_inner(citation, "KeywordList", "Keyword")),
        language=_first(article, "Language") or None,
        retracted="Retracted Publication" in types or bool(retractions),
        retraction_pmids=_texts(_parts(retractions).get("PMID", ())),
    )


def _parts(elements: Iterable[etree._Element]) -> Parts:
    """The children of the elements by name; one walk is faster than a search for each name."""
    found: Parts = {}
    for element in elements:
        for child in element:
            name = child.tag
            if name in found:
                found[name].append(child)
            else:
                found[name] = [child]
    return found


def _inner(parts: Parts, outer: str, name: str) -> list[etree._Element]:
    """The elements of a name within those of another."""
    return [child for element in parts.get(outer, ()) for child in element if child.tag == name]


def _headings(elements: Iterable[etree._Element]) -> Iterator[tuple[str, str]]:
    """Each descriptor, and its heading as MEDLINE prints it: `Asthma/*drug therapy`."""
    for element in elements:
        descriptor = printed = ""
        for child in element:
            name = _text(child)
            shown = f"*{name}" if child.get("MajorTopicYN") == "Y" else name
            if child.tag == "DescriptorName" and name:
                descriptor, printed = name, shown
            elif descriptor and name:
                printed += f"/{shown}"
        if descriptor:
            yield descriptor, printed


def _abstract(elements: Iterable[etree._Element]) -> str:
    """The abstract, a line for each labelled part."""
    lines = []
    for part in elements:
        text, label = _text(part), (part.get("Label") or "").strip()
        if text:
            lines.append(f"{label}: {text}" if label else text)
    return "\n".join(lines)


def _authors(elements: Iterable[etree._Element]) -> tuple[str, ...]:
    """`Family, Given` each, or the name of a group."""
    names = []
    for author in elements:
        parts = {child.tag: child for child in author}
        family, given, initials, group = (
            _text(parts[name]) if name in parts else "" for name in _NAME_PARTS
        )
        name = ", ".join(filter(None, (family, given or initials))) or group
        if name:
            names.append(name)
    return tuple(names)


def _year(article: Parts, journal: Parts) -> int | None:
    """The year of the issue, else of the electronic article."""
    issue = _parts(_inner(journal, "JournalIssue", "PubDate"))
    text = f"{_first(issue, 'Year')} {_first(issue, 'MedlineDate')}"
    found = _YEAR.search(text) or _YEAR.search(
        _first(_parts(article.get("ArticleDate", ())), "Year")
    )
    return int(found.group()) if found else None


def _identifier(elements: Iterable[etree._Element], kind: str) -> str | None:
    """The article's own identifier; those of its references lie deeper."""
    for found in elements:
        if found.get("IdType") == kind and (text := _text(found)):
            return text
    return None


def _electronic_doi(elements: Iterable[etree._Element]) -> str | None:
    for found in elements:
        valid = found.get("EIdType") == "doi" and found.get("ValidYN", "Y") == "Y"
        if valid and (text := _text(found)):
            return text
    return None


def _texts(elements: Iterable[etree._Element]) -> tuple[str, ...]:
    """The texts that differ, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(_text, elements))))


def _first(parts: Parts, name: str) -> str:
    """The text of the first element of a name, empty if there is none."""
    found = parts.get(name)
    return _text(found[0]) if found else ""


def _text(element: etree._Element) -> str:
    """The element's text on one line, with `^` before a number raised by <sup>."""
    text = "".join(_pieces(element)) if len(element) else element.text or ""
    return " ".join(text.split())


def _pieces(element: etree._Element) -> Iterator[str]:
    if element.tag == "sup" and (element.text or "").lstrip()[:1].isdigit():
        yield "^"  # 10<sup>5</sup> is not 105
    yield element.text or ""
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""
