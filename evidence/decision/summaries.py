"""Two summaries by templates: the evidence in numbers, and the whole in plain language.

The plain-language summary says what was asked, what was found (in absolute numbers per 1000 where
there are any), how sure that is and what it means. What was found is worded after GRADE guidelines
26 (Santesso et al., J Clin Epidemiol 2020;119:126-135); how sure it is after GRADE guidelines 3
(Balshem et al., J Clin Epidemiol 2011;64:401-406); what a recommendation means to people after
GRADE guidelines 15 (Andrews et al., J Clin Epidemiol 2013;66:726-735).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.decision.ruling import Ruling
from evidence.decision.sentences import Draft, Names, pooled_quotes
from evidence.decision.wording import SizesFrom, lowered_words, plain_sentence
from evidence.direction import has_effect
from evidence.findings import Certainty, Conclusion, Sentence, SummaryOfFindingsRow

NOTHING_FOUND = "No evidence found."
_HOW_SURE: Mapping[Certainty, str] = {
    "high": "the true effect lies close to what was found",
    "moderate": "the true effect is probably close to what was found, but it may be substantially "
    "different",
    "low": "the true effect may be substantially different from what was found",
    "very_low": "the true effect is likely to be substantially different from what was found",
}
_WOULD_NOT = {"strong": "only a small proportion would not", "conditional": "many would not"}


def draw_summaries(
    ruling: Ruling, rows: Sequence[SummaryOfFindingsRow], names: Names, thresholds: SizesFrom
) -> tuple[Conclusion, Conclusion]:
    """The evidence summary and the plain-language summary; without any row both say so.

    Args:
        ruling: Direction and strength as the document has them.
        rows: The summary of findings.
        names: What the two sides are called.
        thresholds: From which size on an effect matters.
    """
    if not rows:
        return (
            Conclusion(part="evidence_summary", note=NOTHING_FOUND),
            Conclusion(part="plain_language", note=NOTHING_FOUND),
        )
    plain = (
        _asked(rows, names),
        *(plain_sentence(row, names, thresholds) for row in rows),
        *_how_sure(rows),
        _meaning(ruling, rows, names),
    )
    return (
        Conclusion(part="evidence_summary", sentences=tuple(map(_in_numbers, rows))),
        Conclusion(part="plain_language", sentences=plain),
    )


def _in_numbers(row: SummaryOfFindingsRow) -> Sentence:
    """An outcome with its studies, its effect and its certainty, and what lowers that."""
    draft = Draft().support(pooled_quotes(row)).say("On ").cite(row, "outcome").say(", ")
    draft.cite(row, "k_studies").say(" with ").cite(row, "n_participants").say(": ")
    if not has_effect(row):
        return draft.say("no effect was pooled.").sentence()
    draft.cite(row, "effect").cite_absolute_effect(row, "; ").say("; ")
    if row.certainty is None:
        return draft.say("its certainty is not rated.").sentence()
    draft.cite(row, "certainty").say(" certainty")
    return draft.say(f"{lowered_words(row)}.").sentence()


def _asked(rows: Sequence[SummaryOfFindingsRow], names: Names) -> Sentence:
    who = f" in {names.population}" if names.population else ""
    draft = Draft().say(
        f"What was asked: how does {names.intervention}, compared with {names.comparator}, "
        f"work{who}, judged by "
    )
    return draft.cite_each(rows, "outcome").say("?").sentence()


def _how_sure(rows: Sequence[SummaryOfFindingsRow]) -> list[Sentence]:
    """A sentence for each level of certainty, in the order of the rows."""
    levels: dict[Certainty | None, list[SummaryOfFindingsRow]] = {}
    for row in rows:
        if has_effect(row):
            levels.setdefault(row.certainty, []).append(row)
    found = []
    for level, alike in levels.items():
        draft = Draft().say("How sure this is: the certainty of the evidence on ")
        draft.cite_each(alike, "outcome").say(" is ")
        if level is None:
            draft.say("not rated.")
        else:
            draft.cite(alike[0], "certainty").say(f", which means that {_HOW_SURE[level]}.")
        found.append(draft.sentence())
    return found


def _meaning(ruling: Ruling, rows: Sequence[SummaryOfFindingsRow], names: Names) -> Sentence:
    critical = ruling.critical or rows[0]
    draft = Draft().say("What it means: ")
    if ruling.direction == "none":
        draft.say("the evidence does not tell which of the two to prefer by ")
        return draft.cite(critical, "outcome").say("; people decide by more than this.").sentence()
    one, other = names.intervention, names.comparator
    if ruling.direction == "against":
        one, other = other, one
    draft.say("going by ").cite(critical, "outcome").say(", most people in this situation would ")
    draft.say(f"want {one} rather than {other}, but {_WOULD_NOT[ruling.strength]}.")
    return draft.sentence()
