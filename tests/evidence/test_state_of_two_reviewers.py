"""Fates and counts where people decide: one or two of them, conflicts, and a certificate."""

from itertools import islice, product

import pytest

from evidence.config import ScreeningSettings
from evidence.eligibility import exclusion_reason
from evidence.entries import Entry
from evidence.events import DuplicateMarked, ScreeningReopened, ScreeningStopped
from evidence.judgements import Phase, StoppingCertificate
from evidence.prisma import PrismaCounts, count
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.state import Fate, ReviewState, fold
from tests.evidence.screening.two_reviewers import BY_MACHINE, ONE, TWO, found, report, said

FULL: Phase = "full_text"
MACHINE = "machine"


def stopped(n_records: int, n_screened: int, n_included: int) -> Entry:
    certificate = StoppingCertificate(
        target_recall=0.95,
        confidence=0.95,
        p_value=0.04,
        n_records=n_records,
        n_screened=n_screened,
        n_included=n_included,
        recall_low=0.96,
        method="certified",
    )
    return ScreeningStopped(certificate=certificate, provenance=BY_MACHINE)


def adds_up(counts: PrismaCounts) -> bool:
    before_screening = counts.duplicates + counts.ineligible_by_automation
    unsettled = counts.to_screen + counts.conflicts_title_abstract
    assessed = counts.excluded_full_text + counts.awaiting + counts.included
    return (
        counts.identified == before_screening + unsettled + counts.screened
        and counts.screened == counts.excluded_title_abstract + counts.sought
        and counts.assessed == assessed
        and counts.sought
        == counts.not_retrieved + counts.to_assess + counts.conflicts_full_text + counts.assessed
    )


LOG: list[Entry] = [
    *found(*(f"r{number}" for number in range(12))),
    DuplicateMarked(record_id="r0", duplicate_of="r1", provenance=BY_MACHINE),
    *(said(MACHINE, "exclude", f"r{number}") for number in range(1, 12)),
    said("Ada", "include", "r2"),
    said("Ada", "include", "r3"),
    said("Ben", "exclude", "r3"),
    said("Ada", "exclude", "r4", reason="a"),
    said("Ben", "exclude", "r4", reason="a"),
    *(said("Ada", "include", f"r{number}") for number in range(5, 12)),
    *(said("Ben", "unclear", f"r{number}") for number in range(5, 12)),
    report("r6", None),
    *(report(f"r{number}") for number in range(7, 12)),
    *(said(MACHINE, "include", f"r{number}", FULL) for number in range(7, 12)),
    said("Ada", "exclude", "r8", FULL, reason="b"),
    said("Ben", "include", "r8", FULL),
    said("Ada", "include", "r9", FULL),
    said("Ben", "include", "r9", FULL),
    *(said(who, "unclear", "r10", FULL) for who in ("Ada", "Ben")),
    said("Ada", "exclude", "r11", FULL, reason="b"),
    said("Ben", "include", "r11", FULL),
    said("Cy", "exclude", "r11", FULL, reason="c", adjudicates=True),
]
FATES: list[Fate] = [
    "duplicate",
    "to_screen",
    "to_screen",
    "conflict_title_abstract",
    "excluded_title_abstract",
    "to_retrieve",
    "not_retrieved",
    "to_assess",
    "conflict_full_text",
    "included",
    "awaiting",
    "excluded_full_text",
]


def fates(state: ReviewState) -> list[Fate]:
    return [state.fate(record_id) for record_id in state.records]


def test_every_record_has_one_fate_and_the_boxes_add_up() -> None:
    state = fold(LOG, TWO)
    assert fates(state) == FATES
    counts = count(state)
    assert adds_up(counts)
    assert (counts.to_screen, counts.conflicts_title_abstract, counts.conflicts_full_text) == (
        *(2, 1, 1),
    )
    assert counts.reasons_full_text == {"c": 1}
    assert counts.ineligible_by_automation == 0


def test_who_decided_is_both_or_the_adjudicator() -> None:
    state = fold(LOG, TWO)
    assert state.decided_by("r9", FULL) == "Ada and Ben"
    assert state.decided_by("r11", FULL) == "Cy"
    assert state.decided_by("r3", "title_abstract") == ""
    assert fold(LOG).decided_by("r1", "title_abstract") == "offline engine"


def test_where_people_decide_the_machine_only_proposes() -> None:
    log = [*found("r"), said(MACHINE, "exclude")]
    assert fold(log).fate("r") == "excluded_title_abstract"
    for screening in (ONE, TWO):
        state = fold(log, screening)
        assert state.fate("r") == "to_screen"
        assert state.machine_decisions["r", "title_abstract"].verdict == "exclude"
    to_assess = [
        *found("r"),
        said("Ada", "include"),
        report("r"),
        said(MACHINE, "include", "r", FULL),
    ]
    assert fold(to_assess, ONE).fate("r") == "to_assess"


def test_a_changed_mind_takes_a_settled_exclusion_back() -> None:
    log = [*found("r"), said("Ada", "exclude"), said("Ben", "exclude")]
    assert fold(log, TWO).fate("r") == "excluded_title_abstract"
    log.append(said("Ben", "include"))
    assert fold(log, TWO).fate("r") == "conflict_title_abstract"


def test_a_full_text_can_rescue_what_two_excluded_once_two_say_so() -> None:
    log = [*found("r"), said("Ada", "exclude"), said("Ben", "exclude")]
    log.append(said("Ada", "include", phase=FULL))
    assert fold(log, TWO).fate("r") == "excluded_title_abstract"
    log.append(said("Ben", "exclude", phase=FULL, reason="x"))
    assert fold(log, TWO).fate("r") == "conflict_full_text"
    assert adds_up(count(fold(log, TWO)))


def test_of_two_reasons_the_first_of_the_question_is_counted() -> None:
    question = ClinicalQuestion(
        text="q",
        criteria=tuple(
            EligibilityCriterion(criterion_id=c, kind="inclusion", text=c)
            for c in ("Adults", "Trials")
        ),
    )
    first, second = map(exclusion_reason, question.criteria)
    log = [
        *(*found("r"), said("Ada", "include"), said("Ben", "include"), report("r")),
        said("Ada", "exclude", phase=FULL, reason=second),
        said("Ben", "exclude", phase=FULL, reason=first),
    ]
    assert count(fold(log, TWO, question)).reasons_full_text == {first: 1}


def stopping_log() -> list[Entry]:
    """Ten records: four settled, one that waits for Ben, one in conflict, four nobody has seen."""
    return [
        *found(*(f"r{number}" for number in range(10))),
        *(said(who, "include", "r0") for who in ("Ada", "Ben")),
        *(said(who, "exclude", f"r{n}", reason="a") for n in (1, 2, 3) for who in ("Ada", "Ben")),
        said("Ada", "include", "r4"),
        said("Ada", "include", "r5"),
        said("Ben", "exclude", "r5"),
        said(MACHINE, "include", "r6"),
        stopped(10, 4, 1),
    ]


def test_a_certificate_leaves_out_what_no_person_has_seen() -> None:
    state = fold(stopping_log(), TWO)
    assert state.with_fate("not_screened") == ["r6", "r7", "r8", "r9"]
    assert state.fate("r4") == "to_screen"
    assert state.fate("r5") == "conflict_title_abstract"
    counts = count(state)
    assert counts.ineligible_by_automation == 4
    assert adds_up(counts)


def test_a_void_certificate_brings_them_back() -> None:
    reopened = [*stopping_log(), ScreeningReopened(provenance=BY_MACHINE)]
    arrived = [*stopping_log(), *found("r10")]
    for log in (reopened, arrived):
        counts = count(fold(log, TWO))
        assert counts.ineligible_by_automation == 0
        assert adds_up(counts)
    assert count(fold(reopened, TWO)).to_screen == 5


def test_nothing_is_left_out_where_the_machine_has_decided() -> None:
    log = [*found("r", "s"), said(MACHINE, "exclude", "r"), stopped(2, 1, 0)]
    assert fates(fold(log)) == ["excluded_title_abstract", "not_screened"]


@pytest.mark.parametrize(
    "screening", [ScreeningSettings(), ONE, TWO], ids=["machine", "one", "two"]
)
def test_whatever_is_said_in_whatever_order_the_boxes_add_up(screening: ScreeningSettings) -> None:
    words: list[Entry] = [
        said(who, verdict, "r", phase, adjudicates=who == "Cy")
        for who, verdict, phase in product(
            (MACHINE, "Ada", "Ben", "Cy"),
            ("include", "exclude", "unclear"),
            ("title_abstract", FULL),
        )
    ]
    words += [report("r"), stopped(2, 0, 0)]
    for one, two, three in islice(product(words, repeat=3), 0, None, 7):
        state = fold([*found("r", "other"), one, two, three], screening)
        counts = count(state)
        assert adds_up(counts)
        excluded = counts.excluded_title_abstract + counts.excluded_full_text
        assert excluded == 0 or any(
            getattr(w, "verdict", "") == "exclude" for w in (one, two, three)
        )


def test_a_long_log_is_folded() -> None:
    # About half a second; work that grew with the square of the log would take an hour.
    ids = [f"r{number}" for number in range(20_000)]
    log = [
        *found(*ids),
        *(said("Ada", "exclude", r) for r in ids),
        *(said("Ben", "exclude" if n % 9 else "include", r) for n, r in enumerate(ids)),
    ]
    state = fold(log, TWO)
    assert len(state.with_fate("conflict_title_abstract")) == 2_223
