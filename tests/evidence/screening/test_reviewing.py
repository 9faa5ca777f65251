import pytest

from evidence.errors import ProjectError
from evidence.events import DuplicateMarked, ScreeningReopened
from evidence.judgements import Phase
from evidence.screening.allowed import check_decision
from evidence.screening.reviewing import (
    calibration_round,
    conflicts,
    due_for,
    half_judged,
    may_adjudicate,
    phase_reached,
    visible_decisions,
)
from evidence.state import fold
from tests.evidence.screening.two_reviewers import BY_MACHINE, ONE, TWO, found, report, said
from tests.evidence.test_state_of_two_reviewers import stopping_log

FULL: Phase = "full_text"
TITLE: Phase = "title_abstract"
TEN = found(*(f"r{number}" for number in range(10)))
CALIBRATED = TWO.model_copy(update={"calibration_records": 4})


def test_both_reviewers_screen_everything_and_nobody_else_does() -> None:
    log = [*found("a", "b", "c"), said("Ada", "include", "a"), said("Ben", "exclude", "b")]
    state = fold(log, TWO)
    assert due_for(state, TWO, "Ada", TITLE) == ["b", "c"]
    assert due_for(state, TWO, " ben ", TITLE) == ["a", "c"]
    assert due_for(state, TWO, "Cy", TITLE) == ["a", "b", "c"]
    both = fold([*log, said("Ben", "include", "a")], TWO)
    assert due_for(both, TWO, "Cy", TITLE) == ["b", "c"]
    assert half_judged(both, TITLE) == ["b"]


def test_one_reviewer_has_what_nobody_has_judged() -> None:
    state = fold(
        [*found("a", "b"), said("Ada", "include", "a"), said("machine", "include", "b")], ONE
    )
    assert due_for(state, ONE, "Ada", TITLE) == due_for(state, ONE, "Ben", TITLE) == ["b"]


def test_full_texts_are_due_once_there_is_one_and_what_one_has_assessed_is_the_others() -> None:
    log = [*found("a", "b", "c")]
    log += [said(who, "include", record) for who in ("Ada", "Ben") for record in "abc"]
    log += [report("a"), report("b", None), said("Ada", "include", "b", FULL)]
    state = fold(log, TWO)
    assert due_for(state, TWO, "Ada", FULL) == ["a"]
    assert due_for(state, TWO, "Ben", FULL) == ["a", "b"]
    assert [phase_reached(state, record) for record in "abc"] == [FULL, FULL, TITLE]


def test_what_an_engine_left_unclear_is_a_persons() -> None:
    log = [*found("a"), said("machine", "include", "a"), report("a")]
    log.append(said("machine", "unclear", "a", FULL))
    settings = ONE.model_copy(update={"decided_by": "machine"})
    assert due_for(fold(log, settings), settings, "Ada", FULL) == ["a"]
    by_person = [*log, said("Ada", "unclear", "a", FULL)]
    assert due_for(fold(by_person, settings), settings, "Ada", FULL) == []


def test_duplicates_and_what_a_certificate_leaves_out_are_nobodys() -> None:
    merged = DuplicateMarked(record_id="r1", duplicate_of="r0", provenance=BY_MACHINE)
    assert "r1" not in due_for(fold([*TEN, merged], TWO), TWO, "Ada", TITLE)
    stopped = fold(stopping_log(), TWO)
    assert due_for(stopped, TWO, "Ada", TITLE) == []
    assert due_for(stopped, TWO, "Ben", TITLE) == ["r4"]
    reopened = fold([*stopping_log(), ScreeningReopened(provenance=BY_MACHINE)], TWO)
    assert due_for(reopened, TWO, "Ada", TITLE) == ["r6", "r7", "r8", "r9"]


def test_the_calibration_round_comes_first_and_is_the_same_for_both() -> None:
    state = fold(TEN, CALIBRATED)
    drawn = calibration_round(state, CALIBRATED, seed=3)
    assert len(set(drawn)) == 4
    for reviewer in ("Ada", "Ben"):
        due = due_for(state, CALIBRATED, reviewer, TITLE, seed=3)
        assert tuple(due[:4]) == drawn
        assert due[4:] == [r for r in state.records if r not in drawn]
    assert len({calibration_round(state, CALIBRATED, seed=seed) for seed in range(20)}) > 15


def test_judging_does_not_change_the_calibration_round_and_a_duplicate_changes_one() -> None:
    before = calibration_round(fold(TEN, CALIBRATED), CALIBRATED)
    judged = fold([*TEN, said("Ada", "exclude", before[0])], CALIBRATED)
    assert calibration_round(judged, CALIBRATED) == before
    assert due_for(judged, CALIBRATED, "Ada", TITLE)[:3] == list(before[1:])
    other = next(r for r in judged.records if r not in before)
    merged = DuplicateMarked(record_id=before[0], duplicate_of=other, provenance=BY_MACHINE)
    after = calibration_round(fold([*TEN, merged], CALIBRATED), CALIBRATED)
    assert after[:3] == before[1:]


def test_every_record_is_as_likely_in_the_calibration_round() -> None:
    state = fold(TEN, CALIBRATED)
    rounds = [calibration_round(state, CALIBRATED, seed) for seed in range(500)]
    shares = [sum(r in drawn for drawn in rounds) / 500 for r in state.records]
    assert all(0.33 < share < 0.47 for share in shares)  # 0.4, within three standard errors


def test_conflicts_have_both_verdicts_and_reasons() -> None:
    log = [
        *found("a", "b", "c"),
        *(said("Ada", "include", "a"), said("Ben", "exclude", "a", reason="why")),
        *(
            said("Ada", "exclude", "b", FULL, reason="x"),
            said("Ben", "exclude", "b", FULL, reason="y"),
        ),
        said("Ada", "include", "c"),
        *(*found("copy"), said("Ada", "include", "copy"), said("Ben", "exclude", "copy")),
        DuplicateMarked(record_id="copy", duplicate_of="a", provenance=BY_MACHINE),
    ]
    state = fold(log, TWO)
    (on_title,) = conflicts(state, TITLE)
    assert (on_title.record.record_id, on_title.about, on_title.counted) == ("a", "verdict", None)
    told = [(v.provenance.actor, v.verdict, v.exclusion_reason) for v in on_title.verdicts]
    assert told == [("Ada", "include", None), ("Ben", "exclude", "why")]
    (on_text,) = conflicts(state, FULL)
    assert (on_text.record.record_id, on_text.about) == ("b", "reason")
    assert on_text.counted is on_text.verdicts[0]
    settled = fold([*log, said("Cy", "include", "a", adjudicates=True)], TWO)
    assert conflicts(settled, TITLE) == ()


def seen(log, viewer: str, settings=TWO, phase: Phase = TITLE) -> list[str]:
    state = fold([*found("r"), *log], settings)
    visible = visible_decisions(state, settings, "r", phase, viewer)
    return [decision.provenance.actor for decision in visible]


def test_nobody_sees_the_others_verdict_before_giving_one() -> None:
    first = [said("Ada", "include")]
    assert seen(first, "Ada") == ["Ada"]
    assert seen(first, "Ben") == []
    assert seen(first, "Cy") == []
    both = [*first, said("Ben", "exclude")]
    for viewer in ("Ada", "Ben", "Cy"):
        assert seen(both, viewer) == ["Ada", "Ben"]


def test_an_adjudicator_sees_a_verdict_only_when_there_are_two() -> None:
    named = TWO.model_copy(update={"adjudicators": ("Cy",)})
    assert seen([said("Ada", "include")], "Cy", named) == []
    assert seen([said("Ada", "include"), said("Ben", "exclude")], "Cy", named) == ["Ada", "Ben"]


def test_whoever_tries_to_adjudicate_too_early_sees_nothing_and_is_not_seen() -> None:
    log = [said("Ada", "include"), said("Cy", "exclude", adjudicates=True)]
    assert seen(log, "Ada") == ["Ada"]
    assert seen(log, "Ben") == []
    assert seen(log, "Cy") == ["Cy"]


def test_a_verdict_on_the_abstract_opens_nothing_of_the_full_text() -> None:
    log = [said("Ada", "include", phase=FULL), said("Ben", "include")]
    assert seen(log, "Ben", phase=FULL) == []


def test_without_blinding_and_with_one_reviewer_all_is_seen() -> None:
    log = [said("machine", "include"), said("Ada", "include")]
    assert seen(log, "Ben", TWO.model_copy(update={"blind": False})) == ["machine", "Ada"]
    assert seen(log, "Ben", ONE) == ["machine", "Ada"]


def test_the_engines_verdict_is_hidden_from_everyone_where_the_settings_say_so() -> None:
    hidden = TWO.model_copy(update={"hide_machine": True})
    log = [said("machine", "include"), said("Ada", "include"), said("Ben", "exclude")]
    assert seen(log, "Ben") == ["machine", "Ada", "Ben"]
    for viewer in ("Ada", "Ben", "Cy"):
        assert seen(log, viewer, hidden) == ["Ada", "Ben"]
    assert seen(log, "Ada", ONE.model_copy(update={"hide_machine": True})) == ["Ada", "Ben"]


CONFLICT = [said("Ada", "include"), said("Ben", "exclude")]


@pytest.mark.parametrize(
    ("log", "decision", "settings", "refused"),
    [
        ([], said("Machine", "include"), TWO, "expected a person's name"),
        ([], said(" ", "include"), TWO, "expected a person's name"),
        ([], said("Ada", "include", "x"), TWO, "expected one of the project's records"),
        ([], said("Ada", "include", "copy"), TWO, "duplicate of r; screen that one"),
        ([], said("Ada", "exclude", phase=FULL), TWO, "expected a reason to exclude"),
        ([], said("Cy", "include", adjudicates=True), ONE, "the project has one reviewer"),
        (CONFLICT[:1], said("Cy", "include", adjudicates=True), TWO, "wait until both reviewers"),
        (
            CONFLICT,
            said("Cy", "include"),
            TWO,
            "Ada and Ben have reviewed it already; decide as an",
        ),
        (
            [*CONFLICT, said("Cy", "include", adjudicates=True)],
            *(said("Ada", "exclude"), TWO, "Cy has adjudicated it; decide as an adjudicator"),
        ),
        (
            [CONFLICT[0], said("Ben", "include")],
            *(said("Cy", "include"), TWO, "there is nothing left to decide"),
        ),
        (
            CONFLICT,
            said("Dee", "include", adjudicates=True),
            TWO.model_copy(update={"adjudicators": ("Cy",)}),
            "only Cy may adjudicate",
        ),
        (
            CONFLICT,
            said("Dee", "include"),
            TWO.model_copy(update={"adjudicators": ("Cy", "Eve")}),
            "Cy or Eve may adjudicate",
        ),
        (
            CONFLICT,
            said("ada", "include", adjudicates=True),
            TWO.model_copy(update={"adjudicators": ("Ada",)}),
            "who reviewed a record does not adjudicate it",
        ),
    ],
)
def test_a_decision_that_would_not_count_is_refused(log, decision, settings, refused) -> None:
    copy = DuplicateMarked(record_id="copy", duplicate_of="r", provenance=BY_MACHINE)
    state = fold([*found("r", "copy"), copy, *log], settings)
    with pytest.raises(ProjectError, match=refused) as caught:
        check_decision(state, settings, decision)
    assert "\n" not in str(caught.value)


def test_what_is_accepted_counts() -> None:
    named = TWO.model_copy(update={"adjudicators": ("Cy",)})
    log = [*found("r"), *CONFLICT]
    for decision in (
        said("Cy", "include", adjudicates=True),
        said("Ben", "include"),
        said("Ben", "exclude", reason="x"),
    ):
        check_decision(fold(log, named), named, decision)
        after = fold([*log, decision], named).verdicts["r", TITLE]
        assert after.uncounted == ()
    assert may_adjudicate(named, " CY ")
    assert not may_adjudicate(named, "Ada")
    assert may_adjudicate(TWO, "Ada")
