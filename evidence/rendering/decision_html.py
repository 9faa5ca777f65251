"""The section `From evidence to decision` of the HTML report."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from evidence.findings import Sentence
from evidence.rendering.decision_text import decision_text
from evidence.report import Report

LONGEST_LINK = 90
"""Characters; a longer value is a whole sentence, which reads better without a line under it."""


def decision_context(report: Report, row_numbers: Mapping[str, int]) -> dict[str, object]:
    """What the template `decision.html.jinja` needs; `told` is None where there is no decision.

    Args:
        report: Whose recommendation is printed.
        row_numbers: The place of each row in the summary of findings, from 1.
    """
    draft = report.recommendation
    return {
        "told": None if draft is None else decision_text(draft),
        "linked": lambda sentence: linked_values(sentence, row_numbers),
    }


def is_quotation(sentence: Sentence) -> bool:
    """Whether a sentence is nothing but the words of its quote."""
    words = " ".join(sentence.text.split())
    return any(" ".join(quote.text.split()) == words for quote in sentence.quotes)


def linked_values(sentence: Sentence, row_numbers: Mapping[str, int]) -> Markup:
    """The sentence with each number that was computed linked to its row of the summary."""
    rows = {
        value.text: row_numbers[value.row_id]
        for value in sentence.computed
        if value.row_id in row_numbers
        and value.field != "outcome"
        and any(letter.isdigit() for letter in value.text)
        and len(value.text) <= LONGEST_LINK
    }
    if not rows:
        return Markup(escape(sentence.text))  # noqa: S704 - escaped
    texts = "|".join(re.escape(text) for text in sorted(rows, key=lambda t: (-len(t), t)))
    # `2 studies` is no part of `12 studies`.
    alternatives = rf"(?<!\w)(?<!\d[.,])(?:{texts})(?!\w|[.,]\d)"
    parts: list[Markup] = []
    end = 0
    for found in re.finditer(alternatives, sentence.text):
        parts.append(escape(sentence.text[end : found.start()]))
        parts.append(
            Markup('<a class="value" href="#row-{}">{}</a>').format(
                rows[found.group()], found.group()
            )
        )
        end = found.end()
    return Markup("").join([*parts, escape(sentence.text[end:])])
