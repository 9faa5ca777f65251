"""What raises certainty, and certainty without a pooled effect."""

from __future__ import annotations

import pytest

from evidence.appraisal.rob2_questions import DOMAINS
from evidence.errors import EvidenceError
from evidence.findings import DomainRating
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.synthesis.unpooled_certainty import UnpooledStudy, rate_without_pooling
from evidence.synthesis.upgrades import upgrades
from tests.evidence.findings_factory import effect, row

CLEAN = (DomainRating(domain="imprecision", levels_down=0, reason="Precise."),)


def raised(pooled, domains=CLEAN, start="low", **options):
    fields = {"comparator_risk_per_1000": 100.0}
    return [u[:2] for u in upgrades(row(pooled=pooled, **fields), domains, start, **options)]


@pytest.mark.parametrize(
    ("pooled", "levels"),
    [
        (effect(2.1, 1.5, 3), 1),
        (effect(0.48, 0.3, 0.8), 1),
        (effect(1.9, 1.5, 3), None),
        (effect(2.5, 0.9, 7), None),
        (effect(6, 3, 12), 2),
        (effect(6, 1.5, 24), 1),
        (effect(0.15, 0.1, 0.4), 2),
        (effect(2.1, 1.5, 3, "OR"), None),  # a risk ratio of 1.89 at a risk of 100 per 1000
        (effect(3, 2, 4, "OR"), 1),
        (effect(5, 4, 6, "MD"), None),
    ],
)
def test_large_effects(pooled, levels):
    assert raised(pooled) == ([("large_effect", levels)] if levels else [])


def test_only_sound_evidence_that_starts_low_is_raised():
    large = effect(6, 3, 12)
    lowered = (DomainRating(domain="risk_of_bias", levels_down=1, reason="High."),)
    assert raised(large, lowered) == []
    assert raised(large, start="high") == []
    both = raised(
        effect(1.2, 1.1, 1.3), dose_response="More, more.", opposing_confounding="Sicker."
    )
    assert both == [("dose_response", 1), ("opposing_confounding", 1)]


def rated(*studies, **options):
    low = [
        RiskOfBiasJudgement(
            record_id=s.study,
            domain=domain,
            judgement="low",
            provenance=Provenance(actor=MACHINE, engine="offline"),
        )
        for s in studies
        for domain in DOMAINS
    ]
    rating = rate_without_pooling("pain", studies, low, **options)
    return rating, {d.domain: d for d in rating.domains}


@pytest.mark.parametrize(
    ("studies", "levels", "words"),
    [
        ([UnpooledStudy("A", 300, 0, None, None, None, 1.0)], 2, "nobody had an event"),
        ([UnpooledStudy("A", 500, None, -1.0)], 1, "no study reports a confidence interval"),
        ([UnpooledStudy("A", 400, None, -1.0)], 2, "400 participants are 400 or fewer"),
        ([UnpooledStudy("A", 500, None, -1.0, -2.0, -0.1)], 0, "excludes no effect"),
        ([UnpooledStudy("A", 500, None, -1.0, -2.0, 0.1)], 1, "includes no effect"),
        (
            [
                UnpooledStudy("A", 500, None, -1.0, -2.0, -0.1),
                UnpooledStudy("B", 100, None, 1.0, -1, 3),
            ],
            0,
            "600 participants are more than 400",
        ),
    ],
)
def test_imprecision_without_pooling(studies, levels, words):
    domain = rated(*studies)[1]["imprecision"]
    assert domain.levels_down == levels
    assert words in domain.reason


def test_inconsistency_without_pooling():
    down, up = UnpooledStudy("A", 100, None, -1.0), UnpooledStudy("B", 50, None, 2.0)
    assert rated(down, up)[1]["inconsistency"].levels_down == 1
    assert rated(down, up._replace(n_participants=10))[1]["inconsistency"].levels_down == 0
    assert "only one study" in rated(down)[1]["inconsistency"].reason
    wide = [down._replace(ci_low=-3.0, ci_high=1.0), up._replace(ci_low=-1.0, ci_high=5.0)]
    assert rated(*wide)[1]["inconsistency"].levels_down == 0
    apart = [down._replace(ci_low=-3.0, ci_high=-0.1), up._replace(ci_low=1.0, ci_high=5.0)]
    assert rated(*apart)[1]["inconsistency"].levels_down == 1


def test_levels_and_bias_without_pooling():
    good = UnpooledStudy("A", 900, None, -1.0, -2.0, -0.1)
    assert rated(good)[0].certainty == "high"
    assert rated(good, start="low")[0].certainty == "low"
    assert rated(good, indirectness=["Rats."])[0].certainty == "moderate"
    unjudged = rate_without_pooling("pain", [good])
    assert unjudged.certainty == "moderate"
    assert unjudged.domains[0].reason.startswith("Of the participants, 100 % is from")
    with pytest.raises(EvidenceError, match="no study reports it"):
        rate_without_pooling("pain", [])
