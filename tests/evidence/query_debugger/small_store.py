"""A store of made-up records on fever, written so that every count can be checked by eye."""

from __future__ import annotations

from pathlib import Path

from indexers.records import Record
from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder

RECORDS = (
    ("r1", "11", "Paracetamol for fever in children", "Placebo was given.", ("Fever",)),
    ("r2", "12", "Paracetamol for fever in adults", "", ("Fever",)),
    ("r3", "13", "Acetaminophen for fever in children", "", ("Fever", "Acetaminophen")),
    ("r4", "14", "Acetaminophen for pyrexia", "Children were cooled.", ("Fever",)),
    ("r5", "15", "Ibuprofen for pain", "", ("Pain",)),
    ("r6", "16", "Sponging for fever", "Tepid water.", ("Fever",)),
    ("r7", None, "Paracetamol or cooling of hot toddlers", "", ()),
    ("r8", "18", "Ibuprofen for pyrexia", "", ("Fever",)),
    ("r9", "19", "Swaddling of infants", "", ()),
    ("r10", "20", "Massage of infants", "", ()),
)


def small_store(folder: Path) -> Store:
    records = [
        Record(record_id=i, source="test", title=title, abstract=abstract, pmid=pmid, mesh=mesh)
        for i, pmid, title, abstract, mesh in RECORDS
    ]
    return Store.build(folder / "store", records, FakeEncoder(), kind="flat")
