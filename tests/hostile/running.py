"""All cases: a stage on a hostile document and on the same document without the injection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from evidence.llm.protocol import LanguageModel
from indexers.records import Document, Passage
from tests.hostile.documents import abstracts, articles, guidelines, pdfs, study
from tests.hostile.gullible import SETTINGS, Gullible, Player
from tests.hostile.injections import INJECTIONS
from tests.hostile.stages import (
    ON_ABSTRACTS,
    ON_REPORTS,
    SHORT,
    Stage,
    honest,
    obeying,
    recommended,
)

Verdict = Callable[[LanguageModel], str]


@dataclass(frozen=True)
class Case:
    """A stage on a document.

    Attributes:
        stage: The stage's name.
        document: The hostile document's name.
        injection: What it was made hostile by.
        clean_name: The clean document's name; many hostile documents have the same.
        hostile: Puts the hostile document to a model and gives the verdict.
        clean: The same with the clean document.
    """

    stage: str
    document: str
    injection: str
    clean_name: str
    hostile: Verdict
    clean: Verdict

    def model(self) -> Gullible:
        """The model that obeys what it can; full texts are shown in excerpts."""
        short = any(self.stage == stage.name for stage in ON_REPORTS)
        return Gullible(honest, obeying, SHORT if short else SETTINGS)


@dataclass(frozen=True)
class Unharmed:
    """The verdict on a clean document, with the model that gave it."""

    verdict: str
    model: Gullible

    def replayed(self) -> Player:
        """A model that gives the recorded replies once more, whatever it is asked."""
        return Player(self.model.replies, self.model.settings)


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """Every hostile document with every stage that shows it to a model."""
    found = [
        _case(report.name, report.injection.text, stage, report.hostile, report.clean)
        for reports, stages in ((abstracts(), ON_ABSTRACTS), ((*articles(), *pdfs()), ON_REPORTS))
        for report in reports
        for stage in stages
    ]
    for g in guidelines():
        hostile, clean = _recommended(g.hostile, study()), _recommended(g.clean, study())
        name = f"{g.name.partition(':')[0]}, clean"
        found.append(Case("recommend", g.name, g.injection.text, name, hostile, clean))
    passages = guidelines()[0].clean
    clean = _recommended(passages, study())
    for one in INJECTIONS[::4]:
        hostile = _recommended(passages, study(one.text))
        name = f"quote of a study: {one.name}"
        found.append(Case("recommend", name, one.text, "quote of a study, clean", hostile, clean))
    return tuple(found)


def unharmed(case: Case) -> Unharmed:
    """What the stage makes of the clean document; worked out once for each."""
    key = case.stage, case.clean_name
    if key not in _UNHARMED:
        model = case.model()
        _UNHARMED[key] = Unharmed(case.clean(model), model)
    return _UNHARMED[key]


_UNHARMED: dict[tuple[str, str], Unharmed] = {}


def _case(name: str, injection: str, stage: Stage, hostile: Document, clean: Document) -> Case:
    return Case(
        stage.name,
        name,
        injection,
        clean.document_digest,
        lambda model: stage.verdict(hostile, model),
        lambda model: stage.verdict(clean, model),
    )


def _recommended(passages: tuple[Passage, ...], report: Document) -> Verdict:
    return lambda model: recommended(passages, report, model)
