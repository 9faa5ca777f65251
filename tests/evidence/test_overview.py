"""What the overview tells of a review: stages, next step, who did what, what to look at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evidence.appraisal.rob2_questions import DOMAINS
from evidence.config import ScreeningSettings
from evidence.contributors import WORDS, contributors
from evidence.entries import KINDS, Entry
from evidence.events import (
    DuplicateSuspected,
    RecordIdentified,
    ReportSought,
    SearchRun,
    StageCompleted,
)
from evidence.findings import Recommendation
from evidence.judgements import (
    MACHINE,
    Provenance,
    RecommendationEdit,
    RecommendationSignedOff,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StudyCharacteristics,
    Verdict,
)
from evidence.overview import Drafted, Overview, overview
from evidence.state import fold
from indexers.records import Record

ADA = Provenance(actor="Ada", engine="person", at=datetime(2026, 1, 5, 9, 30, tzinfo=UTC))
OFFLINE = Provenance(actor=MACHINE, engine="offline")
PROGRAM = Provenance(actor=MACHINE, engine="program")
MACHINE_DECIDES = ScreeningSettings()
PEOPLE = ScreeningSettings(decided_by="people")
TWO = ScreeningSettings(decided_by="people", reviewers=2)
NOTHING = Drafted(0, 0, None)
SEARCH: tuple[Entry, ...] = (
    SearchRun(query="q", source="s", retrievers=(), n_records=2, provenance=OFFLINE),
    StageCompleted(stage="search", inputs_digest="d", provenance=PROGRAM),
)


def found(name: str, *, retracted: bool = False) -> Entry:
    record = Record(record_id=name, source="s", title=f"Trial {name}", retracted=retracted)
    return RecordIdentified(record=record, score=1.0, ranks={}, provenance=OFFLINE)


def said(name: str, verdict: Verdict, by: Provenance = OFFLINE, full: bool = False) -> Entry:
    return ScreeningDecision(
        record_id=name,
        phase="full_text" if full else "title_abstract",
        verdict=verdict,
        provenance=by,
    )


def included(name: str, *, retracted: bool = False) -> tuple[Entry, ...]:
    return (
        found(name, retracted=retracted),
        said(name, "include"),
        ReportSought(record_id=name, document_digest="d" * 64, provenance=PROGRAM),
        said(name, "include", full=True),
    )


def read(name: str) -> Entry:
    return StudyCharacteristics(record_id=name, provenance=OFFLINE)


def judged(name: str, first: str = "low") -> tuple[Entry, ...]:
    return tuple(
        RiskOfBiasJudgement.model_validate(
            {
                "record_id": name,
                "domain": domain,
                "judgement": first if number == 0 else "low",
                "provenance": OFFLINE,
            }
        )
        for number, domain in enumerate(DOMAINS)
    )


def draft(inputs: str = "now") -> RecommendationEdit:
    return RecommendationEdit(
        recommendation=Recommendation(
            direction="none", strength="none", sentences=(), cited_rows=(), abstained=True
        ),
        inputs_digest=inputs,
        provenance=OFFLINE,
    )


def told(
    *entries: Entry,
    screening: ScreeningSettings = MACHINE_DECIDES,
    drafted: Drafted = NOTHING,
) -> Overview:
    return overview(fold(entries, screening), screening, drafted)


def standing(now: Overview) -> dict[str, str]:
    return {stage.name: stage.waiting for stage in now.stages}


def test_a_new_project_waits_for_the_engine() -> None:
    now = told()
    assert now.next_step.by_engine
    assert "takes in the records" in now.next_step.sentence
    assert standing(now) == {
        "Search": "engine",
        "Duplicates": "later",
        "Titles and abstracts": "later",
        "Full texts": "later",
        "Extraction": "later",
        "Risk of bias": "later",
        "Recommendation": "later",
    }


@pytest.mark.parametrize(
    ("screening", "by_engine", "page"),
    [(MACHINE_DECIDES, True, None), (PEOPLE, False, "screening"), (TWO, False, "screening")],
)
def test_records_wait_for_whoever_decides(
    screening: ScreeningSettings, by_engine: bool, page: str | None
) -> None:
    now = told(*SEARCH, found("a"), found("b"), screening=screening)
    assert (now.next_step.by_engine, now.next_step.page) == (by_engine, page)
    assert "2 " in now.next_step.sentence


def test_a_conflict_is_settled_on_its_page() -> None:
    bo = Provenance(actor="Bo", engine="person")
    now = told(
        *SEARCH, found("a"), said("a", "include", ADA), said("a", "exclude", bo), screening=TWO
    )
    assert now.next_step.page == "conflicts"
    assert "1 record two reviewers judged differently" in now.next_step.sentence


def test_people_screen_on_before_the_engine_reads_what_they_included() -> None:
    both = (*SEARCH, *included("a"), found("b"))
    by_person = (said("a", "include", ADA), said("a", "include", ADA, full=True))
    now = told(*both, *by_person, screening=PEOPLE)
    assert standing(now)["Extraction"] == "engine"
    assert now.next_step.page == "screening"
    now = told(*both, *by_person, said("b", "exclude", ADA), screening=PEOPLE)
    assert now.next_step.by_engine
    assert "1 included study to read" in now.next_step.sentence


def test_people_screen_on_while_full_texts_are_to_get() -> None:
    kept = (*SEARCH, found("a"), said("a", "include", ADA))
    now = told(*kept, found("b"), screening=PEOPLE)
    assert standing(now)["Full texts"] == "engine"
    assert now.next_step.page == "screening"
    now = told(*kept, screening=PEOPLE)
    assert now.next_step.by_engine
    assert "1 full text to get" in now.next_step.sentence


def test_the_engine_goes_on_before_people_read_what_it_left_unclear() -> None:
    unclear = (
        found("b"),
        said("b", "unclear"),
        ReportSought(record_id="b", document_digest="e" * 64, provenance=PROGRAM),
        said("b", "unclear", full=True),
    )
    assert told(*SEARCH, *included("a"), *unclear).next_step.by_engine
    through = (*SEARCH, *included("a"), *unclear, read("a"), *judged("a"), draft())
    now = told(*through, drafted=Drafted(0, 1, "now"))
    assert (now.next_step.page, now.next_step.by_engine) == ("screening", False)


def test_checks_follow_in_the_order_of_the_review() -> None:
    base = (*SEARCH, *included("a"), read("a"))
    pair = DuplicateSuspected(record_id="b", duplicate_of="a", provenance=OFFLINE)
    unclear = (*base, *judged("a", "unclear"), draft())
    now = told(*unclear, found("b"), said("b", "exclude"), pair, drafted=Drafted(2, 1, "now"))
    assert now.next_step.page == "duplicates"
    assert now.notes == ()  # the pair waits for an answer: it stands under what can be decided
    assert told(*unclear, drafted=Drafted(2, 1, "now")).next_step.page == "studies"
    now = told(*unclear, drafted=Drafted(0, 1, "now"))
    assert now.next_step.page == "risk-of-bias"
    assert "1 domain of risk of bias waits" in now.next_step.sentence
    now = told(*base, *judged("a"), draft(), drafted=Drafted(0, 1, "now"))
    assert now.next_step.page == "recommendation"


def test_a_draft_that_the_evidence_has_left_behind_is_stale() -> None:
    entries = (*SEARCH, *included("a"), read("a"), *judged("a"), draft("then"))
    now = told(*entries, drafted=Drafted(0, 1, "now"))
    assert now.next_step.by_engine
    assert "the evidence changed" in now.next_step.sentence
    # Where the inputs cannot be told, nothing is claimed to have changed.
    assert told(*entries, drafted=Drafted(0, 1, None)).next_step.page == "recommendation"


def test_a_signed_recommendation_ends_the_review_and_a_new_draft_is_unsigned() -> None:
    entries = (*SEARCH, *included("a"), read("a"), *judged("a"), draft())
    signed = RecommendationSignedOff(recommendation_digest=draft().content_digest, provenance=ADA)
    now = told(*entries, signed, drafted=Drafted(0, 1, "now"))
    assert set(standing(now).values()) == {"done"}
    assert now.next_step.page is None
    assert "signed" in now.next_step.sentence
    assert "signed by Ada" in now.stages[-1].told
    assert now.notes == ()
    now = told(*entries, signed, draft("later"), drafted=Drafted(0, 1, "later"))
    assert now.next_step.page == "recommendation"
    assert any("earlier version" in note.text for note in now.notes)


def test_a_retracted_study_is_named_and_an_excluded_one_is_not() -> None:
    now = told(
        *SEARCH, *included("a", retracted=True), found("b", retracted=True), said("b", "exclude")
    )
    assert [note.text for note in now.notes] == [
        "Trial a is included, and its report was retracted."
    ]


def test_a_report_that_a_person_gave_up_waits_for_nobody() -> None:
    base = (*SEARCH, found("a"), said("a", "include"))
    lacking = ReportSought(record_id="a", document_digest=None, provenance=PROGRAM)
    assert standing(told(*base, lacking))["Full texts"] == "people"
    given_up = ReportSought(record_id="a", document_digest=None, provenance=ADA)
    now = told(*base, given_up)
    assert standing(now)["Full texts"] == "done"
    assert [note.text for note in now.notes] == ["1 full text could not be had."]


def test_contributors_are_people_first_each_counted_once() -> None:
    again = Provenance(actor="ada", engine="person", at=datetime(2026, 1, 6, 8, 0, tzinfo=UTC))
    model = Provenance(actor=MACHINE, engine="language_model", model="m-7")
    lines = [
        *SEARCH,
        found("a"),
        said("a", "include"),
        said("a", "include", model),
        said("a", "exclude", ADA),
        said("a", "include", again),
    ]
    who = contributors(lines)
    assert [(c.name, c.by_person, c.told) for c in who] == [
        ("Ada", True, "2 screening decisions"),
        ("the offline engine", False, "1 search, 1 screening decision"),
        ("language model m-7", False, "1 screening decision"),
    ]
    assert who[0].last_at == again.at
    assert who[1].last_at is None
    for cut in range(len(lines) + 1):
        assert contributors(lines[cut:], contributors(lines[:cut])) == who


def test_every_kind_of_line_but_facts_has_words() -> None:
    assert set(KINDS.values()) - set(WORDS) == {"record_identified", "stage_completed"}
