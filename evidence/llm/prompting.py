"""How a stage asks beyond the plain prompt: worked examples, several runs, an order of its own.

Wang et al., "Self-consistency improves chain of thought reasoning" (2023) ask a model several times
and take what most runs say; as in Quicker, fewer than a threshold of equal answers leave the thing
to a person. Without settings a prompt is byte for byte what it is without this module.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import prompts
from evidence.config import data_folder
from evidence.errors import EngineError
from evidence.llm.noting import named_in_run
from evidence.llm.protocol import LanguageModel, Reply, Value
from evidence.prompting_settings import PromptingSettings
from evidence.reading.excerpts import size_bytes
from indexers.records import Document, text_digest

if TYPE_CHECKING:
    from evidence.llm.example_bank import ExampleBank, ExampleTask

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)

LARGEST_SHARE_OF_EXAMPLES = 0.25
"""Of the room for a prompt: the document comes first."""
NO_EXAMPLES = ""
BANK = "example_bank/examples.jsonl"


@dataclass(frozen=True)
class Prompting:
    """What a stage adds to its prompt, and how often it asks.

    Attributes:
        bank: Where examples come from; None shows none.
        k: How many examples.
        runs: How often each thing is asked.
        further: The models of the runs after the first (`build_models_of_runs`); an estimate, which
            asks nothing, needs none.
        threshold: How many runs have to agree.
        shuffled: Whether each run has an order of its own.
    """

    bank: ExampleBank | None = None
    k: int = 0
    runs: int = 1
    further: tuple[LanguageModel, ...] = ()
    threshold: int = 1
    shuffled: bool = False

    def examples(
        self, task: ExampleTask, questions: Sequence[str], document: Document, limit_bytes: int
    ) -> str:
        """The block of examples for a prompt; empty without any.

        Args:
            task: Whose examples.
            questions: What the prompt asks.
            document: What it asks it of; its own article is no example.
            limit_bytes: The room for the whole prompt: the farthest examples give way.

        Raises:
            SettingsError: The bank is missing or damaged.
        """
        if self.bank is None or not self.k:
            return NO_EXAMPLES
        room = limit_bytes * LARGEST_SHARE_OF_EXAMPLES
        chosen = self.bank.nearest(task, questions, document, self.k)
        for n in range(len(chosen), 0, -1):
            block = prompts.render("examples", examples=chosen[:n])
            if size_bytes(block) <= room:
                return block
        return NO_EXAMPLES

    def order(self, items: Iterable[Item], run: int, seed: int, what: str) -> tuple[Item, ...]:
        """Items in the order of a run: as given, or shuffled by run, seed and `what` is ordered."""
        ordered = list(items)
        if self.shuffled:
            random.Random(f"{seed}:{run}:{what}").shuffle(ordered)  # noqa: S311 - no secret
        return tuple(ordered)

    def digest(self, prompt: str) -> str:
        """SHA-256 of a prompt's file and, where examples are shown, of theirs and the bank."""
        own = prompts.digest(prompt)
        if self.bank is None or not self.k:
            return own
        return text_digest(f"{own} {prompts.digest('examples')} {self.bank.digest} {self.k}")

    @property
    def told(self) -> str:
        """In words, for a provenance's reason; empty where nothing is added."""
        parts = []
        if self.bank is not None and self.k:
            parts.append(f"up to {self.k} worked examples (bank {self.bank.digest[:12]})")
        if self.runs > 1:
            parts.append(f"{self.threshold} of {self.runs} runs have to agree")
        if self.shuffled:
            parts.append("order shuffled")
        return "".join(f"; {part}" for part in parts)


PLAIN = Prompting()
"""One run, no examples, the given order."""


def prompting_of(settings: PromptingSettings, further: tuple[LanguageModel, ...] = ()) -> Prompting:
    """What the settings ask for, with the shipped bank of examples."""
    from evidence.llm.example_bank import ExampleBank

    return Prompting(
        bank=ExampleBank(data_folder() / BANK) if settings.examples else None,
        k=settings.examples,
        runs=settings.runs,
        further=further,
        threshold=settings.threshold,
        shuffled=settings.shuffled,
    )


@dataclass(frozen=True)
class Runs(Generic[Value]):
    """The replies of the runs that gave one, at least one, and by run what failed in the others."""

    replies: tuple[Reply[Value], ...]
    failures: Mapping[int, EngineError]

    @property
    def model(self) -> str:
        """The name of the model that answered first."""
        return self.replies[0].model

    @property
    def told(self) -> str:
        """In words, for a provenance's reason, what failed; empty when nothing did."""
        if not self.failures:
            return ""
        n, of = len(self.failures), len(self.failures) + len(self.replies)
        return f"; {n} of {of} runs failed: {next(iter(self.failures.values()))}"

    def unanswered(self, name: str) -> tuple[str, ...]:
        """What has no answer, for a provenance: what was asked, and in which runs.

        So a later run that has more answers, though not all, is seen to have something new.
        """
        return tuple(named_in_run(name, run) for run in self.failures)


def ask_runs(
    model: LanguageModel,
    prompting: Prompting,
    prompt_of: Callable[[int], str],
    schema: type[Value],
) -> Runs[Value]:
    """Ask every run; one that fails has no say, and its failure is kept.

    Args:
        model: The model of run 0.
        prompting: The models of the other runs.
        prompt_of: The prompt of a run.
        schema: What each is answered with.

    Raises:
        EngineError: Too few runs gave a reply for any answer to count; the first failure.
    """
    replies: list[Reply[Value]] = []
    failures: dict[int, EngineError] = {}
    models = (model, *prompting.further)
    for run, asked in zip(range(prompting.runs), models, strict=True):
        try:
            replies.append(asked.complete(prompt_of(run), schema))
        except EngineError as error:
            failures[run] = error
        if prompting.runs - len(failures) < prompting.threshold:
            raise next(iter(failures.values()))
    return Runs(tuple(replies), failures)


def agreed(votes: Sequence[Key], threshold: int) -> Key | None:
    """What at least `threshold` votes say; None when nothing has so many.

    A threshold over half of the votes makes the answer unique; the settings see to it.
    """
    counted = Counter(votes).most_common(1)
    return counted[0][0] if counted and counted[0][1] >= threshold else None


def told_votes(votes: Sequence[str], runs: int, threshold: int) -> str:
    """In words why nothing counts: what the runs said, most frequent first."""
    counted = sorted(Counter(votes).items(), key=lambda vote: (-vote[1], vote[0]))
    said = [f"{answer} {n}" for answer, n in counted]
    silent = runs - len(votes)
    if silent:
        said.append(f"failed {silent}")
    return f"the runs disagree ({', '.join(said)}; {threshold} of {runs} have to agree)"
