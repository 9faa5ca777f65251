"""Holding a local model to a schema: at each step only tokens are allowed that can still fit it.

The work is done by llguidance (the engine behind llama.cpp's, vLLM's and SGLang's structured
output): it needs nothing but its own wheel and reads the tokenizer of any fast tokenizer.
"""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from evidence.errors import EngineError
from evidence.llm.protocol import json_schema

if TYPE_CHECKING:
    import torch


def constraints_available() -> bool:
    """Whether a local model can be held to a schema; it is only told the schema otherwise."""
    return importlib.util.find_spec("llguidance") is not None


class SchemaConstraints:
    """Makes constraints for one tokenizer.

    Args:
        tokenizer: A fast tokenizer of transformers.
        n_vocabulary: How many scores the model gives, often more than the tokenizer has tokens.
        end_tokens: The tokens that end a reply.
    """

    def __init__(self, tokenizer: Any, n_vocabulary: int, end_tokens: list[int]) -> None:
        from llguidance.hf import from_tokenizer

        # Token ids beyond the scores are never chosen, so the larger number does no harm.
        n_tokens = max(n_vocabulary, len(tokenizer))
        self._tokenizer = from_tokenizer(tokenizer, n_vocab=n_tokens, eos_token=end_tokens)

    def of(self, schema: type[BaseModel]) -> SchemaConstraint:
        """The constraint for one reply.

        Raises:
            EngineError: The schema holds what cannot be enforced.
        """
        from llguidance import LLMatcher

        # Free white space lets a small model write blanks up to its limit.
        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(json_schema(schema)), overrides={"whitespace_flexible": False}
        )
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            said = " ".join(str(matcher.get_error()).split())[:200]
            raise EngineError(f"schema {schema.__name__} cannot be enforced: {said}")
        return SchemaConstraint(matcher)


class SchemaConstraint:
    """A logits processor for one reply of one sequence."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher
        self._n_read: int | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores with minus infinity for every token that does not fit.

        Args:
            input_ids: Prompt and reply so far, of shape [1, n_tokens].
            scores: Of shape [1, n_vocabulary].

        Raises:
            EngineError: The reply left the schema, which no allowed token does.
        """
        import numpy as np
        import torch

        if self._n_read is not None:
            self._matcher.consume_tokens(input_ids[0, self._n_read :].tolist())
        self._n_read = int(input_ids.shape[1])
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        if self._matcher.is_error():
            said = " ".join(str(self._matcher.get_error()).split())[:200]
            raise EngineError(f"the reply could not be held to its schema: {said}")
        allowed = np.zeros(scores.shape[1], dtype=bool)
        flags = np.unpackbits(bits, bitorder="little")[: scores.shape[1]].astype(bool)
        allowed[: len(flags)] = flags
        mask = torch.from_numpy(~allowed).to(scores.device)
        return scores.masked_fill(mask, float("-inf"))
