"""What calls to a language model will cost, told before the first is made.

Tokens are counted by a stated rule, because a server does not share its tokenizer: one for every
four bytes of UTF-8, rounded up, as English text takes them. Other scripts and tables take more.
Replies are counted at their limit; most are far shorter. A reply that does not fit its schema is
asked for once more and then costs twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from evidence.errors import EngineError
from evidence.llm.asking import schema_text
from evidence.llm.protocol import CallSettings, request_digest
from evidence.llm.recorded_calls import RecordedCall
from indexers.records import Frozen

BYTES_PER_TOKEN_OF_ENGLISH = 4
_MILLION = 1_000_000


class TokenPrices(Frozen):
    """What a provider asks for a million tokens, in any one currency."""

    per_million_prompt_tokens: float = Field(ge=0)
    per_million_completion_tokens: float = Field(ge=0)
    currency: str = "USD"

    def price(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens cost."""
        return (
            prompt_tokens * self.per_million_prompt_tokens
            + completion_tokens * self.per_million_completion_tokens
        ) / _MILLION


class CostEstimate(Frozen):
    """The calls that a step will make.

    Attributes:
        model: Who is asked.
        n_calls: Calls that will be made; those answered earlier are not among them.
        n_cached: Calls with a recorded answer, useful or not, which cost nothing.
        prompt_tokens: Of all calls together, by the rule of this module.
        completion_tokens_most: What the replies take if each is as long as it may be.
        price_most: The price of both, when prices are set.
    """

    model: str
    n_calls: int = Field(ge=0)
    n_cached: int = Field(ge=0)
    prompt_tokens: int = Field(ge=0)
    completion_tokens_most: int = Field(ge=0)
    price_most: float | None = None
    currency: str = "USD"

    @property
    def line(self) -> str:
        """The estimate in one line, for a person who is about to start the calls."""
        made = f"{self.n_calls:,} {'call' if self.n_calls == 1 else 'calls'} to {self.model}"
        cached = f" ({self.n_cached:,} more are recorded already)" if self.n_cached else ""
        if not self.n_calls:
            return f"{made}{cached}: nothing to pay"
        text = (
            f"{made}{cached}: about {self.prompt_tokens:,} prompt tokens, "
            f"at most {self.completion_tokens_most:,} tokens of replies"
        )
        if self.price_most is None:
            return f"{text}; no prices are set"
        return f"{text}; at most about {self.price_most:,.2f} {self.currency}"


def count_tokens(text: str) -> int:
    """The tokens of a text by the rule of this module."""
    n_bytes = len(text.encode("utf-8", "surrogatepass"))
    return -(-n_bytes // BYTES_PER_TOKEN_OF_ENGLISH)


def estimate_calls(
    prompts: Iterable[str],
    schema: type[BaseModel],
    settings: CallSettings,
    calls_folder: Path | None = None,
    prices: TokenPrices | None = None,
) -> CostEstimate:
    """What these prompts will cost; a prompt that comes again is answered once.

    Args:
        prompts: As they will be sent; they are read one by one.
        schema: What each is answered with; its text is sent with every prompt.
        settings: The model and how it is asked.
        calls_folder: Where answers of earlier runs are recorded.
        prices: None leaves the price out.
    """
    n_calls = n_cached = prompt_tokens = 0
    seen: set[str] = set()
    behind = f"\n\n{schema_text(schema)}"
    for prompt in prompts:
        digest = request_digest(settings, prompt, schema)
        if digest in seen:
            continue
        seen.add(digest)
        if calls_folder is not None and _is_answered(calls_folder / f"{digest}.json"):
            n_cached += 1
            continue
        n_calls += 1
        prompt_tokens += count_tokens(prompt + behind)
    most = n_calls * settings.max_tokens
    return CostEstimate(
        model=settings.model,
        n_calls=n_calls,
        n_cached=n_cached,
        prompt_tokens=prompt_tokens,
        completion_tokens_most=most,
        price_most=prices.price(prompt_tokens, most) if prices else None,
        currency=prices.currency if prices else "USD",
    )


def of_all_runs(estimates: Sequence[CostEstimate]) -> CostEstimate:
    """What the runs of one step cost together; they are of one model."""
    prices = [e.price_most for e in estimates if e.price_most is not None]
    return estimates[0].model_copy(
        update={
            "n_calls": sum(e.n_calls for e in estimates),
            "n_cached": sum(e.n_cached for e in estimates),
            "prompt_tokens": sum(e.prompt_tokens for e in estimates),
            "completion_tokens_most": sum(e.completion_tokens_most for e in estimates),
            "price_most": sum(prices) if prices else None,
        }
    )


def _is_answered(path: Path) -> bool:
    """Whether a recorded call is not made again: it has an answer, or one of no use.

    Raises:
        EngineError: The file is damaged.
    """
    if not path.exists():
        return False
    try:
        return RecordedCall.model_validate_json(path.read_bytes()).is_answered
    except (OSError, ValidationError) as error:
        raise EngineError(f"{path}: expected a RecordedCall; the file is damaged") from error
