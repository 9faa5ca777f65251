from __future__ import annotations

from pathlib import Path

from evidence.config import Settings
from evidence.engines import build_engines
from evidence.events import RecordIdentified, SearchRun
from evidence.question import ClinicalQuestion
from evidence.review import new_project, run
from evidence.strategy.types import Concept, Strategy, StrategyTerm
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.store import Store

TOPICS = ("malaria", "asthma", "malaria and asthma")
RECORDS = [
    Record(
        record_id=f"r{n}",
        source="test",
        title=f"Trial {n} of {TOPICS[n % 3]} {'in infants' if n % 2 else ''}",
        abstract=f"Report {n}: children with {TOPICS[n % 3]} got drug {n * 7919}.",
    )
    for n in range(300)
]
STRATEGY = Strategy(
    concepts=(
        Concept(name="malaria", terms=(StrategyTerm(text="malaria"),)),
        Concept(name="infants", terms=(StrategyTerm(text="infant*"),)),
    )
)


def test_a_project_screens_all_that_its_strategy_finds(tmp_path: Path) -> None:
    store = Store.build(tmp_path / "store", RECORDS, named_encoder("static"))
    question = ClinicalQuestion(text="Does drug 7 help infants with malaria?", strategy=STRATEGY)
    project = new_project(tmp_path / "project", question, Settings(), store.path)
    engines = build_engines(Settings().engine, project.path / "calls")
    run(project, engines, until="search")
    (searched,) = project.entries(SearchRun)
    found = project.entries(RecordIdentified)
    expected = {r.record_id for n, r in enumerate(RECORDS) if n % 2 and n % 3 != 1}
    assert {j.record.record_id for j in found} == expected
    assert searched.n_records == len(expected) == 100
    assert searched.query.startswith("#1. malaria[tiab]")
    assert [j.ranks for j in found] == [{"strategy": n} for n in range(1, 101)]
    assert [j.score for j in found] == sorted((j.score for j in found), reverse=True)
    n_lines = len(list(project.lines()))
    run(project, engines, until="search")
    assert len(list(project.lines())) == n_lines


def test_a_strategy_that_finds_nothing_is_a_search_all_the_same(tmp_path: Path) -> None:
    store = Store.build(tmp_path / "store", RECORDS[:9], named_encoder("static"))
    nothing = Strategy(concepts=(Concept(name="x", terms=(StrategyTerm(text="sepsis"),)),))
    question = ClinicalQuestion(text="Does it help?", strategy=nothing)
    project = new_project(tmp_path / "project", question, Settings(), store.path)
    run(project, build_engines(Settings().engine, project.path / "calls"), until="search")
    (searched,) = project.entries(SearchRun)
    assert searched.n_records == 0
