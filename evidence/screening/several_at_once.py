"""Screening several records at once, for engines that wait for an answer from elsewhere.

Decisions come out in the order of the documents, whatever order the answers came in, so that the
log of a run does not depend on how fast a server was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from evidence.config import MOST_AT_ONCE
from evidence.errors import SettingsError
from evidence.judgements import Phase, ScreeningDecision
from evidence.question import ClinicalQuestion
from evidence.stages.screen import Screener
from indexers.records import Document

_WAITING_PER_THREAD = 2  # finished ones that wait for a slow one before them


def screen_all(
    screener: Screener,
    question: ClinicalQuestion,
    documents: Iterable[Document],
    phase: Phase,
    n_at_once: int = 1,
) -> Generator[ScreeningDecision]:
    """The decisions on the documents, in their order.

    The first document is screened alone: it settles what an engine settles with its first call.
    When the caller stops early, calls that have not begun are not made; answers to those that have
    are recorded, and a later run does not ask again.

    Args:
        screener: Is called from up to `n_at_once` threads.
        question: The question whose criteria are judged.
        documents: Read as they are needed, a few ahead.
        phase: The phase of screening.
        n_at_once: How many are screened at the same time; 1 uses no threads.

    Raises:
        SettingsError: `n_at_once` is out of range.
        EngineError: Whatever the screener raises, at the place of its document.
    """
    if not 1 <= n_at_once <= MOST_AT_ONCE:
        raise SettingsError(f"n_at_once {n_at_once}: expected a number from 1 to {MOST_AT_ONCE}")
    return _decisions(screener, question, iter(documents), phase, n_at_once)


def _decisions(
    screener: Screener,
    question: ClinicalQuestion,
    documents: Iterator[Document],
    phase: Phase,
    n_at_once: int,
) -> Generator[ScreeningDecision]:
    n_alone = None if n_at_once == 1 else 1
    for document in islice(documents, n_alone):
        yield screener.screen(question, document, phase)
    if n_alone is None:
        return
    same_text: dict[str, Future[ScreeningDecision]] = {}

    def screened(document: Document, before: Future[ScreeningDecision] | None) -> ScreeningDecision:
        # A text that is being asked about is not asked about twice: the second finds the record.
        if before is not None:
            before.exception()
        return screener.screen(question, document, phase)

    waiting: deque[tuple[str, Future[ScreeningDecision]]] = deque()
    with ThreadPoolExecutor(n_at_once, thread_name_prefix="screening") as threads:
        try:
            for document in documents:
                digest = document.document_digest
                future = threads.submit(screened, document, same_text.get(digest))
                same_text[digest] = future
                waiting.append((digest, future))
                if len(waiting) >= n_at_once * _WAITING_PER_THREAD:
                    yield _first(waiting, same_text)
            while waiting:
                yield _first(waiting, same_text)
        finally:
            threads.shutdown(wait=True, cancel_futures=True)


def _first(
    waiting: deque[tuple[str, Future[ScreeningDecision]]],
    same_text: dict[str, Future[ScreeningDecision]],
) -> ScreeningDecision:
    digest, future = waiting.popleft()
    if same_text.get(digest) is future:
        del same_text[digest]
    return future.result()
