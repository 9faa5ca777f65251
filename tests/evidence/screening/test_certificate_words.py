"""A certificate in words."""

from __future__ import annotations

import pytest

from evidence.judgements import StoppingCertificate
from evidence.screening.certificate_words import bound, certificate_facts, certificate_sentence

QUICK = StoppingCertificate(
    target_recall=0.95,
    confidence=0.95,
    p_value=0.04,
    n_records=10,
    n_screened=8,
    n_included=3,
    recall_low=0.95097,
    method="quick",
)


def test_a_quick_certificate_says_that_nothing_is_guaranteed() -> None:
    assert "not strictly guaranteed" in certificate_sentence(QUICK)
    certified = QUICK.model_copy(update={"method": "certified", "n_sampled": 4, "seed": 1})
    assert "not strictly guaranteed" not in certificate_sentence(certified)
    assert "random sample of 4" in certificate_sentence(certified)


@pytest.mark.parametrize(
    ("recall", "printed"), [(0.95097, "95.0 %"), (0.9999, "99.9 %"), (1.0, "100.0 %")]
)
def test_a_bound_is_never_rounded_up(recall: float, printed: str) -> None:
    assert bound(recall) == printed


def test_the_facts_tell_a_sample_only_where_there_is_one() -> None:
    names = [name for name, _ in certificate_facts(QUICK)]
    assert "Seed of the sample" not in names
    certified = QUICK.model_copy(update={"method": "certified", "n_sampled": 4, "seed": 1})
    assert ("Seed of the sample", "1") in certificate_facts(certified)
