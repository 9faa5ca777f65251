"""The statement on the use of automation in words, as a journal or an institute asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.ai_use import AiUse, MachineUse, Task
from evidence.rendering.markdown_text import markdown_literal

TASK_NAMES: dict[Task, str] = {
    "title_abstract": "Screening of titles and abstracts",
    "full_text": "Screening of full texts",
    "characteristics": "Characteristics of studies",
    "results": "Numbers of results",
    "directions": "Direction of effects as reports tell them",
    "risk_of_bias": "Risk of bias, by domain",
    "certainty": "Certainty of evidence (GRADE)",
    "recommendation": "Draft of the recommendation",
}
TITLE = "Use of automation and artificial intelligence"
HEADS = ("Task", "Engine", "Judged", "Checked by a person", "Changed by a person")
_OFFLINE = "The offline engine is explicit rules and a small text encoder; it is no language model."
_MODEL = "{} answered under a fixed schema; what did not fit, or quoted what is not in the text, "
_MODEL_REST = "became unclear and a person’s task."
_ALWAYS = (
    "Numbers were pooled and rated by code, never by a model.",
    "Every value and every sentence of the recommendation carries a quote that was checked against "
    "its source, or is computed from values that do. What no engine could decide was left unclear, "
    "for a person.",
    "The review’s log names the engine, the model and the prompt of each judgement; later lines "
    "overrule earlier ones and none was removed.",
)


@dataclass(frozen=True)
class AiUseText:
    """The statement: paragraphs, and a table with `HEADS` above its columns."""

    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str, str, str, str], ...]


def ai_use_text(use: AiUse, program_version: str, encoder: str) -> AiUseText:
    """The statement that every export prints; program and encoder as the manifest names them."""
    return AiUseText(
        paragraphs=(
            _systems(use, program_version, encoder),
            *_ALWAYS,
            _oversight(use),
        ),
        rows=tuple(_row(item) for item in use.uses),
    )


def ai_use_markdown(text: AiUseText) -> str:
    """The statement as Markdown, to stand under `TITLE`."""
    lines = []
    for paragraph in text.paragraphs:
        lines += [markdown_literal(paragraph), ""]
    if text.rows:
        lines += [f"| {' | '.join(HEADS)} |", "|---|---|---:|---:|---:|"]
        lines += [f"| {' | '.join(map(markdown_literal, row))} |" for row in text.rows]
        lines.append("")
    return "\n".join(lines)


def _systems(use: AiUse, program_version: str, encoder: str) -> str:
    models = sorted({item.model for item in use.uses if item.model})
    told = [
        f"evidence-synthesis {program_version} was used, with the encoder "
        f"{encoder} to search and to order records by meaning."
    ]
    if any(item.engine == "offline" for item in use.uses):
        told.append(_OFFLINE)
    if models:
        named = f"The language model {models[0]}" if len(models) == 1 else ""
        told.append(
            _MODEL.format(named or f"The language models {', '.join(models)}") + _MODEL_REST
        )
    return " ".join(told)


def _oversight(use: AiUse) -> str:
    judged = sum(item.n_items for item in use.uses)
    checked = sum(item.n_checked for item in use.uses)
    changed = sum(item.n_changed for item in use.uses)
    alone = sum(use.by_people.values())
    if not use.people:
        return (
            f"No person has checked any of the engines’ judgements ({judged:,}) yet: this is a "
            "draft by machines."
        )
    told = (
        f"Engines’ judgements: {judged:,}. People checked {checked:,} of them and changed "
        f"{changed:,}"
        if judged
        else "No engine judged anything"
    )
    rest = f"; {alone:,} more were made by people alone" if alone else ""
    return f"{told}{rest}. The people: {', '.join(use.people)}."


def _row(use: MachineUse) -> tuple[str, str, str, str, str]:
    name = use.engine.replace("_", " ")
    engine = f"{name} ({use.model})" if use.model else name
    counts = (f"{n:,}" for n in (use.n_items, use.n_checked, use.n_changed))
    items, checked, changed = counts
    return TASK_NAMES[use.task], engine, items, checked, changed
