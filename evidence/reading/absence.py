"""What it means that no sentence of a document decides for a criterion.

A term that is absent decides against a record only where the document tells enough (an abstract in
the first phase, a methods section in the second), where no related name stands in its place, and
where the vocabularies know the thing, so that its names can be looked for at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion
from evidence.reading.matching import COMMON_WORDS, content_words, find_any, find_near
from evidence.reading.reader import Reader
from evidence.reading.related_names import RelatedNames
from evidence.reading.sentences import LocatedSentence

_TERMS_LISTED = 6
_NONE_OF = "none of"


def absent_or_in_passing(
    terms: Sequence[str],
    criterion: EligibilityCriterion,
    reader: Reader,
    related: RelatedNames | None = None,
) -> CriterionVerdict:
    """The verdict when no sentence decides for the criterion."""
    listed = ", ".join(repr(term) for term in terms[:_TERMS_LISTED])
    listed += f" and {len(terms) - _TERMS_LISTED} more" if len(terms) > _TERMS_LISTED else ""
    there = present(terms, reader)
    passing = next((s for s in reader.sentences if any(find_near(t, s.text) for t in there)), None)
    if passing is not None and not (reader.full_text and reader.has_methods):
        return reader.verdict(criterion, "unclear", passing, "mentioned in passing only")
    if not reader.tells_enough:
        return reader.verdict(criterion, "unclear", None, f"the {reader.where} tells too little")
    partly = _partly_named(terms, reader)
    if passing is None and partly is not None:
        return reader.verdict(criterion, "unclear", partly, "named only in part")
    if related is not None and passing is None:
        otherwise = reader.named(related.near)
        if otherwise:
            sentence, (start, end) = otherwise[0]
            reason = f"a related name, {sentence.text[start:end]!r}"
            return reader.verdict(criterion, "unclear", sentence, reason)
        if not related.known:
            reason = f"no {listed}, but it may go by names that the rules do not know"
            return reader.verdict(criterion, "unclear", None, reason)
    reason = f"{_NONE_OF} {listed} occurs in {reader.where}"
    if passing is not None:
        reason = f"{listed}: mentioned only outside this trial's own participants and arms"
    return reader.verdict(criterion, "not_met", reader.title or passing, reason)


def is_absence(verdict: CriterionVerdict) -> bool:
    """Whether a verdict rests on words that do not occur: its quote is only where they lack."""
    return verdict.verdict == "not_met" and verdict.reason.startswith(f"{_NONE_OF} ")


def present(terms: Sequence[str], reader: Reader) -> list[str]:
    """The terms whose content words all stand somewhere in the document: a quick first pass."""
    return [
        term
        for term in terms
        if find_any((term,), reader.text)
        or all(find_any((word,), reader.text) for word in content_words(term) or (term,))
    ]


def _partly_named(terms: Sequence[str], reader: Reader) -> LocatedSentence | None:
    """A sentence on the trial that has a longer term's head and half of its words."""
    wanted = {term: len(content_words(term)) for term in terms if len(content_words(term)) > 1}
    there = {
        term: [w for w in content_words(term) if len(w) > 3 and find_any((w,), reader.text)]
        for term in wanted
    }
    wanted = {
        term: n
        for term, n in wanted.items()
        if 2 * len(there[term]) >= n and not COMMON_WORDS.issuperset(there[term])
    }
    if not wanted:
        return None
    for sentence in reader.sentences:
        if not sentence.of_this_trial or sentence.part == "body":
            continue
        for term in wanted:
            found = [w for w in there[term] if find_any((w,), sentence.text)]
            head = content_words(term)[-1]
            if (
                2 * len(found) >= wanted[term]
                and head in found
                and not COMMON_WORDS.issuperset(found)
            ):
                return sentence
    return None
