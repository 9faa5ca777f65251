"""What a language model is shown when it drafts a recommendation, and so what it may cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import prompts
from evidence.decision.contexts import DecisionContexts
from evidence.decision.guideline_sentences import sentence_quotes
from evidence.decision.scales import FRAMEWORK, GUIDELINE_CRITERIA
from evidence.findings import SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.question import ClinicalQuestion
from evidence.reading.machine_address import machine_addresses
from evidence.stages.recommend_answers import Citable
from indexers.records import Quote

GUIDELINE_SHARE = 0.5
"""Of the room that the rows leave in the prompt; quotes of the studies fill the rest."""


_SCALES = "\n".join(
    f"{criterion}: {', '.join(FRAMEWORK[criterion].scale)}" for criterion in GUIDELINE_CRITERIA
)
"""A line a criterion with its answers; a judgement off the scale is refused."""


class RecommendInputs:
    """The rows, with as many guideline sentences and quotes of studies as fit beside them.

    Quotes of studies go in one from each row in turn, so that none goes without for the length of
    another.

    Attributes:
        room: Bytes that the rows leave; below 0 where they alone do not fit.
        citable: What the model may cite.
    """

    def __init__(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts,
        limit_bytes: int,
    ) -> None:
        self._question = question
        self._limit = limit_bytes
        self._table = _table(rows)
        self._quotes = _in_turn(rows)
        sentences = [q for passage in contexts.passages or () for q in sentence_quotes(passage)]
        told = [q for q in sentences if not machine_addresses(q.text)]  # nor may it cite those
        # A placeholder brings in the words around guideline sentences before there is one.
        bare = self._rendered(quotes="", guidelines="-" if told else "", problems="")
        self.room = limit_bytes - len(bare.encode())
        self._guidelines = _fitting("G", told, int(self.room * GUIDELINE_SHARE))
        self.citable = Citable(
            rows={row.row_id: row for row in rows},
            quotes=self._fitting_quotes(""),
            guidelines=self._guidelines,
        )

    def prompt(self, problems: str = "") -> str:
        """The prompt for a draft, or for the repair of sentences that have problems.

        Room for the problems comes from the last quotes of studies.
        """
        quotes = _lines(self._fitting_quotes(problems))
        return self._rendered(quotes, _lines(self._guidelines), problems)

    def _fitting_quotes(self, problems: str) -> Mapping[str, Quote]:
        bare = self._rendered("", _lines(self._guidelines), problems)
        return _fitting("Q", self._quotes, self._limit - len(bare.encode()))

    def _rendered(self, quotes: str, guidelines: str, problems: str) -> str:
        return prompts.render(
            "recommend",
            question=self._question,
            rows=self._table,
            quotes=quotes,
            guidelines=guidelines,
            scales=_SCALES,
            problems=problems,
        )


class SummaryInputs:
    """The rows, with as many quotes of their studies as fit beside them.

    Attributes:
        prompt_name: The prompt that asks for the summary.
        room: Bytes that the rows leave; below 0 where they alone do not fit.
        citable: What the model may cite.
    """

    def __init__(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        limit_bytes: int,
        prompt_name: str,
        more: Mapping[str, str],
    ) -> None:
        self.prompt_name = prompt_name
        self._given: dict[str, object] = {"question": question, "rows": _table(rows), **more}
        self._limit = limit_bytes
        self._quotes = _in_turn(rows)
        self.room = limit_bytes - len(self._rendered("", "").encode())
        self.citable = Citable(
            rows={row.row_id: row for row in rows},
            quotes=self._fitting_quotes(""),
            guidelines={},
        )

    def prompt(self, problems: str = "") -> str:
        """The prompt for the summary, or for the repair of sentences that have problems."""
        return self._rendered(_lines(self._fitting_quotes(problems)), problems)

    def _fitting_quotes(self, problems: str) -> Mapping[str, Quote]:
        room = self._limit - len(self._rendered("", problems).encode())
        return _fitting("Q", self._quotes, room)

    def _rendered(self, quotes: str, problems: str) -> str:
        return prompts.render(self.prompt_name, quotes=quotes, problems=problems, **self._given)


def _table(rows: Sequence[SummaryOfFindingsRow]) -> str:
    """A line a value that may be cited."""
    return "\n".join(
        f"{row.row_id} | {field} | {printed(row, field)}"
        for row in rows
        for field in printable_fields(row)
    )


def _fitting(letter: str, quotes: Sequence[Quote], room: int) -> dict[str, Quote]:
    """The first quotes that fit into so many bytes, by id."""
    shown: dict[str, Quote] = {}
    for number, quote in enumerate(quotes, 1):
        room -= len(_line(f"{letter}{number}", quote).encode()) + 1
        if room < 0:
            break
        shown[f"{letter}{number}"] = quote
    return shown


def _lines(quotes: Mapping[str, Quote]) -> str:
    return "\n".join(_line(quote_id, quote) for quote_id, quote in quotes.items())


def _line(quote_id: str, quote: Quote) -> str:
    return f"{quote_id} | {' '.join(quote.text.split())}"


def _in_turn(rows: Sequence[SummaryOfFindingsRow]) -> list[Quote]:
    """The quotes of the pooled values: the first of each row, the second of each, and so on."""
    columns = [
        [q for study in row.studies if study.percent is not None for q in study.quotes]
        for row in rows
    ]
    longest = max((len(column) for column in columns), default=0)
    turns = (column[i] for i in range(longest) for column in columns if i < len(column))
    return list(dict.fromkeys(turns))
