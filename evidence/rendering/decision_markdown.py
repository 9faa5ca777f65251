"""The decision document as Markdown; each quote is a footnote with its address."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.findings import Sentence
from evidence.rendering.decision_text import NumberedQuotes, Scale, ToldDecision
from evidence.rendering.markdown_text import markdown_literal


def decision_markdown(told: ToldDecision) -> list[str]:
    """Lines from the heading on; text of documents and names is shown as it is."""
    quotes = NumberedQuotes()
    lines = ["", "## From evidence to decision"]
    for criterion in told.criteria:
        lines += ["", f"### {criterion.title}: {criterion.scale.answer}", ""]
        by = f" ({criterion.judged_by})" if criterion.judged_by else ""
        lines += [f"*{criterion.question}* {_marked(criterion.scale)}{by}", ""]
        lines += _bullets((*criterion.evidence, *criterion.considerations), quotes)
        lines += [f"- {markdown_literal(criterion.note)}"] if criterion.note else []
    lines += ["", "### Conclusions", ""]
    lines += [f"**Type of recommendation:** {_marked(told.recommendation_type)}"]
    for title, conclusion in told.conclusions:
        lines += ["", f"**{title}**", "", *_bullets(conclusion.sentences, quotes)]
        lines += [f"- {markdown_literal(conclusion.note)}"] if conclusion.note else []
        if not conclusion.sentences and not conclusion.note:
            lines.append("- none beyond the recommendation itself")
    lines += ["", told.drafting] if told.drafting else []
    lines += [""] if quotes.quotes else []
    for quote, number in quotes.quotes.items():
        lines.append(f"[^{number}]: “{markdown_literal(quote.text)}” `{quote.passage_id}`")
    return lines


def _bullets(sentences: Iterable[Sentence], quotes: NumberedQuotes) -> list[str]:
    found = []
    for sentence in sentences:
        marks = "".join(f"[^{number}]" for number in quotes.numbers(sentence.quotes))
        found.append(f"- {markdown_literal(sentence.text)}{marks}")
    return found


def _marked(scale: Scale) -> str:
    """All positions, the answer in bold; an answer without a place comes last."""
    told = [
        f"**{position}**" if place == scale.place else position
        for place, position in enumerate(scale.positions)
    ]
    if scale.place is None:
        told.append(f"**{scale.answer}**")
    return " · ".join(told)
