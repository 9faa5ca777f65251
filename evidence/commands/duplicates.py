"""`evidence duplicates`: what was merged and why, what waits for a person, and a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, plain, show

if TYPE_CHECKING:
    from evidence.deduplication.filling import FilledRecord
    from evidence.duplicates.listing import ListedDuplicate
    from evidence.events import DuplicateMarked, DuplicateRefuted
    from evidence.state import ReviewState
    from indexers.records import Record

duplicates_app = typer.Typer()


@duplicates_app.command()
def duplicates(
    project: ProjectPath,
    confirm: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="RECORD_ID DUPLICATE_OF",
            help="Two records are of one report; the second stays.",
        ),
    ] = None,
    refute: Annotated[
        str | None,
        typer.Option(
            metavar="RECORD_ID", help="Undo the merge of this record, or answer its open pair: no."
        ),
    ] = None,
    other: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="RECORD_ID", help="With --refute: the other record of the pair."
        ),
    ] = None,
    because: Annotated[str, typer.Option(help="Why; --refute needs a reason.")] = "",
    by: Annotated[str, typer.Option(help="Who decides; goes into the log.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the merges of a review and the pairs that wait for a person; undo, refute, confirm.

    `evidence run` then screens what came back and does again what depends on it.
    """
    from evidence.project import Project
    from evidence.state import read_state

    if (confirm or refute) is None and (other or because or by):
        raise typer.BadParameter("expected --confirm or --refute with --from, --because and --by")
    if confirm is not None and (refute or other):
        raise typer.BadParameter("expected either --confirm or --refute, not both")
    opened = Project.open(project)
    written: list[DuplicateMarked] | list[DuplicateRefuted] = []
    if confirm is not None or refute is not None:
        written = _answer(read_state(opened), confirm, refute, other, because, by)
        opened.append(*written)
    state = read_state(opened)
    lines = [_told(entry) for entry in written]
    if written:
        lines.append(f"go on with `evidence run {project}`")
    else:
        lines = _lines(state)
    show(as_json, _as_json(state, written), "\n".join(lines))


def _answer(
    state: ReviewState,
    confirm: tuple[str, str] | None,
    refute: str | None,
    other: str | None,
    because: str,
    by: str,
) -> list[DuplicateMarked] | list[DuplicateRefuted]:
    from evidence.duplicates.answers import different_reports, same_report, signed

    provenance = signed(by, because)
    if confirm is not None:
        return same_report(state, *confirm, provenance)
    assert refute is not None  # noqa: S101 - the caller has one of the two
    return different_reports(state, refute, other, provenance)


def _told(entry: DuplicateMarked | DuplicateRefuted) -> str:
    relation = "the same report as" if entry.kind == "duplicate_marked" else "another report than"
    return f"{entry.record_id} is {relation} {entry.duplicate_of}: logged"


def _lines(state: ReviewState) -> list[str]:
    from evidence.duplicates.filled import filled_records
    from evidence.duplicates.listing import merged_records, open_pairs

    merged, waiting, filled = merged_records(state), open_pairs(state), filled_records(state)
    lines = [f"{len(merged)} merged"]
    lines += [line for item in merged for line in _merge_lines(item, _gives(item, filled))]
    lines += ["", f"{len(waiting)} for a person"]
    lines += [line for item in waiting for line in _pair_lines(item)]
    return lines


def _gives(item: ListedDuplicate, filled: Mapping[str, FilledRecord]) -> list[str]:
    """The fields that the record that stays takes over from the one left out."""
    stays = filled.get(item.other.record_id)
    given = {} if stays is None else stays.given
    return [name for name, giver in given.items() if giver == item.record.record_id]


def _merge_lines(item: ListedDuplicate, gives: list[str]) -> list[str]:
    through = f" (through {item.said_of})" if item.said_of else ""
    return [
        f"{item.number:>4}  {_title(item.record)}",
        f"      {_named(item.record)} is left out for {_named(item.other)}",
        f"      {plain(item.reason) or 'no reason given'}{through}; by {plain(item.decided_by)}",
        *([f"      tells what the other lacks: {', '.join(gives)}"] if gives else []),
    ]


def _pair_lines(item: ListedDuplicate) -> list[str]:
    one, other = item.record, item.other
    lines = [f"{item.number:>4}  {_title(one)}"]
    if _title(other) != _title(one):
        lines.append(f"      {_title(other)}")
    for record, fate in ((one, item.fate), (other, item.fate_of_other)):
        place = f"; {plain(record.journal)}" if record.journal else ""
        lines.append(f"      {_named(record)}{place} [{fate.replace('_', ' ')}]")
    lines.append(f"      {plain(item.reason)}")
    return lines


def _title(record: Record) -> str:
    return plain(record.title) or "without a title"


def _named(record: Record) -> str:
    """`Adams 2004 (PMID:1)`: first author and year, the id that `--confirm` takes beside."""
    from evidence.state import study_label

    label, record_id = plain(study_label(record)), plain(record.record_id)
    return record_id if label == record_id else f"{label} ({record_id})"


def _as_json(
    state: ReviewState, written: list[DuplicateMarked] | list[DuplicateRefuted]
) -> dict[str, Any]:
    from evidence.duplicates.filled import filled_records
    from evidence.duplicates.listing import merged_records, open_pairs

    filled = filled_records(state)
    return {
        "merged": [_item(m) | {"gives": _gives(m, filled)} for m in merged_records(state)],
        "for_a_person": [_item(item) for item in open_pairs(state)],
        "written": [
            {"kind": e.kind, "record_id": e.record_id, "duplicate_of": e.duplicate_of}
            for e in written
        ],
    }


def _item(item: ListedDuplicate) -> dict[str, Any]:
    return {
        "number": item.number,
        "record_id": item.record.record_id,
        "duplicate_of": item.other.record_id,
        "through": item.said_of,
        "reason": item.reason,
        "by": item.decided_by,
        "by_person": item.by_person,
        "title": item.record.title,
        "title_of_other": item.other.title,
        "fate": item.fate,
        "fate_of_other": item.fate_of_other,
    }
