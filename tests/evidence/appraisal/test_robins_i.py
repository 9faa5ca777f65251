from __future__ import annotations

import pytest

from evidence.appraisal.answers import AppraisalError
from evidence.appraisal.robins_i import DOMAINS, LEVEL_MEANINGS, LEVELS, Level, judge_overall


def judged(**worse: Level) -> dict[str, Level]:
    return {domain.domain: worse.get(domain.domain, "low") for domain in DOMAINS}


def test_the_outline_has_seven_domains_numbered_throughout() -> None:
    assert len(DOMAINS) == 7
    for at, domain in enumerate(DOMAINS, 1):
        assert [q.question_id for q in domain.questions] == [
            f"{at}.{n}" for n in range(1, len(domain.questions) + 1)
        ]
    assert [len(d.questions) for d in DOMAINS] == [8, 5, 3, 6, 5, 4, 3]
    assert tuple(LEVEL_MEANINGS) == LEVELS


@pytest.mark.parametrize(
    ("worse", "level"),
    [
        ({}, "low"),
        ({"selection": "moderate"}, "moderate"),
        ({"selection": "moderate", "confounding": "serious"}, "serious"),
        ({"measurement": "serious", "confounding": "critical"}, "critical"),
        ({"measurement": "no_information", "confounding": "moderate"}, "no_information"),
        ({"measurement": "no_information", "confounding": "serious"}, "serious"),
    ],
)
def test_overall(worse: dict[str, Level], level: Level) -> None:
    assert judge_overall(judged(**worse)) == level


def test_every_domain_must_be_judged() -> None:
    with pytest.raises(AppraisalError, match="expected confounding"):
        judge_overall({"confounding": "low"})
