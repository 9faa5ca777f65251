"""What a language model said of a text against its source: verdicts for people, advice only."""

from __future__ import annotations

from typing import Literal

from indexers.records import Frozen

Answer = Literal["yes", "no", "unknown"]


class AskedQuestion(Frozen):
    """A question that its own text answers with yes, and what the other text answers."""

    text: str
    made_from: Literal["source", "summary"]
    answer: Answer
    words: str = ""


class CrossExamination(Frozen):
    """Shares in [0, 1]; None where nothing could be asked. `problem` says why it could not."""

    coverage: float | None
    conformity: float | None
    consistency: float | None
    conciseness: float
    questions: tuple[AskedQuestion, ...]
    problem: str | None = None


class SentenceSupport(Frozen):
    """Whether a sentence follows from what it cites, as a language model sees it.

    `words` stand in the evidence; a verdict without such words is `unclear`. `reason` says why a
    verdict is unclear, empty where the model said so itself.
    """

    sentence: str
    verdict: Literal["supported", "not_supported", "unclear"]
    words: str = ""
    reason: str = ""


class Examination(Frozen):
    """A recommendation against its evidence, by one language model.

    `told` says what part of the evidence the model was shown, where it did not all fit.
    """

    model: str
    cross: CrossExamination
    sentences: tuple[SentenceSupport, ...]
    told: str = ""

    @property
    def unsupported(self) -> tuple[SentenceSupport, ...]:
        """The sentences that a person should look at."""
        return tuple(s for s in self.sentences if s.verdict == "not_supported")
