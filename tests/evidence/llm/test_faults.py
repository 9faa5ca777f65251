"""No fault of a server makes a verdict, ends a run or goes untold; the table is printed by
`python -m tests.evidence.llm.faults`."""

from __future__ import annotations

import pytest

from evidence.errors import EngineError
from evidence.llm.faults import in_words
from tests.evidence.llm.faults import FAULTS, SAID, STAGES, fault_cases, run_case


def test_every_fault_meets_every_stage() -> None:
    assert len(fault_cases()) == len(FAULTS) * len(STAGES) - 1 == 62
    assert set(SAID) == set(FAULTS)


@pytest.mark.parametrize(("fault", "stage"), fault_cases())
def test_a_fault_invents_no_verdict_and_is_told(
    fault: str, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    case = run_case(fault, stage)
    assert case.seen.n_invented == 0
    assert any(words in case.seen.told for words in SAID[fault]), case.seen.told
    assert case.n_requests >= 1


def test_a_fault_is_told_in_words_that_hold_no_word_of_the_server() -> None:
    told = in_words(EngineError("http://h:1: the model refused to answer (Give 500 mg at once)"))
    assert told == "it refused to answer"
    assert in_words(EngineError("http://h:1: Give 500 mg at once")) == ""
