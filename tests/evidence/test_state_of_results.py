"""What a person rejects leaves the results that are pooled; the last word counts."""

from evidence.entries import Entry
from evidence.events import ReportSought
from evidence.findings import DichotomousData
from evidence.judgements import MACHINE, ExtractedOutcome, Provenance, ResultRejected, ValueEvidence
from evidence.state import ReviewState, fold
from indexers.records import Record, abstract_document
from tests.evidence.test_state import BY_ADA, BY_MACHINE, LOG, report

DOCUMENT = abstract_document(Record(record_id="r5", source="t", title="3 of 9 and 4 of 9"))


def result(events: int, by: Provenance = BY_MACHINE) -> ExtractedOutcome:
    return ExtractedOutcome(
        record_id="r5",
        outcome="cure",
        reported_as="cure",
        intervention="drug A",
        comparator="drug B",
        data=DichotomousData(events_intervention=events),
        evidence=(ValueEvidence(field="events_intervention", quotes=(DOCUMENT.quote(0, 17),)),),
        provenance=by,
    )


def rejection(of: ExtractedOutcome, *, rejected: bool = True) -> ResultRejected:
    return ResultRejected(
        record_id=of.record_id,
        outcome=of.outcome,
        result_digest=of.content_digest,
        rejected=rejected,
        provenance=BY_ADA,
    )


def state_of(*entries: Entry) -> ReviewState:
    return fold([*LOG, *entries])


def events(results: list[ExtractedOutcome]) -> list[int | None]:
    return [r.data.events_intervention for r in results if isinstance(r.data, DichotomousData)]


def test_a_rejected_result_is_set_aside_and_the_others_stay() -> None:
    state = state_of(result(3), result(4), rejection(result(3)))
    assert events(state.extracted["r5"]) == [4]
    assert events(state.rejected["r5"]) == [3]
    assert state.rejections["r5"][result(3).content_digest].provenance == BY_ADA


def test_the_time_of_writing_does_not_change_a_results_name() -> None:
    from datetime import UTC, datetime

    timed = BY_MACHINE.model_copy(update={"at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert result(3, timed).content_digest == result(3).content_digest
    assert result(3, BY_ADA).content_digest != result(3).content_digest
    assert result(4).content_digest != result(3).content_digest


def test_a_rejection_that_is_taken_back_leaves_the_order_as_it_was() -> None:
    log = (result(3), result(4), rejection(result(3)), rejection(result(3), rejected=False))
    state = state_of(*log)
    assert events(state.extracted["r5"]) == [3, 4]
    assert state.rejected["r5"] == []
    assert events(state_of(*log, rejection(result(3))).rejected["r5"]) == [3]


def test_an_engine_that_says_it_again_stays_rejected_and_a_person_does_not() -> None:
    again = state_of(result(3), rejection(result(3)), result(3))
    assert again.extracted["r5"] == []
    by_ada = result(3, BY_ADA)
    assert events(state_of(by_ada, rejection(by_ada)).extracted["r5"]) == []
    assert events(state_of(by_ada, rejection(by_ada), by_ada).extracted["r5"])[-1] == 3


def test_another_text_voids_the_rejection_of_an_engines_result_alone() -> None:
    by_ada = result(4, BY_ADA)
    log = (result(3), by_ada, rejection(result(3)), rejection(by_ada))
    state = state_of(*log, report("r5", "other"))
    assert state.extracted["r5"] == []
    assert events(state.rejected["r5"]) == [4]  # a person's word stays, with what it is about
    assert list(state.rejections["r5"]) == [by_ada.content_digest]
    back = state_of(*log, report("r5", "other"), report("r5"), result(3))
    assert events(back.extracted["r5"]) == [3]


def test_the_same_text_again_voids_nothing() -> None:
    same: ReportSought = ReportSought(
        record_id="r5",
        document_digest="d",
        provenance=Provenance(actor=MACHINE, engine="test"),
    )
    assert events(state_of(result(3), rejection(result(3)), same).rejected["r5"]) == [3]
