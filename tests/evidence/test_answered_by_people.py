"""What people said of a study's results answers for the text that it was said of."""

from __future__ import annotations

from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import MACHINE, Provenance, ResultRejected
from evidence.state import fold
from evidence.unanswered import answered_by_people
from indexers.records import Record, text_digest
from tests.evidence.test_unanswered import ADA, reading, result


def identified(text: str) -> RecordIdentified:
    record = Record(record_id="r", source="s", title=text)
    by = Provenance(actor=MACHINE, engine="x")
    return RecordIdentified(record=record, score=1.0, ranks={}, provenance=by)


def report(text: str) -> ReportSought:
    return ReportSought(
        record_id="r",
        document_digest=text_digest(text),
        provenance=Provenance(actor="Ada", engine="person"),
    )


def test_what_a_person_said_of_another_text_answers_nothing_in_this_one() -> None:
    read = result("relapse", 1)
    rejected = ResultRejected(
        record_id="r", outcome="relapse", result_digest=read.content_digest, provenance=ADA
    )
    mine = result("pain", 2, by="Ada")
    before = (identified("Title"), report("first"), reading(), read, rejected, mine)
    assert answered_by_people(fold(before), "r") == {"relapse", "pain"}
    assert answered_by_people(fold([*before, report("second")]), "r") == {"pain"}
    assert answered_by_people(fold(before), "another") == frozenset()
