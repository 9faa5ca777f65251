from evidence.entries import Entry
from evidence.events import DuplicateMarked, RecordIdentified, ReportSought
from evidence.findings import OutcomeDirection
from evidence.judgements import (
    MACHINE,
    Phase,
    Provenance,
    ScreeningDecision,
    StatedDirection,
    Verdict,
)
from evidence.prisma import count
from evidence.state import fold, study_label
from indexers.records import Record

BY_MACHINE = Provenance(actor=MACHINE, engine="offline")
BY_ADA = Provenance(actor="Ada", engine="person")


def found(record_id: str) -> Entry:
    record = Record(record_id=record_id, source="s", title=record_id)
    return RecordIdentified(record=record, score=1, ranks={}, provenance=BY_MACHINE)


def decided(
    record_id: str,
    verdict: Verdict,
    phase: Phase = "title_abstract",
    by: Provenance = BY_MACHINE,
    reason: str | None = None,
) -> Entry:
    return ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        exclusion_reason=reason,
        provenance=by,
    )


def report(record_id: str, digest: str | None = "d") -> Entry:
    return ReportSought(record_id=record_id, document_digest=digest, provenance=BY_MACHINE)


LOG: list[Entry] = [
    *(found(f"r{number}") for number in range(9)),
    DuplicateMarked(record_id="r0", duplicate_of="r1", provenance=BY_MACHINE),
    decided("r1", "exclude", reason="wrong population"),
    decided("r2", "unclear"),
    decided("r3", "include"),
    report("r3", None),
    decided("r4", "include"),
    report("r4"),
    *(decided(f"r{number}", "include") for number in (5, 6, 7)),
    *(report(f"r{number}") for number in (5, 6, 7)),
    decided("r5", "include", "full_text"),
    decided("r6", "unclear", "full_text"),
    decided("r7", "exclude", "full_text", reason="no comparator"),
]


def test_every_record_has_one_fate() -> None:
    state = fold(LOG)
    assert [state.fate(f"r{number}") for number in range(9)] == [
        "duplicate",
        "excluded_title_abstract",
        "to_retrieve",
        "not_retrieved",
        "to_assess",
        "included",
        "awaiting",
        "excluded_full_text",
        "to_screen",
    ]


def test_prisma_boxes_add_up() -> None:
    counts = count(fold(LOG))
    assert counts.identified == 9
    assert counts.identified == counts.duplicates + counts.screened + counts.to_screen
    assert counts.screened == counts.excluded_title_abstract + counts.sought
    assert counts.sought == counts.not_retrieved + counts.assessed + counts.to_assess
    assert counts.assessed == counts.excluded_full_text + counts.awaiting + counts.included
    assert counts.reasons_title_abstract == {"wrong population": 1}
    assert counts.reasons_full_text == {"no comparator": 1}
    assert (counts.included, counts.awaiting, counts.not_retrieved) == (1, 1, 1)


def test_a_person_overrules_the_machine_whoever_came_last() -> None:
    person_first = [*LOG, decided("r8", "exclude", by=BY_ADA), decided("r8", "include")]
    assert fold(person_first).fate("r8") == "excluded_title_abstract"
    person_last = [*LOG, decided("r7", "include", "full_text", by=BY_ADA)]
    assert fold(person_last).fate("r7") == "included"
    changed_mind = [*person_last, decided("r7", "exclude", "full_text", by=BY_ADA)]
    assert fold(changed_mind).fate("r7") == "excluded_full_text"


def test_a_person_can_decide_on_a_full_text_that_title_screening_excluded() -> None:
    rescued = [*LOG, decided("r1", "include", "full_text", by=BY_ADA)]
    assert fold(rescued).fate("r1") == "included"


def test_study_labels() -> None:
    record = Record(record_id="r", source="s", title="t", authors=("Kamya, Moses R",), year=2007)
    assert study_label(record) == "Kamya 2007"
    nobody = record.model_copy(update={"authors": (), "title": "A trial of solvane in gleam fever"})
    assert study_label(nobody) == "A trial of solvane in gleam fever 2007"
    long = nobody.model_copy(update={"title": "Solvane " * 20, "year": None})
    assert study_label(long) == "Solvane Solvane Solvane Solvane …"
    assert study_label(long.model_copy(update={"title": ""})) == "r"


def test_another_text_voids_a_machines_directions_and_keeps_a_persons() -> None:
    def stated(outcome: str, direction: OutcomeDirection, by: Provenance) -> Entry:
        return StatedDirection(record_id="r5", outcome=outcome, direction=direction, provenance=by)

    log = [
        *LOG,
        stated("pain", "increased", BY_ADA),
        stated("pain", "decreased", BY_MACHINE),
        stated("fever", "decreased", BY_MACHINE),
    ]
    told = {name: line.direction for name, line in fold(log).directions["r5"].items()}
    assert told == {"pain": "increased", "fever": "decreased"}
    assert list(fold([*log, report("r5", "other")]).directions["r5"]) == ["pain"]
