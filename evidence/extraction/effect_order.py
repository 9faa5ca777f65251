"""Which arm a printed effect compares with which: by the words over it or by a reference cell.

`A vs B` is A over B, `reference: B` too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.extraction.arm_concepts import control_like
from evidence.extraction.arm_labels import bare_role
from evidence.extraction.arm_mentions import Mention, TrialArm, mentions
from evidence.extraction.effect_cells import is_reference, says_reference
from evidence.extraction.outcomes import residual
from evidence.extraction.table_contexts import Context
from evidence.extraction.tables import Grid, ValueCell
from evidence.extraction.wording import flatten
from indexers.records import TableCell

_VERSUS = (
    r"(?:\bvs?\b\.?|\bversus\b|\bcompared (?:with|to)|\brelative to|\bover\b|\bminus\b|\bagainst\b"
    r"|\bin comparison (?:with|to)|\bthan\b)"
)
_BEFORE_REFERENCE = re.compile(
    rf"(?:{_VERSUS}|\breference(?: (?:group|category|arm))?(?: is| was)?|\bref\.?)"
    r"[\s:=(\[]*(?:the\s+)?$", re.I,
)  # fmt: skip
_AFTER_REFERENCE = re.compile(
    r"\W*(?:groups?|arms?|patients|participants)?\W*(?:is|was|served|used|=|:)?\s*(?:as\s+)?"
    r"(?:the\s+)?\(?(?:ref\b|reference\b|referent\b)", re.I,
)  # fmt: skip
_EFFECT_OF = re.compile(r"\beffects? of (?:the )?$", re.I)
# `A/B`, `A - B` and `Intervention-Control` compare; read so only where plain reading names one.
_SIGNS = re.compile(r"\s*[/÷]\s*|\s+[-–−‑]\s+|(?<=[a-z])[-–−](?=[A-Z(])|(?<=[A-Z)])[-–−](?=[A-Z])")
_GENERAL = re.compile(
    r"\b(?:intervention|experimental|active|treatment|treated|controls?|placebo|usual care"
    r"|standard care|comparison|comparator)\b(?! (?:effects?|differences?|outcomes?|period|week"
    r"|phase|interaction))", re.I,
)  # fmt: skip
_CONTROL_NAMES = ("control group", "control arm", "control condition", "placebo group")

OTHERS: Literal["others"] = "others"
# What stands beside `vs` without naming an arm.
_SAYS_NOTHING = re.compile(
    r"\b(?:difference|ratio|odd|hazard|risk|relative|rate|mean|adjusted|unadjusted|crude|effect"
    r"|size|estimate|standardi[sz]ed|cohen|hedge|least|square|change|absolute|group|arm)'?s?\b"
    r"|(?-i:\b(?:I?RR|[a-c]?OR|[a-c]?HR|MD|SMD|RD|LS|CI|ANCOVA|OLS|ITT|PP)[a-d]?\b)", re.I,
)  # fmt: skip
EFFECT_WORDS = re.compile(
    r"(?-i:(?<![A-Za-z])(?:[acuA]|adj)?(?:I?RR|OR|HR|MD|SMD|RD)s?[a-d]?(?![A-Za-z]))|\bodds?\b"
    r"|\bhazards?\b|\brelative\b|\brisks?\b|\brates?\b|\bratios?\b|\bmeans?\b|\bdifferences?[a-d]?\b"
    r"|\bdiff\b|\bbetween\b|\bgroups?\b|\barms?\b|\b9\d(?:\.\d)?\s*%|(?-i:\bC\.?I\.?s?[a-d]?\b)"
    r"|\bconfidence\b|\bintervals?\b|\blimits?\b|\b(?:un|non-?)?adj(?:usted)?[a-d]?\b|\bcrude\b"
    r"|\beffects?\b|\bsize\b|\bestimated?\b|\btreatment\b|\bintervention\b|\bcontrols?\b|\bplacebo\b"
    r"|\bvs?\b\.?|\bversus\b|\bminus\b|\bcompared\b|\brelative to\b|\bstandardi[sz]ed\b"
    r"|\bcohen(?:'?s)?\b"
    r"|\bhedges'?s?\b|\b[dg]\b|\bl\.?s\.?\b|\bleast[- ]squares?\b|\bancova\b|\babsolute\b|\bp\b"
    r"|\bchanges?\b|\bref(?:erence)?\b|\bcomparison\b|Δ", re.I,
)  # fmt: skip
_GIVEN = re.compile(
    r"\bbetween[- ](?:the )?(?:two )?(?:groups?|arms?|treatments?|conditions)|\btreatment (?:effect"
    r"|difference|group)|\bintervention effect|\bgroup (?:effect|difference)"
    r"|\beffects? of (?:the )?(?:intervention|treatment)|\bbetween-?group", re.I,
)  # fmt: skip
_ABOUT_EFFECT = re.compile(
    r"\bdifferen|\bratio|\breference|\beffect|\bminus\b|\bcompar|\bversus\b|\bvs\b|\brelative to",
    re.I,
)
_COMPARED = re.compile(r"(?:\bvs?\b\.?|\bversus\b|\bminus\b)", re.I)


class Order(NamedTuple):
    """The arm that is compared and the one that it is compared with; `said` where words say so."""

    first: TrialArm
    second: TrialArm
    said: bool


def order_in(
    text: str, arms: tuple[TrialArm, ...], n_arms: int
) -> Order | TrialArm | Literal["others"] | None:
    """The comparison that a wording names; an arm alone where it names only that one.

    `others` where a side of it is none of the arms. None also where three arms are named: which
    two are compared is open then.
    """
    named = _named(text, arms)
    if len(named) < 2 and not _COMPARED.search(flatten(text)):
        named = _named(text := _SIGNS.sub(" versus ", text), arms)
    flat = flatten(text)
    if _versus_another(text, arms, named):
        return OTHERS
    distinct = list({id(m.arm): m.arm for m in named}.values())
    if not named or len(distinct) > 2:
        return None
    second = next((m.arm for m in named if _is_reference(flat, m)), None)
    if len(distinct) == 2:
        if second is None:
            return Order(distinct[0], distinct[1], said=False)
        first = next(a for a in distinct if a is not second)
        return Order(first, second, said=True)
    if n_arms == 2 and len(arms) == 2:
        other = next(a for a in arms if a is not distinct[0])
        if second is not None:
            return Order(other, second, said=True)
        if any(_EFFECT_OF.search(flat[: m.start]) for m in named):
            return Order(distinct[0], other, said=True)
    return distinct[0]


def _versus_another(text: str, arms: tuple[TrialArm, ...], named: list[Mention]) -> bool:
    """Whether `X vs A` has a side in words that are none of the arms."""
    found = _COMPARED.search(flatten(text))
    if found is None or len({id(m.arm) for m in named}) > 1:
        return False
    sides = ((0, found.start()), (found.end(), len(text)))
    return any(
        not any(low <= m.start < high for m in named)
        and residual(_SAYS_NOTHING.sub(" ", flatten(text[low:high]).split("|")[0 if low else -1]))
        for low, high in sides
    )


def _is_reference(flat: str, mention: Mention) -> bool:
    before, after = flat[: mention.start], flat[mention.end :]
    return bool(_BEFORE_REFERENCE.search(before) or _AFTER_REFERENCE.match(after))


def _named(text: str, arms: tuple[TrialArm, ...]) -> list[Mention]:
    """The arms in order of their place, general words included where they name one arm each."""
    found = mentions(text, arms)
    control = _control(arms)
    if control is not None:
        for m in _GENERAL.finditer(flatten(text)):
            if not any(k.start < m.end() and m.start() < k.end for k in found):
                word = m.group().lower()
                role = bare_role(word) or ("intervention" if word[:5] == "treat" else "comparator")
                other = next(a for a in arms if a is not control)
                found.append(Mention(control if role == "comparator" else other, *m.span()))
    if len({id(m.arm) for m in found}) < 2:  # `treatment` alone names no arm
        found = [m for m in found if not text[m.start : m.end].lower().startswith("treat")]
    return sorted(found, key=lambda m: m.start)


def without_arms(text: str, arms: tuple[TrialArm, ...]) -> str:
    """A wording without the names of arms."""
    for mention in reversed(_named(text, arms)):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def _control(arms: tuple[TrialArm, ...]) -> TrialArm | None:
    """Of two arms the one that the article calls its control; a question may swap them."""
    if len(arms) != 2:
        return None
    named = [a for a in arms if set(a.names) & set(_CONTROL_NAMES)]
    like = [a for a in arms if any(control_like(n) for n in (a.name, *a.headings))]
    for found in (named, like):
        if len(found) == 1:
            return found[0]
    return None


@dataclass(frozen=True)
class Page:
    """A table with what every one of its cells is looked up in."""

    grid: Grid
    at: dict[tuple[int, int], TableCell]
    contexts: list[Context]
    arms: tuple[TrialArm, ...]
    n_arms: int

    def heads(self, value: ValueCell, column: int) -> list[str]:
        """The headings of a column in the rows that hold a cell's own headings."""
        cells = [self.at.get((h.row, column)) for h in value.columns]
        return [c.text for c in cells if c is not None and c.text.strip()]

    def named(self, text: str) -> Order | TrialArm | Literal["others"] | None:
        """The comparison that a wording names."""
        return order_in(text, self.arms, self.n_arms)


def order_of(page: Page, value: ValueCell) -> Order | None:
    """The two arms that an effect compares; None where it is of one arm or of others."""
    over = " | ".join(c.text for c in value.columns)
    found = page.named(over)
    if found == OTHERS or isinstance(found, TrialArm) or _is_under_each_arm(page, value):
        return None
    for cell in (*value.labels, *value.headings):
        named = page.named(cell.text)
        if isinstance(named, TrialArm):
            if not residual(EFFECT_WORDS.sub(" ", flatten(without_arms(cell.text, page.arms)))):
                return _against_row(page, value, named)
        elif isinstance(named, Order) and (found is None or not found.said):
            found = named
        elif named == OTHERS and found is None:
            return None
    if found is not None and found.said:
        return found
    if found is None and _has_reference(page, value):
        return None
    notes = [s for note in page.grid.table.footnotes for s in re.split(r"(?<=[a-z)])[.;]\s", note)]
    notes = [n for n in notes if _ABOUT_EFFECT.search(n)]
    around = [page.named(t) for t in (*notes, page.grid.table.caption)]
    if found is None and OTHERS in around[-1:]:
        return None
    for i, named in enumerate(around):
        if isinstance(named, Order):
            same = found is None or {id(found[0]), id(found[1])} == {id(named[0]), id(named[1])}
            if same and (named.said or found is None):
                # A caption (`Results of A versus B`) names the arms, not the way of the effect.
                found = named._replace(said=named.said and i < len(notes))
                if found.said:
                    return found
    mine = [a for a in page.arms if a.role == "intervention"]
    theirs = [a for a in page.arms if a.role == "comparator"]
    if found is None and (len(mine), len(theirs)) == (1, 1):
        compared = {id(c.naming.arm) for c in page.contexts} == {id(mine[0]), id(theirs[0])}
        if compared or any(_GIVEN.search(t) for t in (over, *notes, page.grid.table.caption)):
            found = Order(mine[0], theirs[0], said=False)
    if found is not None and found.first.role == "comparator" and not found.said:
        found = Order(found.second, found.first, said=False)
    return found


def _is_under_each_arm(page: Page, value: ValueCell) -> bool:
    """Whether the same heading stands under other outer headings, too, and one of them is an arm's.

    `Difference` under `Acupuncture` and under `Sham` is each arm's own.
    """
    mine = [c.text for c in value.columns]
    others = [page.heads(value, column) for column in range(page.grid.table.shape[1])]
    twins = [o for o in others if len(o) > 1 and o != mine and o[-1:] == mine[-1:]]
    return any(isinstance(page.named(t), TrialArm) for o in (mine, *twins) for t in o[:-1] if twins)


def _in_column(page: Page, value: ValueCell) -> list[TableCell]:
    """The other cells of a column under the same heading."""
    return [
        c for c in page.grid.table.cells
        if c.column == value.cell.column and c.row != value.cell.row and not c.header
        and c.row not in {h.row for h in value.columns}
    ]  # fmt: skip


def _has_reference(page: Page, value: ValueCell) -> bool:
    """Whether rows of a column are compared with one of them (`1.00`, `Ref.`)."""
    return any(says_reference(c.text) for c in _in_column(page, value))


def _against_row(page: Page, value: ValueCell, arm: TrialArm) -> Order | None:
    """The comparison of a row that is an arm's with the row of another arm near it.

    It is said where that row is marked as the reference; where the cell spans both rows or the
    other row is blank, the direction is open.
    """
    cell = value.cell
    near = range(cell.row - len(page.arms), cell.row + cell.row_span + len(page.arms))
    found: list[tuple[TrialArm, bool]] = []
    for row in near:
        other = page.at.get((row, cell.column))
        labels = page.grid.labels_by_row.get(row, ())
        named = [n for c in labels if isinstance(n := page.named(c.text), TrialArm)]
        if other is None or row == cell.row or len(named) != 1 or named[0] is arm:
            continue
        spanned = other is cell or not other.text.strip()
        if spanned or is_reference(other.text):
            found.append((named[0], not spanned))
    if len({id(a) for a, _ in found}) != 1:
        return None
    other_arm, said = found[0][0], any(s for _, s in found)
    if not said and arm.role == "comparator":
        return Order(other_arm, arm, said=False)
    return Order(arm, other_arm, said=said)


def against_column(page: Page, value: ValueCell) -> Order | None:
    """The comparison of a column that is an arm's with the column whose cell is the reference."""
    outer = [c.text for c in value.columns[:-1]]
    mine = page.named(value.columns[-1].text) if value.columns else None
    found = []
    for column in range(page.grid.table.shape[1]):
        other = page.at.get((value.cell.row, column))
        heads = page.heads(value, column)
        if other is None or other is value.cell or not heads or not says_reference(other.text):
            continue
        named = page.named(heads[-1])
        if isinstance(named, TrialArm) and named is not mine and heads[:-1] == outer:
            found.append(named)
    if not isinstance(mine, TrialArm) or len(found) != 1:
        return None
    return Order(mine, found[0], said=True)
