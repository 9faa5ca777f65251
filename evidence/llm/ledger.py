"""The tokens and the money of a run, and the budget that ends it before a call goes over.

Counted are the tokens that a server tells; where it tells none they are counted by the rule of
`evidence.llm.cost`. A call whose answer got lost counts as long as it could have been, because
the server may charge for it. Calls that are answered from a record cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from pydantic import Field

from evidence.errors import EvidenceError
from evidence.llm.cost import TokenPrices, count_tokens
from indexers.records import Frozen


class BudgetExceeded(EvidenceError):
    """The next call may go over the budget; it was not made.

    No `EngineError`: a stage turns that into a judgement left to a person, which a later run
    would not make again. This ends the run, and what is not judged yet waits for the next.
    """


class Budget(Frozen):
    """What the calls of one run may take; None is without limit."""

    max_total_tokens: int | None = Field(default=None, gt=0)
    max_cost: float | None = Field(default=None, gt=0)


class CallsMade(Frozen):
    """What a run has asked of a language model.

    Attributes:
        n_calls: Calls that the model took; a second try is a call.
        n_failed: Those of them without a usable answer.
        n_turned_away: Requests that the server did not take, busy or unable; they cost nothing.
        n_recorded: Answers that were recorded earlier; they cost nothing.
        n_untold: Calls whose tokens the server did not tell; they are counted by rule.
        cost: Of all calls, when prices are set.
        budget_ended: Why the budget allowed no further call; empty when it did.
    """

    n_calls: int = 0
    n_failed: int = 0
    n_turned_away: int = 0
    n_recorded: int = 0
    n_untold: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    cost: float | None = None
    currency: str = "USD"
    budget_ended: str = ""

    @property
    def line(self) -> str:
        """The calls in one line, for a person."""
        made = f"{self.n_calls:,} {'call' if self.n_calls == 1 else 'calls'}"
        if self.n_failed:
            made += f" ({self.n_failed:,} without a usable answer)"
        parts = [f"{made}, {self.prompt_tokens:,} + {self.reply_tokens:,} tokens"]
        if self.n_untold:
            parts.append(f"{self.n_untold:,} calls counted by rule")
        if self.cost is not None:
            parts.append(f"{self.cost:,.6f} {self.currency}")
        if self.n_turned_away:
            parts.append(f"{self.n_turned_away:,} turned away")
        if self.n_recorded:
            parts.append(f"{self.n_recorded:,} answered from records for nothing")
        return "; ".join(parts)

    def since(self, before: CallsMade) -> CallsMade:
        """The calls, tokens and money that are not in an earlier look at the same ledger."""
        cost = None if self.cost is None else self.cost - (before.cost or 0.0)
        return CallsMade(
            **{name: getattr(self, name) - getattr(before, name) for name in _COUNTED},
            cost=cost,
            currency=self.currency,
        )

    def plus(self, other: CallsMade) -> CallsMade:
        """The calls of both, whose money is of one currency."""
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return CallsMade(
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTED},
            cost=sum(costs) if costs else None,
            currency=other.currency if other.cost is not None else self.currency,
        )


_COUNTED = (
    *("n_calls", "n_failed", "n_turned_away", "n_recorded", "n_untold"),
    *("prompt_tokens", "reply_tokens"),
)


@dataclass
class Entry:
    """One call in the ledger; what it took is set before the call ends.

    Attributes:
        most: The tokens of the prompt by rule, and of the longest reply.
        took: Tokens of prompt and reply; (0, 0) for a call that the server did not take.
        failed: Whether there is no usable answer.
        told: Whether the server gave the numbers.
    """

    most: tuple[int, int]
    took: tuple[int, int] = (0, 0)
    failed: bool = True
    told: bool = True

    def answered(self, text: str, prompt_tokens: int, reply_tokens: int) -> None:
        """There is an answer; tokens that were not told (0) are counted by rule."""
        self.failed = False
        self.took_tokens(prompt_tokens, reply_tokens or count_tokens(text))
        self.told = bool(prompt_tokens and reply_tokens)

    def took_tokens(self, prompt_tokens: int, reply_tokens: int) -> None:
        """What the server counted; a prompt without a number is counted by rule."""
        self.took = (prompt_tokens or self.most[0], reply_tokens)
        self.told = bool(prompt_tokens)

    def lost(self) -> None:
        """The answer got lost: it counts as long as it could have been."""
        self.took, self.told = self.most, False


class Ledger:
    """Counts the calls of a run; any number of threads may use it.

    Args:
        budget: What the calls may take together.
        prices: What tokens cost; None counts no money.
    """

    def __init__(
        self,
        budget: Budget = Budget(),  # noqa: B008 - frozen
        prices: TokenPrices | None = None,
    ) -> None:
        self._budget = budget
        self._prices = prices
        self._made = CallsMade(
            cost=None if prices is None else 0.0, currency=prices.currency if prices else "USD"
        )
        self._open: list[Entry] = []
        self._changed = Condition()

    @property
    def made(self) -> CallsMade:
        """The calls until now."""
        with self._changed:
            return self._made

    def recorded(self) -> None:
        """An answer was found among the recorded ones."""
        with self._changed:
            self._made = self._made.model_copy(update={"n_recorded": self._made.n_recorded + 1})

    @contextmanager
    def call(self, text: str, max_reply_tokens: int) -> Iterator[Entry]:
        """Around one call: it is allowed before and counted after, however it ends.

        A call that does not fit beside those under way waits for them, as most take less than
        they may. Once one does not fit by itself, no other is allowed: the run ends.

        Args:
            text: What is sent.
            max_reply_tokens: The limit of the reply.

        Raises:
            BudgetExceeded: The call may go over the budget.
        """
        entry = Entry((count_tokens(text), max_reply_tokens))
        with self._changed:
            while over := self._made.budget_ended or self._over(entry):
                if self._made.budget_ended or not self._open:
                    self._made = self._made.model_copy(update={"budget_ended": over})
                    self._changed.notify_all()
                    raise BudgetExceeded(over)
                self._changed.wait()
            self._open.append(entry)
        try:
            yield entry
        finally:
            with self._changed:
                self._open.remove(entry)
                self._count(entry)
                self._changed.notify_all()

    def _over(self, entry: Entry) -> str:
        """Why the budget does not allow a call beside those under way; empty when it does."""
        made, most = self._made, [open_entry.most for open_entry in (*self._open, entry)]
        prompt, reply = (sum(tokens) for tokens in zip(*most, strict=True))
        used = made.prompt_tokens + made.reply_tokens
        limit = self._budget.max_total_tokens
        if limit is not None and used + prompt + reply > limit:
            return _ended(f"max_total_tokens = {limit:,}", f"{used:,}", f"{prompt + reply:,}")
        limit_cost, cost = self._budget.max_cost, made.cost
        if limit_cost is not None and cost is not None:
            ahead = self._price(prompt, reply)
            if cost + ahead > limit_cost:
                return _ended(f"max_cost = {limit_cost:g}", f"{cost:.6f}", f"{ahead:.6f}")
        return ""

    def _price(self, prompt_tokens: int, reply_tokens: int) -> float:
        return 0.0 if self._prices is None else self._prices.price(prompt_tokens, reply_tokens)

    def _count(self, entry: Entry) -> None:
        made = self._made
        if not any(entry.took):
            self._made = made.model_copy(update={"n_turned_away": made.n_turned_away + 1})
            return
        prompt, reply = (made.prompt_tokens + entry.took[0], made.reply_tokens + entry.took[1])
        counted = {
            "n_calls": made.n_calls + 1,
            "n_failed": made.n_failed + entry.failed,
            "n_untold": made.n_untold + (not entry.told),
            "prompt_tokens": prompt,
            "reply_tokens": reply,
            "cost": None if made.cost is None else self._price(prompt, reply),
        }
        self._made = made.model_copy(update=counted)


def _ended(limit: str, used: str, ahead: str) -> str:
    return (
        f"the budget of this run ends here ({limit}): {used} used, the next call may take {ahead}; "
        "what was judged stays, run again to go on, with a larger budget where this is too small"
    )
