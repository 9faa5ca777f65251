"""Terms: spelling, truncation, phrases, tags, and those that others make superfluous."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from evidence.query_debugger.common_words import PUBMED_STOPWORDS
from evidence.query_debugger.concept_groups import Group
from evidence.query_debugger.coverage import covers
from evidence.query_debugger.finding import Finding, finding, listed
from evidence.query_debugger.lint_headings import covered_names
from evidence.query_debugger.spelling import other_compound, other_spelling
from evidence.query_debugger.written import Syntax, written
from indexers.mesh import Mesh, plain_words
from retrievers.boolean.fields import ALL_FIELDS
from retrievers.boolean.tree import (
    AutomaticTerm,
    Field,
    MeshHeading,
    Query,
    SearchStrategy,
    Term,
    nodes,
)

_SHORTEST_STEM = 4  # PubMed refuses shorter ones
_TEXT_FIELDS = (Field.TITLE, Field.ABSTRACT, Field.KEYWORDS)


def term_findings(
    strategy: SearchStrategy, groups: Sequence[Group], mesh: Mesh, syntax: Syntax
) -> Iterator[Finding]:
    """What there is to say of single terms, and of terms that OR joins."""
    for line in strategy.lines:
        for node, _ in nodes(line.query):
            if isinstance(node, AutomaticTerm):
                yield _untagged(node)
            elif isinstance(node, Term) and _of_text(node):
                yield from _truncated(node, syntax)
        yield from _phrases(line.query, syntax)
    for group in groups:
        if not group.is_trial_filter():
            yield from _variants(group, syntax)
        yield from _doubled(group, syntax)
        yield from _covered(group, mesh, syntax)


def _is_text(query: Query) -> TypeGuard[Term]:
    return isinstance(query, Term) and _of_text(query)


def _of_text(term: Term) -> bool:
    return any(field in term.fields for field in _TEXT_FIELDS)


def _untagged(term: AutomaticTerm) -> Finding:
    mapped = written(term.query, "pubmed")
    meant = f"{term.text}[tiab], or a heading with [mh]"
    if term.text.replace(" ", "").isdigit():
        meant = "each number with [pmid], or with # before it for a line, as #1"
    elif plain_words(term.text) != plain_words(term.text.replace(".", "")):
        meant = "each word with a tag of PubMed, as [tiab] or [mh]"
    return finding(
        "untagged-term",
        term.place,
        f"{term.text} has no tag: PubMed maps it by itself, to something like {mapped}",
        f"say what is meant: {meant}",
    )


def _truncated(term: Term, syntax: Syntax) -> Iterator[Finding]:
    for at, word in enumerate(term.words):
        stem, star, limit = word.partition("*")
        if not star:
            continue
        alone = len(term.words) == 1
        if len(stem) < _SHORTEST_STEM and not limit and (alone or syntax == "pubmed"):
            reason = (
                f"PubMed wants {_SHORTEST_STEM} characters before *"
                if syntax == "pubmed"
                else f"so short a stem finds much else (fewer than {_SHORTEST_STEM} letters)"
            )
            yield finding("truncation", term.place, f"{word}: {reason}", "write the words out")
        elif syntax == "pubmed" and at + 1 < len(term.words):
            yield finding(
                "truncation",
                term.place,
                f"{term.text}: PubMed truncates only the last word of a phrase",
                "write the phrases out, or join the words with AND or nearness",
            )
    bare = not term.quoted and term.fields == ALL_FIELDS and len(term.words) > 1
    if syntax == "pubmed" and bare and "*" in term.text:
        yield finding(
            "truncation",
            term.place,
            f"{term.text}: without a tag or quotation marks, PubMed reads no phrase here",
            f'write "{term.text}"[tiab]',
        )


def _phrases(query: Query, syntax: Syntax) -> Iterator[Finding]:
    """Quoted single words and stop words in phrases, told once for each line."""
    terms = [n for n, _ in nodes(query) if isinstance(n, Term) and _of_text(n)]
    single = [t for t in terms if t.quoted and len(t.words) == 1]
    if single and syntax == "pubmed":
        yield finding(
            "one-word-phrase",
            single[0].place,
            f"quotation marks around one word: {listed([t.text for t in single])}",
            "leave them out: a word with a tag is searched as it stands",
        )
    stopped = [t for t in terms if len(t.words) > 1 and PUBMED_STOPWORDS & {*t.words}]
    if stopped and syntax == "pubmed":
        yield finding(
            "stop-word",
            stopped[0].place,
            f"PubMed's stop words in phrases: {listed([t.text for t in stopped])}",
            "see in PubMed's search details whether each phrase was searched as it is written",
        )


def _variants(group: Group, syntax: Syntax) -> Iterator[Finding]:
    terms = [term for term in group.terms() if _of_text(term)]
    missing: dict[str, Term] = {}
    for term in terms:
        for words in _respelled(term.words):
            if not any(covers(other, words, term.fields) for other in terms):
                missing.setdefault(" ".join(words), term)
    if missing:
        place = next(iter(missing.values())).place
        pairs = [f"{term.text} → {text}" for text, term in missing.items()]
        new = [
            written(Term(tuple(text.split()), term.fields, term.quoted), syntax)
            for text, term in missing.items()
        ]
        yield finding(
            "spelling-variant",
            place,
            f"spelled in one way only: {listed(pairs)}",
            f"add the other spelling: {listed(new)}",
        )


def _respelled(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for at, word in enumerate(words):
        other = other_spelling(word)
        if other is not None:
            yield (*words[:at], other, *words[at + 1 :])
    compound = other_compound(words)
    if compound is not None:
        yield compound


def _doubled(group: Group, syntax: Syntax) -> Iterator[Finding]:
    seen: set[Query] = set()
    doubled: list[Term | MeshHeading] = []
    for member in group.members:
        if isinstance(member, Term | MeshHeading):
            same = replace(member, quoted=False) if _is_text(member) else member
            if same in seen:
                doubled.append(member)
            seen.add(same)
    if doubled:
        texts = list(dict.fromkeys(written(member, syntax) for member in doubled))
        yield finding(
            "doubled-term",
            doubled[0].place,
            f"more than once in the same OR (hyphens are read as blanks): {listed(texts)}",
            "keep one of each",
        )


def _covered(group: Group, mesh: Mesh, syntax: Syntax) -> Iterator[Finding]:
    """Terms that another one of the same OR finds in any case."""
    terms = list(dict.fromkeys(replace(t, quoted=False) for t in group.terms() if _of_text(t)))
    pairs: list[tuple[Term | MeshHeading, Term | MeshHeading]] = []
    for term in terms:
        wider = next((o for o in terms if o != term and covers(o, term.words, term.fields)), None)
        if wider is not None:
            pairs.append((term, wider))
    headings = [m for m in dict.fromkeys(group.members) if isinstance(m, MeshHeading)]
    for heading in headings:
        for other in headings:
            names = covered_names([heading], mesh)
            if other != heading and names and _takes_in(other, heading, names, mesh):
                pairs.append((heading, other))
                break
    if pairs:
        texts = [f"{written(a, syntax)} in {written(b, syntax)}" for a, b in pairs]
        yield finding(
            "covered-term",
            pairs[0][0].place,
            f"found by another term of the same OR: {listed(texts)}",
            "leave them out, or keep them knowing that they add nothing",
        )


def _takes_in(wide: MeshHeading, narrow: MeshHeading, names: set[str], mesh: Mesh) -> bool:
    """Whether an exploded heading finds all that another one does; of two alike, neither."""
    if wide.major > narrow.major or wide.subheadings not in ((), narrow.subheadings):
        return False
    taken = covered_names([wide], mesh)
    return names < taken
