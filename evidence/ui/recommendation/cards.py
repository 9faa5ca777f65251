"""The recommendation, its support and its decision document as HTML; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.decision.editing import MovedValue
from evidence.decision.versions import (
    Version,
    named_headline,
    standing_text,
)
from evidence.decision.worksheet import field_words
from evidence.factuality.sentences import flag_text
from evidence.factuality.verdicts import ClaimCheck
from evidence.findings import CitedValue, Conclusion, Recommendation, Sentence, SummaryOfFindingsRow
from evidence.findings_text import ABSENT, printed
from evidence.question import ClinicalQuestion
from evidence.rendering.decision_html import is_quotation
from evidence.rendering.decision_text import ToldCriterion
from evidence.ui.cards import joined
from evidence.ui.quotes import DocumentOf, quoted_in_context
from indexers.records import Document, Quote

NameOf = Callable[[Document], str]
_MOST_MOVED = 4
DATE = "%d %B %Y, %H:%M"


class Shown:
    """What the pieces need to show the support of a sentence."""

    def __init__(
        self, rows: Sequence[SummaryOfFindingsRow], document_of: DocumentOf, name_of: NameOf
    ) -> None:
        self.rows: Mapping[str, SummaryOfFindingsRow] = {row.row_id: row for row in rows}
        self.document_of = document_of
        self.name_of = name_of

    def place(self, quote: Quote) -> str:
        """`Smith 2010 · Results`."""
        document = self.document_of(quote.document_digest)
        if document is None:
            return "missing text"
        section = " › ".join(document.section_at(quote.start))
        return f"{self.name_of(document)} · {section}" if section else self.name_of(document)


def recommendation_style() -> Markup:
    """The style sheet of the page."""
    css = (Path(__file__).parent / "recommendation.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def headline_html(
    version: Version, signed_by: tuple[str, ...], question: ClinicalQuestion
) -> Markup:
    """Direction and strength, who wrote the version, and whether it is signed."""
    kind = "include" if signed_by else "unclear"
    return Markup(
        '<div class="ev"><p class="ev-verdict-line">{}</p><p class="ev-standing">'
        '<span class="ev-verdict ev-{}">{}</span> <span class="ev-soft">Version {} · {}</span></p>'
        "</div>"
    ).format(
        named_headline(version.edit.recommendation, question),
        kind,
        standing_text(signed_by),
        version.number,
        written(version),
    )


def moved_html(moved: Sequence[MovedValue], since: Sequence[str]) -> Markup:
    """What the summary of findings says now that the version does not; many are counted.

    Args:
        moved: The values of the version that are others now.
        since: What people and engines wrote on the studies since the version, a line each.
    """
    lines = [
        f"{m.outcome}: {m.value.text} → {'gone' if m.now in (None, ABSENT) else m.now}"
        for m in moved[:_MOST_MOVED]
    ]
    if len(moved) > _MOST_MOVED:
        lines.append(f"and {len(moved) - _MOST_MOVED} more values")
    if not lines:
        lines = ["No number in it changed; see whether its reasons still hold."]
    written = Markup("")
    if since:
        first = [*since[:_MOST_MOVED], *_and_more(len(since) - _MOST_MOVED)]
        written = Markup("<p>Written since:</p><ul>{}</ul>").format(_items(first))
    return Markup(
        '<div class="ev ev-moved" role="status"><p><b>The evidence moved since this version was '
        "written.</b></p><ul>{}</ul>{}</div>"
    ).format(_items(lines), written)


def _and_more(number: int) -> list[str]:
    return [f"and {number} more; see the page Audit"] if number > 0 else []


def sentences_html(draft: Recommendation, shown: Shown) -> Markup:
    """The sentences, each with what it rests on behind one click; values tell more on hover."""
    items = joined(
        Markup("<li><p>{}</p>{}</li>").format(with_values(s, shown), _support(s, shown))
        for s in draft.sentences
    )
    if not items:
        return Markup('<p class="ev ev-soft">No sentence: no study says anything yet.</p>')
    return Markup('<div class="ev"><ol class="ev-sentences">{}</ol></div>').format(items)


def with_values(sentence: Sentence, shown: Shown) -> Markup:
    """The text with each computed number marked; hovering or focus says where it comes from."""
    values = {v.text: v for v in sentence.computed if is_number(v)}
    if not values:
        return Markup("{}").format(sentence.text)
    texts = "|".join(re.escape(t) for t in sorted(values, key=lambda t: (-len(t), t)))
    parts, end = [], 0
    for found in re.finditer(rf"(?<!\w)(?<!\d[.,])(?:{texts})(?!\w|[.,]\d)", sentence.text):
        parts.append(Markup("{}").format(sentence.text[end : found.start()]))
        parts.append(
            Markup('<span class="ev-value" tabindex="0" title="{}">{}</span>').format(
                _origin(values[found.group()], shown), found.group()
            )
        )
        end = found.end()
    return joined([*parts, Markup("{}").format(sentence.text[end:])])


def is_number(value: CitedValue) -> bool:
    """Whether a value is worth a mark: a number, not the name of an outcome that holds one."""
    return value.field != "outcome" and any(letter.isdigit() for letter in value.text)


def checks_html(checks: Sequence[ClaimCheck]) -> Markup:
    """The doubts of the factuality check: advice, open only where there are some."""
    doubted = [check for check in checks if check.flags]
    if not checks:
        return Markup()
    told = joined(
        Markup("<li>{}<ul>{}</ul></li>").format(
            check.claim, _items([flag_text(flag) for flag in check.flags])
        )
        for check in doubted
    )
    return Markup(
        '<details class="ev"{}><summary>{} compared with the support: {} to look at'
        '</summary><p class="ev-soft">Advice. Every number is quoted or computed, that is '
        "enforced; direction, people and times are compared by rules that can be wrong.</p>"
        '<ul class="ev-doubts">{}</ul></details>'
    ).format(
        Markup(" open") if doubted else "", _counted(len(checks), "sentence"), len(doubted), told
    )


def conclusion_html(title: str, conclusion: Conclusion, shown: Shown) -> Markup:
    """A conclusion of the Evidence-to-Decision document."""
    body = _told(conclusion.sentences, conclusion.note, shown)
    return Markup(
        '<div class="ev"><div class="ev-etd"><h3>{}</h3><div>{}</div></div></div>'
    ).format(title, body)


def written(version: Version) -> str:
    """By whom, and when as the log has it."""
    at = version.edit.provenance.at
    by = version.by if version.edit.provenance.by_person else f"the {version.by}"
    return f"written by {by}" + (f", {at.strftime(DATE)} UTC" if at else "")


def _support(sentence: Sentence, shown: Shown) -> Markup:
    counts = []
    if sentence.quotes:
        counts.append(_counted(len(sentence.quotes), "quote"))
    if sentence.computed:
        counts.append(_counted(len(sentence.computed), "computed value"))
    if not counts:
        return Markup('<p class="ev-soft">No support.</p>')
    return Markup("<details><summary>Rests on {}</summary>{}{}</details>").format(
        " and ".join(counts), _values(sentence.computed, shown), _quotes(sentence.quotes, shown)
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" + ("" if number == 1 else "s")


def _values(values: Sequence[CitedValue], shown: Shown) -> Markup:
    if not values:
        return Markup()
    lines = joined(
        Markup('<li><b>{}</b> <span class="ev-soft">{}</span></li>').format(
            v.text, _origin(v, shown)
        )
        for v in values
    )
    return Markup('<ul class="ev-values">{}</ul>').format(lines)


def _origin(value: CitedValue, shown: Shown) -> str:
    row = shown.rows.get(value.row_id)
    if row is None:
        return f"{value.row_id}: no such outcome any more"
    if value.field == "outcome":
        return f"outcome of the summary of findings, {printed(row, 'k_studies')}"
    of = f"{field_words(value.field)}, {printed(row, 'outcome')}"
    return f"{of}, computed from {printed(row, 'k_studies')}"


def _quotes(quotes: Sequence[Quote], shown: Shown) -> Markup:
    return joined(
        Markup('<p class="ev-source">{}</p>{}').format(
            shown.place(quote), quoted_in_context(quote, shown.document_of)
        )
        for quote in quotes
    )


def criterion_html(criterion: ToldCriterion, shown: Shown) -> Markup:
    """A criterion of the Evidence-to-Decision document: question, answer and what was found."""
    by = Markup(' <span class="ev-soft">{}</span>').format(criterion.judged_by)
    return Markup(
        '<div class="ev"><div class="ev-etd"><div><h3>{}</h3><p class="ev-soft">{}</p>'
        '<p><span class="ev-answer">{}</span>{}</p></div><div>{}{}</div></div></div>'
    ).format(
        criterion.title,
        criterion.question,
        criterion.scale.answer[:1].upper() + criterion.scale.answer[1:],
        by if criterion.judged_by else "",
        _told(criterion.evidence, "", shown),
        _told(criterion.considerations, criterion.note, shown),
    )


def _told(sentences: Sequence[Sentence], note: str, shown: Shown) -> Markup:
    lines = []
    for sentence in sentences:
        if is_quotation(sentence):
            lines.append(_quotes(sentence.quotes, shown))
        else:
            lines.append(Markup("<p>{}</p>").format(with_values(sentence, shown)))
            if sentence.quotes:
                lines.append(
                    Markup("<details><summary>{}</summary>{}</details>").format(
                        _counted(len(sentence.quotes), "quote"), _quotes(sentence.quotes, shown)
                    )
                )
    if note:
        lines.append(Markup('<p class="ev-soft">{}</p>').format(note))
    return joined(lines)


def _items(lines: Sequence[str]) -> Markup:
    return joined(Markup("<li>{}</li>").format(line) for line in lines)
