"""From a question in words to question.toml: PICO, criteria and a draft of the search strategy.

    question.toml       the question, or its first comparison
    question-2.toml     its second comparison, and so on
    question.calls/     the calls to a language model, recorded for replay

A file that is there may have been edited by a person; it is replaced only on request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from evidence.config import OfflineEngine, OpenAIEngine, ReplayEngine, Settings, TransformersEngine
from evidence.errors import EngineError, SettingsError
from evidence.judgements import Provenance
from evidence.question import ClinicalQuestion, dump_question
from evidence.stages.formulate import OfflineFormulator
from evidence.stages.formulate_model import Formulation, ModelFormulator, offline_formulation
from evidence.strategy.draft import draft_strategy
from evidence.strategy.model_terms import (
    FIRST_RECORDS,
    ProposedTerms,
    propose_terms,
    with_proposed,
)
from evidence.strategy.thin import thin_concepts
from evidence.strategy.types import Concept, Strategy
from indexers.records import Frozen, Record

if TYPE_CHECKING:
    from evidence.llm.protocol import LanguageModel
    from evidence.strategy.enrich import FirstRetrieval

Progress = Callable[[int, int], None]
_SEARCHED = ("population", "intervention")
_SHOWN_TERMS = 12


class Drafted(Frozen):
    """A question with its strategy, who drafted it, and what a person should look at.

    Attributes:
        provenance: Of PICO and criteria.
        terms_provenance: Of the terms that a language model proposed, if it did.
        failures: What a language model was asked for and did not give; the notices tell it, too.
    """

    question: ClinicalQuestion
    provenance: Provenance
    terms_provenance: Provenance | None = None
    notices: tuple[str, ...] = ()
    failures: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def name(self) -> str:
        """The comparison in short, else the question."""
        pico = self.question.pico
        sides = [side for side in (pico.intervention, pico.comparator) if side]
        return " versus ".join(sides) or self.question.text


class WrittenQuestion(NamedTuple):
    """A file, what was written into it, and where the file that was there before is now."""

    path: Path
    drafted: Drafted
    kept: Path | None = None


def formulate_files(
    text: str,
    out: Path,
    settings: Settings,
    store_path: Path | None = None,
    *,
    force: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> list[WrittenQuestion]:
    """Draft a question and write a file for each comparison that it holds.

    Args:
        text: The question in words.
        out: The first file; the others stand beside it.
        settings: Its engine formulates; a language model proposes search terms, too.
        store_path: A store whose nearest records give more terms.
        force: Replace files that are there; else they are kept beside the new ones, as `.old`.
        progress: Is told how many questions have their strategy, of how many, where that is long.

    Raises:
        SettingsError: The text is empty or no text, a file cannot be written, or the engine cannot
            be made.
        StoreError: The store cannot be opened or is damaged.
    """
    _check_text(text)
    model = _language_model(settings, out.with_suffix(".calls"))
    first = first_retrieval(store_path) if store_path is not None else None
    formulation = ModelFormulator(model).formulation(text) if model else offline_formulation(text)
    paths = comparison_paths(out, len(formulation.questions))
    drafts = []
    for done, question in enumerate(formulation.questions, 1):
        drafts.append(_drafted(question, formulation, model, first))
        if model or first:
            progress(done, len(paths))
    written = []
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for path, drafted in zip(paths, drafts, strict=True):
            kept = None if force else _keep_old(path)
            written.append(WrittenQuestion(path, drafted, kept))
            path.write_text(question_file(drafted), encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"{out}: cannot be written ({error.strerror})") from error
    return written


def comparison_paths(out: Path, n_comparisons: int) -> list[Path]:
    """`question.toml`, `question-2.toml` and so on."""
    more = [out.with_name(f"{out.stem}-{n}{out.suffix}") for n in range(2, n_comparisons + 1)]
    return [out, *more]


def question_file(drafted: Drafted) -> str:
    """The text of question.toml; who drafted it and every notice stand on top as comments."""
    lines = [f"Drafted by {_told(drafted.provenance, 'formulate')}; check it before you go on."]
    if drafted.terms_provenance is not None:
        who = _told(drafted.terms_provenance, "search_terms")
        lines.append(f"Search terms were added by {who}; each names its source.")
    lines += [f"Note: {notice}" for notice in drafted.notices]
    head = "".join(f"# {_printable(line)}\n" for line in lines)
    return f"{head}\n{dump_question(drafted.question)}"


def draft_question(
    text: str, model: LanguageModel | None = None, first: FirstRetrieval | None = None
) -> Drafted:
    """Draft a question as one, its strategy included; nothing is written.

    Args:
        text: The question in words; alternatives of several comparisons are joined by `or`.
        model: Formulates and proposes search terms; the offline engine alone unless given.
        first: A store whose nearest records give more terms.

    Raises:
        SettingsError: The text is empty or no text.
        QueryError: A term cannot be searched in the store.
        StoreError: The store is damaged.
    """
    _check_text(text)
    if model is None:
        question = OfflineFormulator().formulate(text)
        return _drafted(question, offline_formulation(text), None, first)
    formulator = _OneFormulation(model)
    return _drafted(formulator.formulate(text), formulator.formulation(text), model, first)


class _OneFormulation(ModelFormulator):
    """Of one text: the joined question and its provenance come of one call, failed or not."""

    _kept: Formulation | None = None

    def formulation(self, text: str) -> Formulation:
        """The questions with their provenance."""
        self._kept = self._kept or super().formulation(text)
        return self._kept


def first_retrieval(path: Path) -> FirstRetrieval:
    """A first small retrieval over a store, by words and meaning.

    Raises:
        StoreError: The store cannot be opened, or its encoder is not there.
    """
    from evidence.strategy.enrich import DEPTH, FirstRetrieval
    from indexers.encoders import encoder_of
    from indexers.store import Store
    from retrievers.dense import DenseRetriever
    from retrievers.hybrid import HybridRetriever
    from retrievers.lexical import LexicalRetriever

    store = Store.open(path)
    encoder = encoder_of(store.manifest)
    parts = (DenseRetriever(store, encoder), LexicalRetriever(store))
    return FirstRetrieval(store, HybridRetriever(parts, candidates=DEPTH), encoder)


def _drafted(
    question: ClinicalQuestion,
    formulation: Formulation,
    model: LanguageModel | None,
    first: FirstRetrieval | None,
) -> Drafted:
    """The question with its strategy: the offline terms, and those of a model added to them."""
    notices = list(formulation.notices)
    unanswered = model is not None and formulation.provenance.engine == "offline"
    failures = list(formulation.notices) if unanswered else []
    strategy: Strategy | None = None
    undrafted = ""
    try:
        strategy = draft_strategy(question, first)
    except SettingsError as error:
        undrafted = f"no search strategy was drafted: {error}"
    proposed: ProposedTerms | None = None
    if model is not None:
        try:
            records = _nearest(question.text, first) if first else []
            proposed = propose_terms(question, records, model)
        except EngineError as error:
            failures.append(f"the language model named no search terms: {error}; terms are offline")
            notices.append(failures[-1])
        else:
            strategy = _widened(strategy, proposed)
            notices += [*proposed.notices, *_left_out(strategy, proposed.concepts)]
    notices += [undrafted] if strategy is None else thin_concepts(strategy)
    return Drafted(
        question=question.model_copy(update={"strategy": strategy}),
        provenance=formulation.provenance,
        terms_provenance=proposed.provenance if proposed else None,
        notices=tuple(notices),
        failures=tuple(failures),
    )


def _nearest(text: str, first: FirstRetrieval) -> list[Record]:
    """The records that a language model is shown."""
    hits = first.retriever.retrieve(text, FIRST_RECORDS)
    return [first.store.record(hit.record_id) for hit in hits]


def _widened(strategy: Strategy | None, proposed: ProposedTerms) -> Strategy | None:
    """The draft with the proposed terms; where there is no draft, a strategy of those alone."""
    if strategy is not None:
        return with_proposed(strategy, proposed.concepts)
    searched = tuple(c for c in proposed.concepts if c.element in _SEARCHED)
    return Strategy(concepts=searched) if searched else None


def _left_out(strategy: Strategy | None, proposed: Sequence[Concept]) -> list[str]:
    """The terms of elements that the strategy does not search for, for a person to take up."""
    held = {concept.element for concept in strategy.concepts} if strategy else set()
    told = []
    for concept in proposed:
        if concept.element not in held:
            texts = [term.text for term in concept.terms]
            more = [f"and {len(texts) - _SHOWN_TERMS} more"] if len(texts) > _SHOWN_TERMS else []
            shown = ", ".join([*texts[:_SHOWN_TERMS], *more])
            told.append(f"the strategy does not search for {concept.element}; proposed: {shown}")
    return told


def _language_model(settings: Settings, calls_folder: Path) -> LanguageModel | None:
    match settings.engine:
        case OfflineEngine():
            return None
        case OpenAIEngine() | TransformersEngine() | ReplayEngine():
            from evidence.llm.models import build_language_model

            return build_language_model(settings.engine, calls_folder)


def _check_text(text: str) -> None:
    if not text.strip():
        raise SettingsError("the question is empty; expected a clinical question in words")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SettingsError(f"the question is no UTF-8 text ({error.reason})") from error


def _keep_old(path: Path) -> Path | None:
    """Give the file that is there another name, so that nothing edited in it is lost."""
    if not path.is_file() or not path.stat().st_size:
        return None
    old = path.with_name(f"{path.name}.old")
    n = 1
    while old.exists():
        n += 1
        old = path.with_name(f"{path.name}.old-{n}")
    path.rename(old)
    return old


def _told(provenance: Provenance, prompt: str) -> str:
    """Who drafted, in words; a language model with the digest of its prompt."""
    if provenance.prompt_digest is None:
        return f"the {provenance.engine} engine"
    return (
        f"language model {provenance.model} (prompt {prompt}, SHA-256 {provenance.prompt_digest})"
    )


def _printable(text: str) -> str:
    """A comment's line: TOML allows no control characters in it, and no server may break out."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
