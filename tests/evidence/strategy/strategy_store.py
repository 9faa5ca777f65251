"""A small store of real-looking records, and a strategy for it."""

from __future__ import annotations

from pathlib import Path

from evidence.strategy.types import Concept, Strategy, StrategyTerm
from indexers.records import Record
from indexers.store import Store
from tests.indexers.fake_encoder import FakeEncoder

RECORDS = (
    ("1", "Oxybutynin for overactive bladder in women", "We compared oxybutynin with placebo."),
    ("2", "Tolterodine in detrusor instability", "Detrusor instability responded to the drug."),
    ("3", "Oxybutynin in detrusor instability of the old", "Detrusor instability is common."),
    ("4", "Trospium and detrusor instability", "Men with detrusor instability took trospium."),
    ("5", "Trospium for detrusor instability again", "A trial of detrusor instability."),
    ("6", "Oxybutynin, a further trial", "Detrusor instability and oxybutynin in nursing homes."),
    ("7", "Asthma in children", "Inhaled steroids were given."),
    ("8", "Urinary incontinence after birth", "Pelvic floor training helped."),
    ("9", "Migraine and sumatriptan", "Pain relief at two hours."),
    ("10", "Hypertension in rats", "Captopril lowered blood pressure."),
    *((str(n), f"Gout study number {n}", "Colchicine was given.") for n in range(11, 60)),
)


def small_store(folder: Path) -> Store:
    records = [
        Record(
            record_id=record_id,
            source="test",
            title=title,
            abstract=abstract,
            year=1990 + int(record_id) % 30,
            language="eng",
            mesh=("Urinary Incontinence",) if record_id == "8" else (),
        )
        for record_id, title, abstract in RECORDS
    ]
    return Store.build(folder / "store", records, FakeEncoder())


def concept(name: str, *texts: str) -> Concept:
    return Concept(
        name=name, terms=tuple(StrategyTerm(text=text, source="question") for text in texts)
    )


def bladder_strategy() -> Strategy:
    return Strategy(
        concepts=(
            concept("bladder", "overactive bladder*", "urinary incontinence*"),
            concept("anticholinergics", "oxybutynin*", "tolterodine*", "trospium*"),
        )
    )
