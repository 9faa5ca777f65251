"""Sentences in the making: each value goes in as it is printed, and is cited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.findings import CitedValue, Sentence, SummaryOfFindingsRow
from evidence.findings_text import ABSENT, printed, short_name
from evidence.grounding import numerals_in_digits
from evidence.question import ClinicalQuestion
from indexers.records import Quote

LONGEST_REPEATED_NAME = 60
NO_NAME = "the intervention"
_ABSOLUTE = ("comparator_risk_per_1000", "intervention_risk_per_1000", "difference_per_1000")
_ENDS = ("difference_low_per_1000", "difference_high_per_1000")


class Names:
    """What the sentences call the two sides; a number in a name would look like a finding."""

    def __init__(self, question: ClinicalQuestion) -> None:
        self.intervention = _name(question.pico.intervention, NO_NAME)
        self.comparator = _name(question.pico.comparator, "the comparator")
        long = len(self.comparator) > LONGEST_REPEATED_NAME
        self.brief_comparator = "the comparator" if long else self.comparator
        self.population = _name(question.pico.population, "")


class Draft:
    """A sentence in the making."""

    def __init__(self) -> None:
        self._cited: dict[str, CitedValue] = {}
        self._text: list[str] = []
        self._quotes: dict[Quote, None] = {}

    def say(self, text: str) -> Draft:
        """Add words that hold no number."""
        self._text.append(text)
        return self

    def cite(self, row: SummaryOfFindingsRow, field: str) -> Draft:
        """Add a value of a row as it is printed."""
        text = printed(row, field)
        # A text is cited once: the second place would be the same value for every check.
        self._cited.setdefault(text, CitedValue(text=text, row_id=row.row_id, field=field))
        return self.say(text)

    def cite_each(self, rows: Sequence[SummaryOfFindingsRow], field: str) -> Draft:
        """Add the same value of several rows as a list."""
        for place, row in enumerate(rows):
            joint = "" if place == 0 else " and " if place == len(rows) - 1 else ", "
            self.say(joint).cite(row, field)
        return self

    def cite_absolute_effect(self, row: SummaryOfFindingsRow, joint: str = ": ") -> Draft:
        """Add the risks and their difference with its interval; nothing where there are none."""
        if not all(printed(row, field) != ABSENT for field in _ABSOLUTE):
            return self
        self.say(joint).cite(row, _ABSOLUTE[1]).say(" instead of ").cite(row, _ABSOLUTE[0])
        self.say(", ").cite(row, _ABSOLUTE[2])
        if all(printed(row, field) != ABSENT for field in _ENDS):
            self.say(" (from ").cite(row, _ENDS[0]).say(" to ").cite(row, _ENDS[1]).say(")")
        return self

    def support(self, quotes: Iterable[Quote]) -> Draft:
        """Add quotes that the sentence rests on."""
        self._quotes.update(dict.fromkeys(quotes))
        return self

    def sentence(self) -> Sentence:
        """The sentence as it stands."""
        return Sentence(
            text="".join(self._text),
            quotes=tuple(self._quotes),
            computed=tuple(self._cited.values()),
        )


def listed(names: Sequence[str], joint: str = "and") -> str:
    """`a, b and c`."""
    return f" {joint} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def pooled_quotes(row: SummaryOfFindingsRow) -> Iterable[Quote]:
    """The quotes of the values that were pooled."""
    return (quote for study in row.studies if study.percent is not None for quote in study.quotes)


def _name(term: str, otherwise: str) -> str:
    name = short_name(term)
    return otherwise if not name or numerals_in_digits(name) else name
