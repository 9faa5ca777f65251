"""Sentences by a language model, each held to what it cites: repaired once, then left out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from evidence.errors import EngineError
from evidence.findings import DraftingCounts, Sentence
from evidence.llm.protocol import LanguageModel
from evidence.stages.recommend_answers import Citable, RepairAnswer, SentenceAnswer

_LOG = logging.getLogger(__name__)


class Checked(NamedTuple):
    """What came of the sentences of an answer.

    Attributes:
        sentences: In their order; None where one does not hold after its repair.
        counts: How they stood the checks.
        repair_failed: Whether the call for the repair gave no usable answer.
    """

    sentences: tuple[Sentence | None, ...]
    counts: DraftingCounts
    repair_failed: bool


class SentenceChecks:
    """Checks the sentences of an answer, and shows a model once which do not hold.

    Args:
        model: Wrote them.
        citable: What they may cite.
        repair_prompt: The prompt for a repair, from a line a sentence that does not hold.
        what: Whose sentences, for the program's own log.
    """

    def __init__(
        self,
        model: LanguageModel,
        citable: Citable,
        repair_prompt: Callable[[str], str],
        what: str,
    ) -> None:
        self._model = model
        self._citable = citable
        self._repair_prompt = repair_prompt
        self._what = what

    def check(self, written: Sequence[SentenceAnswer], of_guidelines_from: int) -> Checked:
        """The sentences that hold; those from a place on have to cite a guideline."""
        checked = [
            self._citable.grounded(sentence, of_guideline=place >= of_guidelines_from)
            for place, sentence in enumerate(written)
        ]
        faults = {n: found for n, found in enumerate(checked, 1) if isinstance(found, str)}
        for number, fault in faults.items():
            _LOG.warning("%s: %r: %s", self._what, written[number - 1].text[:60], fault)
        repair = self._repair(written, faults) if faults else RepairAnswer(sentences=())
        repaired = self._repaired(repair or RepairAnswer(sentences=()), faults, of_guidelines_from)
        sentences = tuple(
            found if isinstance(found, Sentence) else repaired.get(number)
            for number, found in enumerate(checked, 1)
        )
        citations, held = self._citable.counted(tuple(written))
        counts = DraftingCounts(
            sentences=len(written),
            supported=len(written) - len(faults),
            repaired=len(repaired),
            removed=len(faults) - len(repaired),
            citations=citations,
            citations_held=held,
        )
        return Checked(sentences, counts, repair_failed=repair is None)

    def _repair(
        self, written: Sequence[SentenceAnswer], faults: dict[int, str]
    ) -> RepairAnswer | None:
        """The model's second try, which sees once what is wrong; None where its call failed."""
        problems = "\n".join(
            f"{number} | {' '.join(written[number - 1].text.split())} | {fault}"
            for number, fault in faults.items()
        )
        prompt = self._repair_prompt(problems)
        if len(prompt.encode()) > self._model.settings.prompt_limit_bytes:
            _LOG.warning("%s: the sentences to repair do not fit the context window", self._what)
            return RepairAnswer(sentences=())
        try:
            return self._model.complete(prompt, RepairAnswer).value
        except EngineError as error:
            _LOG.warning("%s: %s", self._what, error)
            return None

    def _repaired(
        self, repair: RepairAnswer, faults: dict[int, str], of_guidelines_from: int
    ) -> dict[int, Sentence]:
        """The faulty sentences that hold now, by number."""
        found: dict[int, Sentence] = {}
        for again in repair.sentences:
            considered = again.number > of_guidelines_from
            sentence = self._citable.grounded(again.sentence, of_guideline=considered)
            if again.number not in faults or again.number in found:
                continue
            if isinstance(sentence, str):
                _LOG.warning("%s: dropped %r: %s", self._what, again.sentence.text[:60], sentence)
            else:
                found[again.number] = sentence
        return found


def together(counts: Sequence[DraftingCounts]) -> DraftingCounts | None:
    """The counts of several answers as one; None without any."""
    if not counts:
        return None
    names = DraftingCounts.model_fields
    return DraftingCounts(**{name: sum(getattr(c, name) for c in counts) for name in names})
