"""Each element of a claim, right, wrong and honestly reworded; the span heads are not needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.factuality.checking import check_claim, supports
from evidence.factuality.verdicts import ClaimCheck
from evidence.reading.span_heads import Span

PAIN = "Pain was significantly lower in the ketorolac group than in the placebo group (P < 0.05)."
DEATHS = "Mortality was 12% in the ketorolac group and 18.5% in the placebo group at 6 months."
HEDGED = "Ketorolac may reduce the need for opioids and was associated with nausea."
NONE = "Ketorolac did not improve sleep, and there was no difference in vomiting."


def check(claim: str, *quotes: str, spans: tuple[Span, ...] = ()) -> ClaimCheck:
    return check_claim(claim, quotes, spans)


def flagged(claim: str, *quotes: str) -> set[str]:
    return {verdict.element for verdict in check(claim, *quotes).flags}


@pytest.mark.parametrize("text", [PAIN, DEATHS, HEDGED, NONE])
def test_a_quote_supports_itself(text: str) -> None:
    found = check(text, text)
    assert found.flags == ()
    assert found.supporting == (True,)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Pain was significantly greater in the placebo arm than in the ketorolac arm.", PAIN),
        ("In the ketorolac group pain was significantly lower versus placebo.", PAIN),
        ("P values below 0.05 were found for pain.", PAIN),
        ("Mortality was 18.5% in the placebo group and 12% in the ketorolac group.", DEATHS),
        ("At half a year a share of 0.185 had died in the placebo group.", DEATHS),
        ("Mortality was 12 percent with ketorolac after six months.", DEATHS),
        ("Ketorolac might reduce the need for opioids.", HEDGED),
        ("Sleep was not improved by ketorolac.", NONE),
    ],
)
def test_honest_rewordings_are_left_alone(claim: str, quote: str) -> None:
    words = [f"{v.element}: {v.reason}" for v in check(claim, quote).flags]
    assert not words


@pytest.mark.parametrize(
    ("claim", "element"),
    [
        (DEATHS.replace("12%", "13%"), "numeral"),
        (DEATHS.replace("12%", "120%"), "numeral"),
        (DEATHS.replace("12%", "X").replace("18.5%", "12%").replace("X", "18.5%"), "numeral"),
        (DEATHS.replace("12%", "12 mg"), "numeral"),
        (DEATHS.replace("6 months", "9 months"), "time_point"),
        (DEATHS.replace("6 months", "6 weeks"), "time_point"),
        ("Half of the ketorolac group died.", "numeral"),
    ],
)
def test_numbers_are_errors(claim: str, element: str) -> None:
    worst = check(claim, DEATHS).flags[0]
    assert (worst.element, worst.severity) == (element, "error")
    assert worst.status != "supported"


@pytest.mark.parametrize(
    ("claim", "quote", "element"),
    [
        (PAIN.replace("lower", "higher"), PAIN, "direction"),
        (
            "Pain was significantly lower in the placebo group than in the ketorolac group.",
            PAIN,
            "comparator",
        ),
        (PAIN.replace("significantly", "not significantly"), PAIN, "significance"),
        (PAIN.replace("P <", "P >"), PAIN, "significance"),
        (NONE.replace("did not improve", "did improve"), NONE, "negation"),
        (NONE.replace("no difference", "a difference"), NONE, "negation"),
        (DEATHS.replace("was 12%", "was not 12%"), DEATHS, "negation"),
        (HEDGED.replace("may reduce", "reduces"), HEDGED, "certainty"),
        (HEDGED.replace("was associated with", "caused"), HEDGED, "certainty"),
        ("Statins lower the cholesterol of smokers.", DEATHS, "citation"),
    ],
)
def test_what_a_claim_states_is_advisory(claim: str, quote: str, element: str) -> None:
    flags = [verdict for verdict in check(claim, quote).flags if verdict.element == element]
    assert flags
    assert {verdict.severity for verdict in flags} == {"warning"}


def test_a_missing_phrase_has_the_element_of_its_words() -> None:
    claim = "In children with asthma, mortality was 12% in the ibuprofen group."
    start = claim.index("ibuprofen")
    spans = (Span("intervention", start, start + len("ibuprofen"), 0.9),)
    found = {v.element: v.claim_words for v in check(claim, DEATHS, spans=spans).flags}
    assert found["population"] == "children with asthma"
    assert found["intervention"] == "ibuprofen"
    compared = claim.replace("in the ibuprofen group", "against 18.5% versus ibuprofen")
    start = compared.index("ibuprofen")
    spans = (Span("intervention", start, start + len("ibuprofen"), 0.9),)
    assert "comparator" in {v.element for v in check(compared, DEATHS, spans=spans).flags}


def test_an_abbreviation_and_a_synonym_are_no_missing_phrase() -> None:
    quote = "Body mass index fell with metformin in obese children."
    assert flagged("BMI decreased with metformin in paediatric patients with obesity.", quote) == (
        set()
    )
    assert flagged("BMI decreased with metformin in obese adults.", quote) == {"population"}


def test_kinds_of_people_are_never_close_enough() -> None:
    quote = "Pain fell with ketorolac in adolescents and in male volunteers."
    assert flagged("Pain fell with ketorolac in adolescents.", quote) == set()
    assert flagged("Pain fell with ketorolac in children.", quote) == {"population"}
    assert flagged("Pain fell with ketorolac in female volunteers.", quote) == {"population"}


def test_each_quote_is_told_whether_it_supports() -> None:
    other = "Statins lowered cholesterol in smokers after ten weeks."
    assert check(PAIN, PAIN, other).supporting == (True, False)
    who = "We studied women with migraine."
    claim = "In women with migraine, pain was significantly lower with ketorolac than placebo."
    assert check(claim, PAIN, who, other).supporting == (True, True, False)
    assert not supports(claim, other, [other])


def test_a_claim_without_quotes_has_no_support() -> None:
    assert {"citation", "numeral"} <= flagged(DEATHS)


@given(st.text(max_size=120), st.lists(st.text(max_size=120), max_size=3))
def test_any_text_has_verdicts(claim: str, quotes: list[str]) -> None:
    found = check(claim, *quotes)
    assert found == check(claim, *quotes)
    assert len(found.supporting) == len(quotes)
