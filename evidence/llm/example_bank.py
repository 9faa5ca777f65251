"""Worked examples from a small bank, chosen by the nearest question.

Source: Nori et al., "Can generalist foundation models outcompete special-purpose tuning?" (2023),
whose Medprompt shows a question's nearest neighbours among solved ones. Here the questions are
eligibility criteria, outcomes and signalling questions, and the shipped static encoder tells which
are near. What it brings to these tasks nobody has measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from evidence.errors import SettingsError
from evidence.grounding import normalised
from indexers.encoder import Encoder
from indexers.records import Document, Frozen, text_digest

ExampleTask = Literal["screening", "extract_numbers", "risk_of_bias"]


class WorkedExample(Frozen):
    """A question, the passage that it is asked of, and the right reply.

    Attributes:
        asked: The criterion, outcome or signalling question, as a prompt shows it.
        question: What of it is compared with the questions of a prompt.
        record_id, title, licence: The article that the passage is from.
        kind: Whether `start` and `end` count in its full text or in its title and abstract.
        document_digest: SHA-256 of that text.
        passage: The text from `start` to `end`, verbatim.
        reply: The right answer, in the schema of the task's prompt.
    """

    example_id: str
    task: ExampleTask
    asked: str = Field(min_length=1)
    question: str = Field(min_length=1)
    record_id: str
    title: str = Field(min_length=1)
    licence: str
    kind: Literal["abstract", "full_text"]
    document_digest: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    passage: str = Field(min_length=1)
    reply: dict[str, Any]

    @property
    def reply_text(self) -> str:
        """The reply as a model would write it."""
        return json.dumps(self.reply, ensure_ascii=False)


@dataclass(frozen=True)
class ExampleBank:
    """A bank in a folder; read when it is first asked, safe to use from several threads.

    Attributes:
        path: The JSON lines of the bank, one `WorkedExample` each.
        made_by: What makes the vectors; None is the shipped static encoder.
    """

    path: Path
    made_by: Encoder | None = None
    _one_at_a_time: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bank and of the encoder that chooses from it."""
        return text_digest(f"{text_digest(self._text)} {self._encoder.digest}")

    @cached_property
    def examples(self) -> tuple[WorkedExample, ...]:
        """All examples, in the file's order.

        Raises:
            SettingsError: The bank is missing or damaged.
        """
        found = []
        for number, line in enumerate(self._text.splitlines(), 1):
            try:
                found.append(WorkedExample.model_validate_json(line))
            except ValidationError as error:
                raise SettingsError(f"{self.path}:{number}: expected a worked example") from error
        return tuple(found)

    def nearest(
        self, task: ExampleTask, questions: Sequence[str], document: Document, k: int
    ) -> tuple[WorkedExample, ...]:
        """The k examples nearest to any of the questions, nearest first.

        Equally near ones come in the bank's order. An example of the document's own article is
        never among them.

        Args:
            task: Whose examples.
            questions: What a prompt asks of the document.
            document: What is judged.
            k: How many; fewer where there are no more.

        Raises:
            SettingsError: The bank is missing or damaged.
        """
        flat = normalised(document.text).casefold()
        others = [
            at
            for at, example in enumerate(self.examples)
            if example.task == task and not _same(example, document, flat)
        ]
        if not others or not questions:
            return ()
        with self._one_at_a_time:  # an encoder keeps state while it works
            asked = self._encoder.encode(list(questions))
            known = self._vectors[others]
        # To six decimals: the last bits of a product may differ between machines.
        nearness = np.round((known @ asked.T).max(axis=1).astype(np.float64), 6)
        order = np.argsort(-nearness, kind="stable")
        return tuple(self.examples[others[at]] for at in order[:k])

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """Those of all questions, of shape [n_examples, dimension]."""
        return self._encoder.encode([example.question for example in self.examples])

    @cached_property
    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.path}: expected the bank of worked examples") from error

    @cached_property
    def _encoder(self) -> Encoder:
        from indexers.encoders import named_encoder

        return self.made_by or named_encoder("static")


def _same(example: WorkedExample, document: Document, flat: str) -> bool:
    """Whether an example is of the article that is judged, whatever id a source gave it."""
    return (
        example.record_id == document.record_id
        or example.document_digest == document.document_digest
        or normalised(example.title).casefold() in flat
        or normalised(example.passage).casefold() in flat
    )
