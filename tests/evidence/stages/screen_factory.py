"""A question on malaria, documents about it, and what the rules decide on them."""

from __future__ import annotations

from evidence.judgements import CriterionVerdict, ScreeningDecision
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.stages.screen import OfflineScreener
from indexers.records import Document, Record, Section, abstract_document, text_digest

DESIGN = (
    "The report is of a randomised trial of parallel or crossover design; it is not a protocol or a"
    " pooled analysis."
)


def criterion(name: str, text: str, kind: str = "inclusion") -> EligibilityCriterion:
    return EligibilityCriterion.model_validate({"criterion_id": name, "kind": kind, "text": text})


def question(*more: EligibilityCriterion, contrast: str = "") -> ClinicalQuestion:
    return ClinicalQuestion(
        text="?",
        pico=Pico(
            population="people with uncomplicated P. falciparum malaria (falciparum malaria)",
            intervention="dihydroartemisinin-piperaquine (DP)",
            comparator="artesunate-mefloquine (AS+MQ) or another artemisinin-based combination",
            outcomes=("treatment failure",),
        ),
        criteria=(
            criterion("population", f"The participants have falciparum malaria{contrast}."),
            criterion("intervention", "One arm receives dihydroartemisinin-piperaquine."),
            criterion("comparator", "Another arm receives another combination."),
            criterion("design", DESIGN),
            *more,
        ),
    )


def record(title: str, abstract: str = "") -> Document:
    return abstract_document(Record(record_id="r", source="test", title=title, abstract=abstract))


def full_text(title: str, abstract: str, **sections: str) -> Document:
    parts = [("Title", title), ("Abstract", abstract), *sections.items()]
    text, places = "", []
    for name, body in parts:
        start = len(text)
        text += (f"{name}\n" if name not in ("Title", "Abstract") else "") + body + "\n\n"
        places.append(Section(path=(name,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=tuple(places),
    )


def screen(
    document: Document, asked: ClinicalQuestion | None = None
) -> tuple[ScreeningDecision, dict[str, CriterionVerdict]]:
    phase = "title_abstract" if document.kind == "abstract" else "full_text"
    decision = OfflineScreener().screen(asked or question(), document, phase)
    return decision, {v.criterion_id: v for v in decision.criteria}


ELIGIBLE = record(
    "Dihydroartemisinin-piperaquine versus artesunate plus mefloquine: a randomised trial",
    "Background: Resistance is spreading.\n"
    "Methods: 150 patients with uncomplicated P. falciparum malaria were randomised to DP or A + M."
    "\nResults: Cure rates were 98% and 97%.",
)
