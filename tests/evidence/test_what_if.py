import pytest

from evidence.appraisal.rob2_questions import DOMAINS
from evidence.config import SynthesisSettings
from evidence.errors import SettingsError
from evidence.findings import DichotomousData
from evidence.judgements import (
    MACHINE,
    ExtractedOutcome,
    Provenance,
    RiskOfBiasJudgement,
    ValueEvidence,
)
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.synthesise import StudyEvidence, summarise
from evidence.what_if import Change, lines, what_if
from indexers.records import Document, text_digest

BY = Provenance(actor=MACHINE, engine="test")
SETTINGS = SynthesisSettings(model="fixed")
QUESTION = ClinicalQuestion(
    text="Zinc or placebo?",
    pico=Pico(intervention="zinc", comparator="placebo", outcomes=("mortality",)),
)


def report(name: str, events: tuple[int, int], total: int = 1000) -> Document:
    text = f"{events[0]} of {total} died with zinc and {events[1]} of {total} with placebo."
    return Document(document_digest=text_digest(text), record_id=name, kind="full_text", text=text)


def study(name: str, events: tuple[int, int], total: int = 1000) -> StudyEvidence:
    document = report(name, events, total)
    quotes = (document.quote(0, len(document.text)),)
    numbers = {
        "events_intervention": events[0],
        "total_intervention": total,
        "events_comparator": events[1],
        "total_comparator": total,
    }
    outcome = ExtractedOutcome(
        record_id=name,
        outcome="mortality",
        reported_as="death",
        intervention="zinc",
        comparator="placebo",
        data=DichotomousData(**numbers),
        evidence=tuple(ValueEvidence(field=field, quotes=quotes) for field in numbers),
        provenance=BY,
    )
    low = tuple(
        RiskOfBiasJudgement.model_validate(
            {
                "record_id": name,
                "domain": domain,
                "judgement": "low",
                "quotes": quotes,
                "provenance": BY,
            }
        )
        for domain in DOMAINS
    )
    return StudyEvidence(record_id=name, study=name, outcomes=(outcome,), risk_of_bias=low)


EVIDENCE = [study("A 2001", (60, 120)), study("B 2002", (110, 112))]


def test_nothing_supposed_changes_nothing() -> None:
    found = what_if(QUESTION, EVIDENCE, SETTINGS, Change())
    assert not found.outcomes[0].changed
    assert not found.recommendation_changed
    assert found.judgements == ()
    assert lines(found)[0].startswith("mortality: as before, risk ratio")


def test_leaving_a_study_out_is_pooling_without_it() -> None:
    found = what_if(QUESTION, EVIDENCE, SETTINGS, Change(excluded=frozenset({"B 2002"})))
    assert found.outcomes[0].after == summarise(QUESTION, EVIDENCE[:1], SETTINGS)[0]
    assert found.outcomes[0].before == summarise(QUESTION, EVIDENCE, SETTINGS)[0]
    effect = found.outcomes[0].after.effect
    assert effect is not None
    assert effect.estimate == pytest.approx(0.5)


def test_a_high_risk_of_bias_lowers_the_certainty_and_says_why() -> None:
    found = what_if(
        QUESTION, EVIDENCE, SETTINGS, Change(risk_of_bias=(("A 2001", "measurement", "high"),))
    )
    ((before, after),) = found.outcomes[0].domains
    assert (before.domain, before.levels_down) == ("risk_of_bias", 0)
    assert after.levels_down == 1
    assert "at high risk of bias" in "\n".join(lines(found))


def test_all_domains_are_meant_when_none_is_named() -> None:
    high = Change(risk_of_bias=(("A 2001", None, "high"), ("B 2002", None, "unclear")))
    one = Change(risk_of_bias=(("A 2001", "deviations", "high"), ("B 2002", None, "unclear")))
    # The worst domain is the study's risk, so the two agree.
    found = [what_if(QUESTION, EVIDENCE, SETTINGS, c).outcomes[0].after for c in (high, one)]
    assert found[0] == found[1]


def test_another_way_of_pooling() -> None:
    found = what_if(
        QUESTION, EVIDENCE, SETTINGS, Change(settings=SynthesisSettings(dichotomous_measure="OR"))
    )
    after = found.outcomes[0].after.effect
    assert after is not None
    assert after.measure == "OR"


def test_a_recommendation_that_turns_is_told() -> None:
    strong = [study("A 2001", (60, 120)), study("B 2002", (60, 121))]
    found = what_if(
        QUESTION,
        strong,
        SETTINGS,
        Change(risk_of_bias=(("A 2001", None, "high"), ("B 2002", None, "high"))),
    )
    without = what_if(QUESTION, strong, SETTINGS, Change(excluded=frozenset({"A 2001", "B 2002"})))
    assert found.before.direction == "for"
    assert without.recommendation_changed
    told = lines(without)
    (verdict,) = [n for n, line in enumerate(told) if line.startswith("Recommendation by rules: ")]
    assert told[verdict].startswith("Recommendation by rules: for, ")
    assert told[verdict].endswith("→ none")
    assert without.judgements == (
        ("desirable_effects", "large", "don't know"),
        ("undesirable_effects", "trivial", "don't know"),
        ("certainty", "high", "no included studies"),
        ("balance", "favours the intervention", "don't know"),
    )
    assert told[verdict + 1] == "  desirable effects: large → don't know"
    assert found.judgements[0][0] == "certainty"
    assert without.outcomes[0].domains == (), "an unrated outcome has no levels to compare"


def test_it_says_why_nothing_is_pooled() -> None:
    nobody, silent = study("N 2003", (0, 0)), study("S 2004", (1, 2))
    silent = silent.model_copy(update={"outcomes": ()})
    unread = study("U 2005", (1, 2))
    data = DichotomousData(events_intervention=1)
    only = unread.outcomes[0].model_copy(update={"data": data})
    unread = unread.model_copy(update={"outcomes": (only,)})
    every = [nobody, silent, unread, *EVIDENCE]

    def first_line(*left: StudyEvidence) -> str:
        out = frozenset(each.record_id for each in every if each not in left)
        return lines(what_if(QUESTION, every, SETTINGS, Change(excluded=out)))[0]

    assert first_line().endswith("→ not pooled: every study is left out")
    assert first_line(silent).endswith("→ not pooled: no study reports it")
    assert first_line(unread).endswith("→ not pooled: no study gives complete numbers")
    assert first_line(nobody).endswith("→ not pooled: no study allows an effect to be estimated")
    nothing = lines(what_if(QUESTION, [], SETTINGS, Change()))
    assert nothing[0] == "mortality: as before, not pooled: no study is included"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change(excluded=frozenset({"C"})), "C: expected an included study"),
        (Change(risk_of_bias=(("A 2001", "luck", "high"),)), "domain 'luck': expected one of"),
        (Change(risk_of_bias=(("A 2001", None, "bad"),)), "judgement 'bad': expected one of low"),
    ],
)
def test_what_cannot_be_supposed_is_refused(change: Change, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        what_if(QUESTION, EVIDENCE, SETTINGS, change)
