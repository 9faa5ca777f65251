"""How a language model is asked: worked examples, and several runs that have to agree."""

from __future__ import annotations

from pydantic import Field, model_validator

from indexers.records import Frozen

MOST_RUNS = 9
MOST_EXAMPLES = 8


class PromptingSettings(Frozen):
    """How a language model is asked beyond the plain prompt; what each brings nobody measured yet.

    Attributes:
        examples: How many worked examples of the shipped bank a prompt shows, those of the nearest
            questions.
        runs: How often each thing is asked, every run with a seed of its own.
        agreement: How many runs have to give the same answer for it to count; what fewer agree on
            is unclear, or flagged, and a person's task. None takes more than half of them.
        shuffled: Every run has its own order of criteria and of the answers to choose from.
    """

    examples: int = Field(default=0, ge=0, le=MOST_EXAMPLES)
    runs: int = Field(default=1, ge=1, le=MOST_RUNS)
    agreement: int | None = None
    shuffled: bool = False

    @model_validator(mode="after")
    def _one_answer_at_most(self) -> PromptingSettings:
        least = self.runs // 2 + 1
        if self.agreement is not None and not least <= self.agreement <= self.runs:
            raise ValueError(
                f"agreement = {self.agreement}: expected {least} to {self.runs} of {self.runs} "
                "runs; with fewer, two answers could both count"
            )
        return self

    @property
    def threshold(self) -> int:
        """How many runs have to agree."""
        return self.agreement or self.runs // 2 + 1
