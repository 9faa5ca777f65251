"""Live Europe PMC: its REST search, page by page with `cursorMark`, full records (`core`).

The service is described at https://europepmc.org/RestfulWebService: `cursorMark=*` asks for the
first page, each page names the next in `nextCursorMark`, and the last one names itself or none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from indexers.live_cursor import (
    CursorPage,
    CursorService,
    CursorSource,
    kept_pages,
)
from indexers.live_requests import Clock, Fault, Retries, Service, checked_base_url, one_line
from indexers.records import Record

NAME = "Europe PMC"
SOURCE = "europe_pmc"
BASE_URL = "https://www.ebi.ac.uk/europepmc/webservices/rest/"
LARGEST_PAGE_SIZE = 1_000
INTERVAL_SECONDS = 0.2
_HEADING = re.compile(r"<h[1-6][^<>]{0,200}>([^<>]*)</h[1-6]>", re.I)
_RAISED = re.compile(r"<sup>(?=\s*[0-9])", re.I)
_TAG = re.compile(
    r"</?(?:h[1-6]|p|br|b|i|u|em|strong|sub|sup|sc|span|div|ul|ol|li|a|tt|title|sec)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.I,
)
_PARTS = re.compile(r"</?(?:p|br|div|li|ul|ol|sec)(?:\s[^<>]{0,500})?/?>", re.I)


class _Journal(BaseModel):
    title: str | None = None


class _JournalInfo(BaseModel):
    journal: _Journal | None = None
    yearOfPublication: int | None = None


class _Author(BaseModel):
    lastName: str | None = None
    firstName: str | None = None
    initials: str | None = None
    fullName: str | None = None
    collectiveName: str | None = None


class _Authors(BaseModel):
    author: list[_Author] = []


class _Types(BaseModel):
    pubType: list[str] = []


class _Keywords(BaseModel):
    keyword: list[str] = []


class _Qualifier(BaseModel):
    qualifierName: str
    majorTopic_YN: str = "N"


class _Qualifiers(BaseModel):
    meshQualifier: list[_Qualifier] = []


class _Heading(BaseModel):
    descriptorName: str
    majorTopic_YN: str = "N"
    meshQualifierList: _Qualifiers | None = None


class _Headings(BaseModel):
    meshHeading: list[_Heading] = []


class _Chemical(BaseModel):
    name: str


class _Chemicals(BaseModel):
    chemical: list[_Chemical] = []


class _Correction(BaseModel):
    id: str | None = None
    source: str | None = None
    type: str = ""


class _Corrections(BaseModel):
    commentCorrection: list[_Correction] = []


class _Result(BaseModel):
    """A result of type `core`; what is not listed here is not read."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/()-]{0,99}$")]
    source: Annotated[str, Field(pattern=r"^[A-Z]{2,8}$")]
    pmid: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = None
    pmcid: Annotated[str, Field(pattern=r"^PMC[0-9]{1,10}$")] | None = None
    doi: Annotated[str, Field(max_length=500)] | None = None
    title: str | None = None
    abstractText: str | None = None
    pubYear: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    language: str | None = None
    license: str | None = None
    journalInfo: _JournalInfo | None = None
    authorList: _Authors | None = None
    pubTypeList: _Types | None = None
    keywordList: _Keywords | None = None
    meshHeadingList: _Headings | None = None
    chemicalList: _Chemicals | None = None
    commentCorrectionList: _Corrections | None = None


class _Results(BaseModel):
    result: list[_Result] = []


class _Request(BaseModel):
    queryString: str = ""


class _Page(BaseModel):
    hitCount: Annotated[int, Field(ge=0)]
    nextCursorMark: Annotated[str, Field(max_length=4096)] | None = None
    request: _Request | None = None
    resultList: _Results


class EuropePmc(CursorService):
    """Europe PMC's search. Share one object: the pace is kept by object.

    Raises:
        ServiceError: The base URL cannot be used.
    """

    def __init__(
        self,
        *,
        base_url: str = BASE_URL,
        clock: Clock | None = None,
        retries: Retries | None = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        source = CursorSource(
            database=SOURCE,
            service=Service(NAME, INTERVAL_SECONDS, clock or Clock(), retries or Retries()),
            what="search",
            url=f"{checked_base_url(NAME, base_url)}search",
            timeout_seconds=timeout_seconds,
            first_cursor="*",
            largest_page=LARGEST_PAGE_SIZE,
            parameters=_parameters,
            read=_cursor_page,
        )
        super().__init__(source)


def downloaded_records(folder: Path) -> Iterator[Record]:
    """The records of a finished download, each once, in Europe PMC's order.

    Raises:
        SourceError: The folder holds no finished download from Europe PMC, or a damaged page.
    """
    seen: set[str] = set()
    for body in kept_pages(folder, SOURCE, _cursor_page):
        for result in _Page.model_validate_json(body).resultList.result:
            if _record_id(result) not in seen:
                seen.add(_record_id(result))
                yield _record(result)


def _parameters(query: str, cursor: str, size: int) -> dict[str, str]:
    return {
        "query": query,
        "format": "json",
        "resultType": "core",
        "pageSize": str(size),
        "cursorMark": cursor,
    }


def _cursor_page(body: bytes) -> CursorPage:
    try:
        page = _Page.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        fault = f"expected a page of results as JSON: {f'{where}: ' if where else ''}{first['msg']}"
    else:
        return CursorPage(
            count=page.hitCount,
            next_cursor=page.nextCursorMark or None,
            record_ids=tuple(map(_record_id, page.resultList.result)),
            query_translation=one_line(page.request.queryString[:2000]) if page.request else "",
        )
    raise Fault(fault)


def _record_id(result: _Result) -> str:
    """The PMID, or an id that names its source (`PPR12`), or both (`AGR:12`)."""
    plain = result.source == "MED" or result.id.startswith(result.source)
    return result.id if plain else f"{result.source}:{result.id}"


def _record(result: _Result) -> Record:
    types = result.pubTypeList.pubType if result.pubTypeList else []
    corrections = result.commentCorrectionList
    notices = [
        correction
        for correction in (corrections.commentCorrection if corrections else [])
        if correction.type.lower().startswith("retraction in")
    ]
    info = result.journalInfo
    year = int(result.pubYear) if result.pubYear else info.yearOfPublication if info else None
    headings = result.meshHeadingList.meshHeading if result.meshHeadingList else []
    chemicals = result.chemicalList.chemical if result.chemicalList else []
    return Record(
        record_id=_record_id(result),
        source=SOURCE,
        title=_line(result.title or ""),
        abstract=_abstract(result.abstractText or ""),
        pmid=result.pmid or (result.id if result.source == "MED" else None),
        doi=one_line(result.doi or "") or None,
        pmcid=result.pmcid,
        year=year,
        journal=_line((info.journal.title or "") if info and info.journal else "") or None,
        authors=_authors(result),
        publication_types=tuple(map(one_line, types)),
        mesh=tuple(one_line(heading.descriptorName) for heading in headings),
        mesh_headings=tuple(map(_printed, headings)),
        chemicals=tuple(one_line(chemical.name) for chemical in chemicals),
        keywords=tuple(map(one_line, result.keywordList.keyword)) if result.keywordList else (),
        language=one_line(result.language or "") or None,
        licence=one_line(result.license or "") or None,
        retracted=bool(notices) or any(t.lower() == "retracted publication" for t in types),
        retraction_pmids=tuple(n.id for n in notices if n.id and n.source == "MED"),
    )


def _authors(result: _Result) -> tuple[str, ...]:
    """`Family, Given` each, or the name of a group."""
    names = []
    for author in result.authorList.author if result.authorList else []:
        given = author.firstName or author.initials or ""
        name = ", ".join(filter(None, (author.lastName, given))) if author.lastName else ""
        name = name or author.collectiveName or author.fullName or ""
        if name:
            names.append(_line(name))
    return tuple(names)


def _printed(heading: _Heading) -> str:
    """A heading as MEDLINE prints it, a star before what is a major topic."""
    qualifiers = heading.meshQualifierList.meshQualifier if heading.meshQualifierList else []
    parts = [(heading.descriptorName, heading.majorTopic_YN)]
    parts += [(qualifier.qualifierName, qualifier.majorTopic_YN) for qualifier in qualifiers]
    return "/".join(("*" if major == "Y" else "") + one_line(name) for name, major in parts)


def _abstract(text: str) -> str:
    """The abstract, a line for each headed part."""
    headed = _HEADING.sub(lambda found: f"\n{found[1].strip().rstrip(':')}: ", text)
    lines = [_line(line) for line in re.split(r"\n", _PARTS.sub("\n", headed))]
    return "\n".join(filter(None, lines))


def _line(text: str) -> str:
    """Text without HTML on one line, with `^` before a number raised by <sup>."""
    plain = html.unescape(_TAG.sub("", _RAISED.sub("^", text)))
    return one_line(plain)
