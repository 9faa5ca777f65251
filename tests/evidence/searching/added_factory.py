"""An invented review over a small store, to bring records into: no such trials exist."""

from pathlib import Path

from evidence.config import Settings
from evidence.project import Project
from evidence.review import new_project
from evidence.searching.adding import FILE, FoundRecords
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store
from tests.evidence.trial_factory import NOON, QUESTION

DRUGS = ("solvane", "placebo", "brontil", "kestrol", "varaxin", "lumetin", "ostrane", "pelidor")


def record(name: str, drug: str = "solvane", **fields: object) -> Record:
    given: dict[str, object] = {
        "title": f"Effect of {drug} on relapse of gleam fever, trial {name}",
        "abstract": f"We randomised adults with gleam fever to {drug} in centre {name}.",
        "authors": (f"Doe {name}, Jo", "Roe, Al"),
        "year": 2015,
        "journal": "Journal of Things That Are Not",
        "doi": f"10.5555/{name}",
    }
    return Record.model_validate({"record_id": name, "source": "Invented", **given, **fields})


STORED = tuple(record(f"s{number}", drug) for number, drug in enumerate(DRUGS))


def found(*records: Record, source: str = "Embase (Ovid)", **fields: object) -> FoundRecords:
    given = {"source": source, "query": "", "how": FILE, "records": records, **fields}
    return FoundRecords.model_validate(given)


def make_store(path: Path) -> Path:
    Store.build(path, STORED, named_encoder("static"))
    return path


def make_project(path: Path, store: Path) -> Project:
    """A project of which nothing was run yet."""
    return new_project(path, QUESTION, Settings(), store, clock=lambda: NOON)
