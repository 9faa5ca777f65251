"""An invented review with duplicates, for tests and pictures: no such trials or people exist."""

from pathlib import Path

from evidence.events import DuplicateMarked, DuplicateSuspected, RecordIdentified
from evidence.project import Project
from indexers.records import Record, abstract_document
from tests.evidence.screening_project_factory import make_screening_project
from tests.evidence.trial_factory import HOSTILE, OFFLINE

ABSTRACT = (
    "BACKGROUND: Relapse is common after gleam fever. METHODS: We randomly assigned 412 adults "
    "with acute gleam fever to solvane 40 mg once daily or placebo for 14 days. The primary "
    "outcome was relapse at 28 days. RESULTS: Relapse occurred in 25 of 206 adults given solvane "
    "and in 41 of 206 given placebo (risk ratio 0.61, 95% CI 0.39 to 0.96). CONCLUSIONS: Solvane "
    "lowered the risk of relapse."
)
FOLLOWED = ABSTRACT.replace("relapse at 28 days", "relapse at five years").replace(
    "25 of 206 adults given solvane and in 41 of 206", "88 of 190 adults given solvane and in 97"
)


def record(name: str, **fields: object) -> Record:
    given: dict[str, object] = {
        "title": "Solvane for acute gleam fever: a randomised, placebo-controlled trial",
        "authors": ("Okoro, Ada", "Lind, Per", "Sato, Mei"),
        "year": 2019,
        "journal": "Journal of Things That Are Not",
        "abstract": ABSTRACT,
        "doi": f"10.5555/{name}",
    }
    return Record.model_validate({"record_id": name, "source": "Invented", **given, **fields})


RECORDS = (
    record("whole", pmid="101"),
    record("copy", authors=("Okoro A", "Lind P"), journal="J Things Not", abstract=ABSTRACT[:200]),
    record(
        "later",
        title="Solvane for acute gleam fever: five-year follow-up of a randomised trial",
        year=2024,
        abstract=FOLLOWED,
    ),
    record("abstract", journal="Gleam Congress 2018", year=2018, abstract="", doi=None),
    record(
        "hostile one",
        title=f"Solvane {HOSTILE} in children",
        abstract=f"We {HOSTILE} treated 20 children.",
        authors=("<b>Doe</b>, Jo",),
        doi="javascript:alert(1)",
    ),
    record(
        "hostile two",
        title=f"Solvane {HOSTILE} in young children",
        abstract=f"We {HOSTILE} treated 21 children.",
        journal=HOSTILE,
    ),
)


def marked(one: str, other: str, reason: str = "title, same authors and year") -> DuplicateMarked:
    why = OFFLINE.model_copy(update={"reason": reason})
    return DuplicateMarked(record_id=one, duplicate_of=other, provenance=why)


def suspected(one: str, other: str, reason: str = "titles alike") -> DuplicateSuspected:
    why = OFFLINE.model_copy(update={"reason": reason})
    return DuplicateSuspected(record_id=one, duplicate_of=other, provenance=why)


def make_duplicates_project(path: Path) -> Project:
    """A screened project with one merge and three pairs for a person."""
    project = make_screening_project(path, n_records=6)
    for place, found in enumerate(RECORDS, 7):
        project.append(
            RecordIdentified(record=found, score=0.1, ranks={"lexical": place}, provenance=OFFLINE),
            documents=[abstract_document(found)],
        )
    project.append(
        marked("copy", "whole", "title, same authors and year"),
        suspected("later", "whole", "titles alike, same authors, years apart"),
        suspected("abstract", "whole", "same title and authors, one is a conference abstract"),
        suspected("hostile two", "hostile one", f"titles alike {HOSTILE}"),
    )
    return project
