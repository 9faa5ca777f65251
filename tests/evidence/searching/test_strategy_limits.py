from __future__ import annotations

import pytest

from evidence.searching.store import Syntax
from evidence.searching.strategy_limits import strategy_limits

OVID = """1. exp Malaria/
2. (2019 or 2020).yr.
3. letter.pt.
4. 1 and 2
5. 4 not 3
6. limit 5 to (english language and yr="2000 -Current")
"""


@pytest.mark.parametrize(
    ("syntax", "query", "limits"),
    [
        ("pubmed", "malaria[tiab] AND french[la]", ["language french"]),
        ("pubmed", "malaria[tiab] AND 2019/03[dp]", ["published 2019/03"]),
        ("pubmed", "malaria[mh] AND 2019:2021[dp]", ["published from 2019 to 2021"]),
        ("pubmed", "malaria[mh] NOT letter[pt]", ["without publication type letter"]),
        (
            "pubmed",
            "(malaria[mh] AND french[la]) NOT letter[pt]",
            ["language french", "without publication type letter"],
        ),
        ("pubmed", "malaria[mh] AND fever[tiab]", []),
        (
            "ovid",
            OVID,
            [
                "line 2: published 2019",
                "line 2: published 2020",
                "line 3: publication type letter",
                'line 6: limit 5 to (english language and yr="2000 -Current")',
            ],
        ),
        ("natural", "malaria in children since 2019", []),
    ],
)
def test_limits_are_read_from_the_strategy(syntax: Syntax, query: str, limits: list[str]) -> None:
    found = strategy_limits(query, syntax)
    assert found is not None
    assert [limit.limit for limit in found] == limits


def test_a_strategy_that_cannot_be_read_tells_nothing_of_its_limits() -> None:
    assert strategy_limits("(malaria", "pubmed") is None
