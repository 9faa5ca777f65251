"""Live ClinicalTrials.gov: its API v2, page by page with `pageToken`; a registration is a record.

The service is described at https://clinicaltrials.gov/data-api/api: `query.term` searches all
fields, the first page tells the number of studies when `countTotal` is asked for, and each page
but the last names the next in `nextPageToken`.
"""

from __future__ import annotations

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

NAME = "ClinicalTrials.gov"
SOURCE = "clinicaltrials.gov"
BASE_URL = "https://clinicaltrials.gov/api/v2/"
LARGEST_PAGE_SIZE = 1_000
INTERVAL_SECONDS = 1.25  # the service bears about 50 requests a minute
FIELDS = (
    "NCTId",
    "BriefTitle",
    "OfficialTitle",
    "BriefSummary",
    "Condition",
    "Keyword",
    "InterventionType",
    "InterventionName",
    "StudyFirstPostDate",
)


class _Identification(BaseModel):
    nctId: Annotated[str, Field(pattern=r"^NCT[0-9]{8}$")]
    briefTitle: str = ""
    officialTitle: str = ""


class _Date(BaseModel):
    date: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")] | None = None


class _Status(BaseModel):
    studyFirstPostDateStruct: _Date | None = None


class _Description(BaseModel):
    briefSummary: str = ""


class _Conditions(BaseModel):
    conditions: list[str] = []
    keywords: list[str] = []


class _Intervention(BaseModel):
    type: str = ""
    name: str = ""


class _Arms(BaseModel):
    interventions: list[_Intervention] = []


class _Protocol(BaseModel):
    identificationModule: _Identification
    statusModule: _Status = _Status()
    descriptionModule: _Description = _Description()
    conditionsModule: _Conditions = _Conditions()
    armsInterventionsModule: _Arms = _Arms()


class _Study(BaseModel):
    """A study; what is not listed here is not read."""

    protocolSection: _Protocol


class _Page(BaseModel):
    studies: list[_Study]
    totalCount: Annotated[int, Field(ge=0)] | None = None
    nextPageToken: Annotated[str, Field(max_length=4096)] | None = None


class ClinicalTrials(CursorService):
    """ClinicalTrials.gov's search. Share one object: the pace is kept by object.

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
            what="studies",
            url=f"{checked_base_url(NAME, base_url)}studies",
            timeout_seconds=timeout_seconds,
            first_cursor="",
            largest_page=LARGEST_PAGE_SIZE,
            parameters=_parameters,
            read=_cursor_page,
        )
        super().__init__(source)


def downloaded_records(folder: Path) -> Iterator[Record]:
    """The studies of a finished download as records, each once, in the service's order.

    Raises:
        SourceError: The folder holds no finished download from there, or a damaged page.
    """
    seen: set[str] = set()
    for body in kept_pages(folder, SOURCE, _cursor_page):
        for study in _Page.model_validate_json(body).studies:
            record = _record(study.protocolSection)
            if record.record_id not in seen:
                seen.add(record.record_id)
                yield record


def _parameters(query: str, cursor: str, size: int) -> dict[str, str]:
    parameters = {
        "query.term": query,
        "format": "json",
        "fields": ",".join(FIELDS),
        "pageSize": str(size),
    }
    return parameters | ({"pageToken": cursor} if cursor else {"countTotal": "true"})


def _cursor_page(body: bytes) -> CursorPage:
    try:
        page = _Page.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        fault = f"expected a page of studies as JSON: {f'{where}: ' if where else ''}{first['msg']}"
    else:
        ids = (study.protocolSection.identificationModule.nctId for study in page.studies)
        return CursorPage(page.totalCount, page.nextPageToken or None, tuple(ids))
    raise Fault(fault)


def _record(protocol: _Protocol) -> Record:
    """A registration as a record: summary, conditions and interventions stand as its abstract."""
    identification = protocol.identificationModule
    posted = protocol.statusModule.studyFirstPostDateStruct
    interventions = [
        ": ".join(filter(None, (_kind(i.type), one_line(i.name))))
        for i in protocol.armsInterventionsModule.interventions
    ]
    conditions = "; ".join(map(one_line, protocol.conditionsModule.conditions))
    lines = [
        one_line(protocol.descriptionModule.briefSummary),
        f"Conditions: {conditions}" if conditions else "",
        f"Interventions: {'; '.join(interventions)}" if interventions else "",
    ]
    return Record(
        record_id=identification.nctId,
        source=SOURCE,
        title=one_line(identification.briefTitle or identification.officialTitle),
        abstract="\n".join(filter(None, lines)),
        year=int(posted.date[:4]) if posted and posted.date else None,
        keywords=tuple(map(one_line, protocol.conditionsModule.keywords)),
    )


def _kind(name: str) -> str:
    """`DIETARY_SUPPLEMENT` as `Dietary supplement`."""
    return one_line(name.replace("_", " ")).capitalize()
