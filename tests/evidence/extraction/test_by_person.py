"""A person's word on a result: every number keeps a quote that stands in the report."""

import pytest

from evidence.errors import EvidenceError
from evidence.extraction.by_person import Source, confirmed, corrected, rejected, taken_back
from evidence.findings import DichotomousData
from evidence.grounding import entry_problems
from evidence.judgements import ExtractedOutcome
from tests.evidence.trial_factory import dichotomous_outcome, trial_document

DOCUMENT = trial_document(1)
RESULT = dichotomous_outcome(1, DOCUMENT)
TABLE = Source(words="Relapse by day 28 | 8 (10.5%) | 13")


def problems(result: ExtractedOutcome) -> list[str]:
    return entry_problems(result, {DOCUMENT.document_digest: DOCUMENT}.get)


def test_a_confirmed_result_is_the_persons_and_without_flags() -> None:
    assert RESULT.flags
    told = confirmed(RESULT, " Ada  Okoro ", "read the table")
    assert (told.flags, told.data, told.evidence) == ((), RESULT.data, RESULT.evidence)
    assert (told.provenance.actor, told.provenance.reason) == ("Ada Okoro", "read the table")


def test_a_changed_number_takes_the_pasted_words_as_its_quote() -> None:
    told, aside = corrected(
        RESULT,
        {"events_intervention": 13},
        {"events_intervention": Source(words="13\u00a0of 75  given placebo")},
        DOCUMENT,
        "Ada",
        "arms were swapped",
    )
    assert isinstance(told.data, DichotomousData)
    assert (told.data.events_intervention, told.data.total_intervention) == (13, 76)
    assert told.evidence[0].quotes[0].text == "13 of 75 given placebo"
    assert told.evidence[1:] == RESULT.evidence[1:]
    assert told.flags == () and problems(told) == []
    assert aside.result_digest == RESULT.content_digest
    assert aside.rejected and aside.provenance.reason == "replaced: arms were swapped"


def test_a_computed_number_says_how() -> None:
    source = Source(words="10.5%", derivation="10.5 % of 76, less one")
    told, _ = corrected(
        RESULT, {"events_intervention": 7}, {"events_intervention": source}, DOCUMENT, "Ada", "x"
    )
    assert told.evidence[0].derivation == "10.5 % of 76, less one"
    assert problems(told) == []


def test_a_number_that_is_taken_away_loses_its_evidence() -> None:
    told, _ = corrected(RESULT, {"total_comparator": None}, {}, DOCUMENT, "Ada", "not said")
    assert "total_comparator" not in {item.field for item in told.evidence}
    assert problems(told) == []


def test_another_time_needs_no_quote_and_is_read_in_days() -> None:
    told, _ = corrected(RESULT, {}, {}, DOCUMENT, "Ada", "the text says so", time_point="week 6")
    assert (told.time_point, told.time_point_days) == ("week 6", 42)
    kept, _ = corrected(RESULT, {"total_comparator": None}, {}, DOCUMENT, "Ada", "x")
    assert (kept.time_point, kept.time_point_days) == ("day 28", 28)


@pytest.mark.parametrize(
    ("numbers", "sources", "reason", "told"),
    [
        ({"events_intervention": 9}, {}, "x", "events intervention = 9 has no quote"),
        ({"events_intervention": 9}, TABLE, "x", "= 9 is not in its quote"),
        ({"events_intervention": 13}, Source(words="13 of 99 adults"), "x", "not in the report"),
        ({"events_intervention": 13}, Source(words="3 of 75"), "x", "not in the report"),
        ({"events_intervention": 13}, Source(words=" | "), "x", "not in the report"),
        ({"events_intervention": 13}, TABLE, "  ", "please write why you change"),
        ({"events_intervention": 8}, {}, "x", "nothing was changed"),
        ({"total_intervention": 8.5}, {}, "x", "has no quote"),
        ({"total_intervention": 10.5}, Source(words="10.5%"), "x", "valid integer"),
        ({"total_comparator": 8}, TABLE, "x", "13 events among 8 participants"),
        (dict.fromkeys(("events_intervention", "total_intervention", "events_comparator",
                        "total_comparator")), {}, "x", "no number is left"),
    ],
)  # fmt: skip
def test_what_no_words_support_is_refused(
    numbers: dict[str, float | None], sources: Source | dict[str, Source], reason: str, told: str
) -> None:
    if isinstance(sources, Source):
        sources = dict.fromkeys(numbers, sources)
    with pytest.raises(EvidenceError, match=told) as refused:
        corrected(RESULT, numbers, sources, DOCUMENT, "Ada", reason)
    assert "\n" not in str(refused.value)


def test_nothing_is_quoted_from_a_missing_text() -> None:
    with pytest.raises(EvidenceError, match="text of the report is missing"):
        corrected(
            RESULT,
            {"events_intervention": 13},
            {"events_intervention": TABLE},
            None,
            "Ada",
            "x",
        )


def test_a_rejection_needs_a_reason_and_can_be_taken_back() -> None:
    with pytest.raises(EvidenceError, match="please write why you reject"):
        rejected(RESULT, "Ada", " ")
    assert confirmed(RESULT, "Ada", "").provenance.reason == ""  # a right number needs none
    with pytest.raises(EvidenceError, match="expected a person's name"):
        rejected(RESULT, "machine", "x")
    out, back = rejected(RESULT, "Ada", "another outcome"), taken_back(RESULT, "Bo")
    assert (out.rejected, back.rejected) == (True, False)
    assert out.result_digest == back.result_digest == RESULT.content_digest
