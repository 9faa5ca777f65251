"""What `search` compares on reviews: each system drafts a strategy from a question's text alone.

The offline engine and a language model draft by `evidence.formulation`, as `evidence formulate`
does; raw PICO terms are the question's own words as phrases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from eval.encoding import KeepingEncoder
from evidence.errors import SettingsError
from evidence.formulation import draft_question
from evidence.llm.protocol import LanguageModel
from evidence.stages.formulate import OfflineFormulator
from evidence.strategy.draft import raw_strategy
from evidence.strategy.enrich import FirstRetrieval
from evidence.strategy.types import Strategy
from indexers.store import Store
from retrievers.dense import DenseRetriever
from retrievers.hybrid import HybridRetriever
from retrievers.lexical import LexicalRetriever

OFFLINE = "offline"
LANGUAGE_MODEL = "llm"
_CANDIDATES = 3000


class StrategyDraft(NamedTuple):
    """A strategy, if there is one, and what came up while it was drafted.

    Attributes:
        notices: What a person should look at, failures included.
        failures: What a language model was asked for and did not give; the draft holds what the
            offline engine has instead.
    """

    strategy: Strategy | None
    notices: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


Draft = Callable[[str], StrategyDraft]


class System(NamedTuple):
    """How a strategy is drafted, and the encoder by which meaning is fused, if it is."""

    name: str
    draft: Draft
    encoder: KeepingEncoder | None


def strategy_systems(
    store: Store, encoder: KeepingEncoder, model: LanguageModel | None = None
) -> tuple[System, ...]:
    """The offline systems, and with a model those of the model.

    Args:
        store: What is searched, and where a first retrieval finds more terms.
        encoder: That of the store.
        model: Formulates and proposes terms.
    """
    words = LexicalRetriever(store)
    both = HybridRetriever((DenseRetriever(store, encoder), words), candidates=_CANDIDATES)
    by_words = FirstRetrieval(store, words)
    by_meaning = FirstRetrieval(store, both, encoder)
    systems = [
        System(OFFLINE, _drafting(by_meaning), encoder),
        System(f"{OFFLINE}:strategy without dense", _drafting(by_words), None),
        System(f"{OFFLINE}:strategy not enriched", _drafting(None), encoder),
        System("raw PICO terms", _raw, None),
        System("raw PICO terms with dense", _raw, encoder),
    ]
    if model is not None:
        systems += [
            System(LANGUAGE_MODEL, _drafting(by_meaning, model), encoder),
            System(f"{LANGUAGE_MODEL}:strategy without dense", _drafting(by_words, model), None),
        ]
    return tuple(systems)


def _drafting(first: FirstRetrieval | None, model: LanguageModel | None = None) -> Draft:
    def draft(text: str) -> StrategyDraft:
        drafted = draft_question(text, model, first)
        return StrategyDraft(drafted.question.strategy, drafted.notices, drafted.failures)

    return draft


def _raw(text: str) -> StrategyDraft:
    try:
        return StrategyDraft(raw_strategy(OfflineFormulator().formulate(text)))
    except SettingsError as error:
        return StrategyDraft(None, (f"no search strategy was drafted: {error}",))
