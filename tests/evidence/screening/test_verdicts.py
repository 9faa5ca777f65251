from itertools import product

import pytest

from evidence.judgements import Phase, ScreeningDecision, Verdict
from evidence.screening.verdicts import PhaseVerdicts, Rules, person_key
from tests.evidence.screening.two_reviewers import ONE, TWO, said

FULL: Phase = "full_text"


def heard(*words: ScreeningDecision, screening=TWO, reasons=()) -> PhaseVerdicts:
    verdicts = PhaseVerdicts()
    for word in words:
        verdicts.hear(word, Rules(screening, reasons))
    return verdicts


def comes_to(one: Verdict, other: Verdict, phase: Phase) -> str | None:
    verdicts = heard(said("Ada", one, phase=phase), said("Ben", other, phase=phase))
    assert verdicts.in_conflict is (verdicts.decision is None)
    return verdicts.decision.verdict if verdicts.decision else None


@pytest.mark.parametrize(
    ("one", "other", "title_abstract", "full_text"),
    [
        ("include", "include", "include", "include"),
        ("exclude", "exclude", "exclude", "exclude"),
        ("unclear", "unclear", "unclear", "unclear"),
        ("include", "unclear", "include", None),
        ("include", "exclude", None, None),
        ("unclear", "exclude", None, None),
    ],
)
def test_what_two_verdicts_come_to(one, other, title_abstract, full_text) -> None:
    for pair in ((one, other), (other, one)):
        assert comes_to(*pair, "title_abstract") == title_abstract
        assert comes_to(*pair, FULL) == full_text


def test_nothing_but_two_exclusions_excludes() -> None:
    words = ("include", "unclear", "exclude")
    for one, other, phase in product(words, words, ("title_abstract", FULL)):
        assert (comes_to(one, other, phase) == "exclude") is (one == other == "exclude")


def test_one_verdict_waits_for_the_second() -> None:
    verdicts = heard(said("Ada", "include"))
    assert verdicts.decision is None
    assert not verdicts.in_conflict
    assert verdicts.deciders == ()


def test_one_person_is_not_two_however_the_name_is_written() -> None:
    verdicts = heard(said("Ada Low", "include"), said(" ada  LOW", "include"))
    assert verdicts.decision is None
    assert len(verdicts.reviewers) == 1
    assert person_key("Ａda\u00a0Low") == person_key("ada low")
    assert person_key("\u200eAda\u200b Lo\u00adw") == person_key("ada low")


def test_the_machine_only_proposes_where_people_decide() -> None:
    for settings in (ONE, TWO):
        verdicts = heard(said("machine", "exclude"), screening=settings)
        assert verdicts.decision is None
        assert verdicts.machine is not None
    settled = heard(said("Ada", "include"), said("machine", "exclude"), screening=ONE)
    assert settled.decision is not None
    assert settled.decision.verdict == "include"


def test_with_one_reviewer_the_last_person_counts() -> None:
    verdicts = heard(said("Ada", "include"), said("Ben", "exclude"), screening=ONE)
    assert verdicts.decision is not None
    assert verdicts.decision.verdict == "exclude"
    assert verdicts.deciders == ("Ben",)


def test_reviewers_can_talk_a_conflict_over() -> None:
    verdicts = heard(said("Ada", "include"), said("Ben", "exclude"), said("Ada", "exclude"))
    assert verdicts.decision is not None
    assert verdicts.decision.verdict == "exclude"
    assert verdicts.deciders == ("Ada", "Ben")
    alone = [verdict.verdict for verdict in verdicts.independent or ()]
    assert alone == ["include", "exclude"]


def test_a_verdict_corrected_before_the_second_came_is_the_independent_one() -> None:
    verdicts = heard(said("Ada", "include"), said("Ada", "exclude"), said("Ben", "exclude"))
    assert [verdict.verdict for verdict in verdicts.independent or ()] == ["exclude", "exclude"]


def test_a_changed_mind_reopens_what_two_had_settled() -> None:
    verdicts = heard(said("Ada", "exclude"), said("Ben", "exclude"), said("Ben", "include"))
    assert verdicts.in_conflict


def test_an_adjudicator_has_the_last_word() -> None:
    conflict = (said("Ada", "include"), said("Ben", "exclude"))
    ruled = (*conflict, said("Cy", "include", adjudicates=True))
    verdicts = heard(*ruled, said("Ada", "exclude"))
    assert verdicts.decision is not None
    assert verdicts.decision.verdict == "include"
    assert verdicts.deciders == ("Cy",)
    assert [lost.why for lost in verdicts.uncounted] == ["Cy has adjudicated it"]
    again = heard(*ruled, said("Cy", "exclude", adjudicates=True))
    assert again.decision is not None
    assert again.decision.verdict == "exclude"


def test_nobody_adjudicates_before_both_have_judged_or_where_they_agree() -> None:
    early = heard(said("Cy", "exclude", adjudicates=True), said("Ada", "include"))
    assert early.decision is None
    assert early.uncounted[0].why == "there is no conflict to adjudicate"
    agreed = heard(
        said("Ada", "include"), said("Ben", "include"), said("Cy", "exclude", adjudicates=True)
    )
    assert agreed.decision is not None
    assert agreed.decision.verdict == "include"
    assert len(agreed.uncounted) == 1


def test_only_named_adjudicators_and_not_the_reviewers_themselves() -> None:
    named = TWO.model_copy(update={"adjudicators": ("Cy", "Ben")})
    conflict = (said("Ada", "include"), said("Ben", "exclude"))
    for who, why in (
        ("Dee", "only Cy, Ben may adjudicate"),
        ("Ben", "who reviewed a record does not adjudicate it"),
    ):
        verdicts = heard(*conflict, said(who, "exclude", adjudicates=True), screening=named)
        assert verdicts.in_conflict
        assert verdicts.uncounted[0].why == why
    assert not heard(
        *conflict, said("cy", "exclude", adjudicates=True), screening=named
    ).in_conflict
    anyone = heard(*conflict, said("Ben", "include", adjudicates=True))
    assert not anyone.in_conflict


def test_a_third_reviewer_does_not_count_and_is_named() -> None:
    verdicts = heard(said("Ada", "include"), said("Ben", "exclude"), said("Cy", "exclude"))
    assert verdicts.in_conflict
    assert list(verdicts.reviewers) == ["ada", "ben"]
    lost = verdicts.uncounted[0]
    assert (lost.decision.provenance.actor, lost.why) == (
        "Cy",
        "Ada and Ben have reviewed it already",
    )


def test_of_two_reasons_the_first_of_the_question_counts() -> None:
    reasons = ("Not met: Adults", "Not met: Trials")
    words = (
        said("Ada", "exclude", phase=FULL, reason="not met:  trials"),
        said("Ben", "exclude", phase=FULL, reason="Not met: Adults"),
    )
    verdicts = heard(*words, reasons=reasons)
    assert verdicts.decision is words[1]
    assert verdicts.reasons_differ
    assert verdicts.open_to_adjudication
    swapped = heard(*words, reasons=reasons[::-1])
    assert swapped.decision is words[0]


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        ("own words", "Not met: Adults", 1),
        ("own words", "not met", 1),
        (None, "own words", 1),
        ("one", "two", 0),
    ],
)
def test_a_reason_of_the_question_counts_before_own_words_and_these_before_none(
    one, other, counts
) -> None:
    words = [
        said(who, "exclude", phase=FULL, reason=reason)
        for who, reason in (("Ada", one), ("Ben", other))
    ]
    verdicts = heard(*words, reasons=("Not met: Adults",))
    assert verdicts.decision is words[counts]
    assert verdicts.reasons_differ is (one is not None)


def test_reasons_on_titles_and_abstracts_need_no_adjudicator() -> None:
    verdicts = heard(said("Ada", "exclude", reason="a"), said("Ben", "exclude", reason="b"))
    assert not verdicts.reasons_differ
    assert not verdicts.open_to_adjudication


def test_a_full_text_that_both_leave_unclear_may_be_adjudicated() -> None:
    unclear = (said("Ada", "unclear", phase=FULL), said("Ben", "unclear", phase=FULL))
    assert heard(*unclear).open_to_adjudication
    ruled = heard(*unclear, said("Cy", "include", phase=FULL, adjudicates=True))
    assert ruled.decision is not None
    assert ruled.decision.verdict == "include"
