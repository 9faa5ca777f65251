"""`No deaths occurred in either group`: no events in both arms, told without a number."""

from __future__ import annotations

import re

from evidence.extraction.arm_results import Value
from evidence.extraction.outcomes import OutcomeConcept, match_label
from evidence.extraction.results import Finding
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.time_points import time_points
from evidence.extraction.wording import flatten

_NONE = re.compile(
    r"\b(?:no|zero)\s+(?:cases? of\s+|episodes? of\s+|instances? of\s+)?"
    r"(?P<what>[^,;.()]{3,60}?)\s+"
    r"(?:(?:was|were|had|has|have|been|there|occurred|observed|reported|seen|recorded|noted|found"
    r"|happened|developed|detected)\s+)*in\s+(?:either|both|any)\s+(?:of\s+)?(?:the\s+)?"
    r"(?:two\s+|treatment\s+|study\s+)?(?:groups?|arms?)\b", re.I,
)  # fmt: skip


def none_in_either(sentence: ResultSentence, concepts: tuple[OutcomeConcept, ...]) -> list[Finding]:
    """No events in both arms of a trial that has two; the totals are not told so."""
    arms = {arm.role: arm for arm in sentence.only_arms}
    points = time_points(sentence.text)
    if set(arms) != {"intervention", "comparator"} or any(p.days == 0 for p in points):
        return []
    found = []
    for m in _NONE.finditer(flatten(sentence.text)):
        for concept in concepts:
            match = match_label(concept, sentence.text[m.start("what") : m.end("what")])
            if match is None or not match.exact or match.complement or concept.days is not None:
                continue
            value = Value(0, (sentence.span,), "told as none in either group")
            found.append(
                Finding(
                    concept=concept,
                    reported_as=sentence.text.strip(),
                    intervention=arms["intervention"],
                    comparator=arms["comparator"],
                    kind="dichotomous",
                    values={f"events_{role}": value for role in ("intervention", "comparator")},
                    start=sentence.span.start,
                    exact=True,
                    time_text=points[0].text if len(points) == 1 else None,
                    days=points[0].days if len(points) == 1 else None,
                )
            )
    return found
