"""A transformers model on this machine: one call at a time, held to the schema.

The text of a prompt is read apart from the chat template around it, so that a document that
writes a token such as `<|im_end|>` cannot end its turn: it stays characters.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pydantic import BaseModel

from evidence.config import TransformersEngine
from evidence.errors import EngineError, SettingsError
from evidence.llm.asking import Answer, checked_reply
from evidence.llm.constraint import SchemaConstraints, constraints_available
from evidence.llm.faults import UnusableAnswer
from evidence.llm.ledger import Ledger
from evidence.llm.local_weights import LoadedModel, check_engine, load_model
from evidence.llm.protocol import CallSettings, Reply, Value
from evidence.llm.server import call_settings

_SLOT = "THE-PROMPT-STANDS-HERE"
_A_DAY = "1 January 2025"
"""Some chat templates write today's date into the prompt; replies must not depend on it."""


@dataclass
class _Weights:
    """What models of one folder share; empty until the first call."""

    loaded: LoadedModel | None = None
    constraints: SchemaConstraints | None = None
    one_at_a_time: Lock = field(default_factory=Lock)


class TransformersModel:
    """Asks a model in a local folder; threads may share it, their calls take turns.

    The weights are read with the first call that is not answered from a record.

    Args:
        engine: The folder, and how the model is asked.
        ledger: Counts the calls and ends them with the budget; None counts for itself.

    Raises:
        SettingsError: The model cannot be loaded here.
    """

    def __init__(self, engine: TransformersEngine, ledger: Ledger | None = None) -> None:
        check_engine(engine)
        self._engine = engine
        self._settings = call_settings(engine)
        self._ledger = ledger or Ledger()
        self._weights = _Weights()

    def of_run(self, run: int) -> TransformersModel:
        """The same model asked with the seed of a further run; the weights are in memory once."""
        other = copy.copy(self)
        other._settings = self._settings.of_run(run)
        return other

    @property
    def settings(self) -> CallSettings:
        """The model and how it is asked."""
        return self._settings

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        """The answer, checked as a whole against the schema; one retry shows what was wrong.

        Raises:
            BudgetExceeded: The next call may go over the budget; it was not made.
            EngineError: The model gave no whole answer, or none that fits the schema, twice.
            SettingsError: The model cannot be loaded.
        """
        return checked_reply(self._ask, self._settings, prompt, schema)

    def _ask(self, text: str, schema: type[BaseModel]) -> Answer:
        with (
            self._weights.one_at_a_time,
            self._ledger.call(text, self._settings.max_tokens) as entry,
        ):
            loaded = self._load()
            try:
                answer = self._generate(loaded, text, schema)
            except UnusableAnswer as error:
                entry.took_tokens(error.prompt_tokens, error.reply_tokens)
                raise
            entry.answered(answer.text, answer.prompt_tokens, answer.reply_tokens)
            return answer

    def _load(self) -> LoadedModel:
        held = self._weights
        if held.loaded is None:
            loaded = load_model(self._engine)
            if constraints_available():
                n_vocabulary = loaded.model.get_output_embeddings().weight.shape[0]
                held.constraints = SchemaConstraints(
                    loaded.tokenizer, n_vocabulary, loaded.end_tokens
                )
            held.loaded = loaded
        return held.loaded

    def _generate(self, loaded: LoadedModel, text: str, schema: type[BaseModel]) -> Answer:
        import torch
        from transformers import GenerationConfig

        prompt = self._prompt_tokens(loaded, text)
        model, began = loaded.model, time.monotonic()
        # Set on the model, for what a checkpoint brings along would be mixed in otherwise.
        model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=self._settings.temperature > 0,
            temperature=self._settings.temperature or None,
            num_beams=1,
            max_new_tokens=self._settings.max_tokens,
            max_time=self._engine.timeout_seconds,
            eos_token_id=loaded.end_tokens,
            pad_token_id=loaded.end_tokens[0],
        )
        constraints = self._weights.constraints
        held = [] if constraints is None else [constraints.of(schema)]
        ids = torch.tensor([prompt], device=model.device)
        try:
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(self._settings.seed)
                output = model.generate(
                    ids, attention_mask=torch.ones_like(ids), logits_processor=held
                )
        except torch.OutOfMemoryError:
            raise EngineError(
                f"model {self._settings.model}: {len(prompt)} tokens of prompt do not fit into "
                "the memory; lower context_window_tokens"
            ) from None
        reply = output[0, len(prompt) :].tolist()
        if not reply or reply[-1] not in loaded.end_tokens:
            slow = time.monotonic() - began >= self._engine.timeout_seconds
            raise UnusableAnswer(self._unfinished(slow), len(prompt), len(reply), retryable=slow)
        return Answer(
            text=loaded.tokenizer.decode(reply[:-1], skip_special_tokens=True),
            model=f"{self._settings.model} sha256:{loaded.digest[:12]}",
            prompt_tokens=len(prompt),
            reply_tokens=len(reply),
        )

    def _unfinished(self, slow: bool) -> str:
        who = f"model {self._settings.model}"
        if slow:
            seconds = self._engine.timeout_seconds
            return f"{who}: no whole answer within {seconds:g} s; raise timeout_seconds"
        return f"{who}: the reply was cut off at its length limit; raise max_tokens"

    def _prompt_tokens(self, loaded: LoadedModel, text: str) -> list[int]:
        """The tokens of the prompt within the chat template, if the model has one.

        Raises:
            EngineError: They leave no room for the reply.
            SettingsError: The template does not show the prompt as it is.
        """
        tokenizer: Any = loaded.tokenizer
        if tokenizer.chat_template:
            framed = tokenizer.apply_chat_template(
                [{"role": "user", "content": _SLOT}],
                add_generation_prompt=True,
                tokenize=False,
                date_string=_A_DAY,
            )
            before, slot, behind = framed.partition(_SLOT)
            if not slot or _SLOT in behind:
                raise SettingsError(
                    f"folder {self._engine.folder}: its chat template does not show a message once"
                )
            tokens = [
                *tokenizer.encode(before, add_special_tokens=False),
                *tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True),
                *tokenizer.encode(behind, add_special_tokens=False),
            ]
        else:
            tokens = tokenizer.encode(f"{text}\n", split_special_tokens=True)
        window = self._settings.context_window_tokens
        longest = loaded.model.config.to_dict().get("max_position_embeddings", window)
        room = min(window, longest) - self._settings.max_tokens
        if len(tokens) > room:
            raise EngineError(
                f"model {self._settings.model}: the prompt takes {len(tokens)} tokens, and the "
                f"context window leaves {max(room, 0)} beside the reply"
            )
        return tokens
