"""An explanation as plain text for a terminal.

Queries and titles come from files of others: control characters, which a terminal would obey,
are left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from evidence.query_debugger.explanation import Explanation, KnownRecord, LineHits, Part

_WIDEST = 100
_MOST_MEMBERS = 60  # of one OR; the rest is told by number


def as_text(explanation: Explanation) -> str:
    """The explanation as lines of text, without a line feed at the end."""
    blocks = [
        [summary(explanation)],
        _lines(explanation),
        ["Parts", *_parts(explanation)],
        _lost(explanation),
        _nothing(explanation),
        [f"Note: {plain(note)}" for note in explanation.notes],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def summary(explanation: Explanation) -> str:
    """One sentence: what was found of what."""
    text = f"{explanation.hits:,} of {explanation.n_records:,} records found"
    if explanation.known:
        n_lost = len(explanation.lost)
        text += f"; known records: {len(explanation.known) - n_lost} found, {n_lost} lost"
    if explanation.not_in_store:
        names = ", ".join(map(plain, explanation.not_in_store))
        text += f"; not in the store: {short(names)}"
    return text


def plain(text: str) -> str:
    """The text on one line, without control and formatting characters."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or _printed(c))
    return " ".join("".join(kept).split())


def short(text: str, width: int = _WIDEST) -> str:
    """The text, cut with an ellipsis when it is longer than `width`."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def part_facts(part: Part, n_known: int) -> list[str]:
    """What there is to say of a part beside its hits."""
    facts = []
    if part.role == "and operand":
        if part.cumulative is not None:
            facts.append(f"{part.cumulative:,} so far")
        if part.hits_without is not None:
            facts.append(f"{part.hits_without:,} without it")
    if part.role == "excluded" and part.hits_without is not None:
        facts.append(f"{part.hits_without:,} without this NOT")
    if part.role == "or member" and part.adds is not None:
        if part.adds:
            facts.append(f"adds {part.adds:,}")
        else:
            facts.append("adds nothing" if part.hits else "finds nothing")
    if n_known and part.n_known is not None and part.role != "excluded":
        facts.append(f"known {part.n_known}/{n_known}")
    if part.loses:
        verb = "takes out" if part.role == "excluded" else "loses"
        facts.append(f"{verb} {len(part.loses)} known: {short(', '.join(part.loses), 60)}")
    if part.found_if_dropped:
        facts.append(f"{len(part.found_if_dropped)} known found if dropped")
    return facts


def named(record: KnownRecord) -> str:
    """A record by its id, PMID and title."""
    pmid = f" (PMID {record.pmid})" if record.pmid and record.pmid != record.record_id else ""
    return f"{record.record_id}{pmid} {record.title}"


def number(count: int | None) -> str:
    """A count, or a dash where nothing was counted."""
    return "–" if count is None else f"{count:,}"


def _printed(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def _lines(explanation: Explanation) -> list[str]:
    n_known = len(explanation.known)
    known = "  known" if n_known else ""
    lines = [f"{'line':>5}  {'hits':>11}{known}  query"]
    for line in explanation.lines:
        shown = f"  {n_known - len(line.missed)}/{n_known}".rjust(7) if n_known else ""
        unused = "" if line.used_by or line is explanation.lines[-1] else "  (no line uses it)"
        query = short(plain(line.shown))
        lines.append(f"{line.number:>5}  {number(line.hits):>11}{shown}  {query}{unused}")
    return lines


def _parts(explanation: Explanation) -> Iterator[str]:
    for line in explanation.lines:
        yield from _tree(line, len(explanation.known))


def _tree(line: LineHits, n_known: int) -> Iterator[str]:
    yield _part_line(line.tree, f"#{line.number} ", n_known)
    yield from _branches(line.tree, "   ", n_known)


def _branches(part: Part, indent: str, n_known: int) -> Iterator[str]:
    shown = part.operands
    left_out: tuple[Part, ...] = ()
    if part.kind == "or":
        shown, left_out = part.operands[:_MOST_MEMBERS], part.operands[_MOST_MEMBERS:]
    for at, operand in enumerate(shown):
        last = at + 1 == len(shown) and not left_out
        yield _part_line(operand, indent + ("└ " if last else "├ "), n_known)
        yield from _branches(operand, indent + ("  " if last else "│ "), n_known)
    if left_out:
        nothing = sum(member.adds == 0 for member in left_out)
        yield f"{indent}└ and {len(left_out)} more, of which {nothing} add nothing"


def _part_line(part: Part, lead: str, n_known: int) -> str:
    sign = "NOT " if part.role == "excluded" else ""
    text = part.kind.upper() if part.kind in ("and", "or", "not") else short(plain(part.text), 70)
    facts = "; ".join(part_facts(part, n_known))
    return f"{lead}{sign}{text}: {number(part.hits)}{f' ({facts})' if facts else ''}"


def _lost(explanation: Explanation) -> list[str]:
    lines = ["Lost known records"] if explanation.lost else []
    for lost in explanation.lost:
        lines.append(f"  {short(plain(named(lost.record)))}")
        for obstacle in lost.obstacles:
            alone = " (found if this is dropped)" if obstacle.alone else ""
            place = f"line {obstacle.line}, character {obstacle.character}"
            lines.append(f"    {obstacle.how} {short(plain(obstacle.text), 80)}, {place}{alone}")
    return lines


def _nothing(explanation: Explanation) -> list[str]:
    found = explanation.adding_nothing()
    if not found:
        return []
    lines = ["Terms that add nothing to their OR"]
    for line_number, part in found[:_MOST_MEMBERS]:
        lines.append(f"  #{line_number} {short(plain(part.text), 80)}: {number(part.hits)} alone")
    if len(found) > _MOST_MEMBERS:
        lines.append(f"  and {len(found) - _MOST_MEMBERS} more")
    return lines
