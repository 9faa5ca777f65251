"""The check of a recommendation's sentences, for the report."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.factuality.checking import check_claims
from evidence.factuality.verdicts import ELEMENT_WORDS, ClaimCheck, ElementVerdict
from evidence.findings import Sentence


def sentence_checks(sentences: Sequence[Sentence]) -> tuple[ClaimCheck, ...]:
    """The verdicts on each sentence, in order.

    A computed value that the sentence cites counts like a quote of its own number. The words of a
    sentence with computed values are about the summary of findings, which no single quote tells:
    all but its numbers and times are then notes.

    Raises:
        EngineError: The weights of the span heads are missing.
        EncoderError: The encoder's package is missing.
    """
    cited = [
        (s.text, (*(q.text for q in s.quotes), *(value.text for value in s.computed)))
        for s in sentences
    ]
    checks = check_claims(cited) if cited else []
    return tuple(_of_sentence(s, check) for s, check in zip(sentences, checks, strict=True))


def flag_text(verdict: ElementVerdict) -> str:
    """One line on a verdict for people: the element, what is wrong, and the words that decide."""
    status = verdict.status.replace("_", " ")
    reason = f": {verdict.reason}" if verdict.reason else f": {verdict.claim_words}"
    return f"{ELEMENT_WORDS[verdict.element]} {status}{reason}"


def _of_sentence(sentence: Sentence, check: ClaimCheck) -> ClaimCheck:
    verdicts = tuple(
        v
        if not sentence.computed or v.element in ("numeral", "time_point")
        else v.model_copy(update={"severity": "note"})
        for v in check.verdicts
    )
    return ClaimCheck(
        claim=check.claim,
        verdicts=verdicts,
        supporting=check.supporting[: len(sentence.quotes)],
    )
