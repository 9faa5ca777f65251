"""A folder of files: each is matched to a record, and attached when that is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.duplicates.answers import signed
from evidence.errors import ProjectError, SourceError
from evidence.project import Project
from evidence.reports.attach import AttachedReport, require_sought, write_report
from evidence.reports.matching import By, Match, by_name, by_title, contradicts, suggestions
from evidence.reports.reading import REPORT_SUFFIXES, Form, ReadReport, is_report_file, read_report
from evidence.state import ReviewState, read_state
from indexers.records import Frozen, Record

_FORMS: tuple[Form, ...] = ("jats", "html", "pdf", "text")


class SuggestedReport(Frozen):
    """A file that may be the report of a record: a person looks, then says --yes.

    Attributes:
        by: What found it; for a title, `likeness` tells in per cent how much of it stands there.
    """

    file: str
    record_id: str
    title: str
    by: By
    likeness: float


class LeftFile(Frozen):
    """A file that was not attached, and why; `spare` when nothing is missing for that."""

    file: str
    reason: str
    record_id: str | None = None
    spare: bool = False


class FolderOutcome(Frozen):
    """What became of each file.

    Attributes:
        attached: Files that are now the full text of a record.
        suggested: Files that may be; attached when the caller is sure.
        spare: Files for records that have a full text, from before or by another of the files.
        left: Files that cannot be read, or fit no record or several: a person has to look.
        other: What was not looked at: files of other kinds, and folders.
    """

    attached: tuple[AttachedReport, ...]
    suggested: tuple[SuggestedReport, ...]
    spare: tuple[LeftFile, ...]
    left: tuple[LeftFile, ...]
    other: tuple[LeftFile, ...]


def attach_folder(
    project: Project, folder: Path, *, by: str = "", sure: bool = False
) -> FolderOutcome:
    """Match the files of a folder to records, and attach them; it goes no deeper.

    A record that has a full text keeps it; attach a file by the record's name to replace one. Of
    several forms of one report JATS is taken first, for its tables can be read, and text last.

    Args:
        project: The review.
        folder: Where the files are.
        by: Who attaches them.
        sure: Attach the suggested files as well.

    Raises:
        SourceError: The folder is missing.
        ProjectError: `by` is no person's name.
    """
    if not folder.is_dir():
        raise SourceError(folder, "expected a folder of PDF, XML, HTML or text files")
    if by:
        signed(by, "")
    state = read_state(project)
    everything = sorted(folder.iterdir(), key=lambda path: path.name)
    files = [path for path in everything if is_report_file(path) and path.is_file()]
    candidates, left = _candidates(state, files)
    attached: list[AttachedReport] = []
    suggested: list[SuggestedReport] = []
    for candidate in candidates:
        record_id, match = candidate.match.record_id, candidate.match
        if not match.sure and not sure:
            title = state.records[record_id].record.title
            suggested.append(
                SuggestedReport(
                    file=candidate.path.name,
                    record_id=record_id,
                    title=title,
                    by=match.by,
                    likeness=match.likeness,
                )
            )
            continue
        try:
            attached.append(
                write_report(
                    project, state, record_id, candidate.path, candidate.read, by, sure=False
                )
            )
        except ProjectError as error:
            left.append(_left(candidate, str(error)))
    left.sort(key=lambda item: item.file)
    return FolderOutcome(
        attached=tuple(attached),
        suggested=tuple(suggested),
        spare=tuple(item for item in left if item.spare),
        left=tuple(item for item in left if not item.spare),
        other=tuple(_other(path) for path in everything if path not in files),
    )


def _other(path: Path) -> LeftFile:
    if path.is_dir():
        return LeftFile(file=path.name, reason="a folder; name it to look into it")
    return LeftFile(file=path.name, reason=f"expected one of {', '.join(REPORT_SUFFIXES)}")


@dataclass(frozen=True)
class MatchedFile:
    """A file with the record that it seems to be the report of."""

    path: Path
    match: Match
    read: ReadReport


def _candidates(
    state: ReviewState, files: Sequence[Path]
) -> tuple[list[MatchedFile], list[LeftFile]]:
    """One file a record and one record a text, in the order of the names; the rest is left."""
    left: list[LeftFile] = []
    by_record: dict[str, list[MatchedFile]] = {}
    records = [found.record for found in state.records.values()]
    for path in files:
        found = matched_file(state, records, path)
        if isinstance(found, LeftFile):
            left.append(found)
        else:
            by_record.setdefault(found.match.record_id, []).append(found)
    kept: dict[str, MatchedFile] = {}
    for rivals in by_record.values():
        best, others = _best(rivals)
        left += others
        if best is None:
            continue
        same = kept.setdefault(best.read.document.document_digest, best)
        if same is not best:
            left.append(_left(best, f"its text is that of {same.path.name}"))
    return list(kept.values()), left


def matched_file(
    state: ReviewState, records: Sequence[Record], path: Path, read: ReadReport | None = None
) -> MatchedFile | LeftFile:
    """The record of a file, or why there is none.

    A file whose name decides that there is none is not read; one that was read, as `read`, is not
    read again.
    """
    named = _staying(state, by_name(path, records))
    refused = _refused(state, path, named)
    if refused is not None:
        return refused
    try:
        read = read or read_report(path, "?")
    except SourceError as error:
        return LeftFile(file=path.name, reason=error.expected, record_id=_only(named))
    matches = named or _staying(state, suggestions(read, records))
    if not matches:
        reason = "no record fits its name, its identifiers or its title"
        return LeftFile(file=path.name, reason=reason)
    refused = _refused(state, path, matches)
    if refused is not None:
        return refused
    record = state.records[matches[0].record_id].record
    told = contradicts(read.citation, record) if read.citation is not None else None
    if told is not None:
        reason = f"its name is that of {record.record_id}, but {told}"
        return LeftFile(file=path.name, reason=reason, record_id=record.record_id)
    return MatchedFile(path, _checked(matches[0], read, record), read)


def _checked(match: Match, read: ReadReport, record: Record) -> Match:
    """Plain text of a record's name may be somebody's notes: its title has to stand there, too."""
    if read.form != "text" or not match.sure or by_title(read.beginning, [record]):
        return match
    return match.model_copy(update={"sure": False})


def _refused(state: ReviewState, path: Path, matches: Sequence[Match]) -> LeftFile | None:
    """The file as one that is left, when its matches do not let it be attached."""
    if not matches:
        return None
    reason = _not_wanted(state, matches)
    if reason is not None:
        return LeftFile(file=path.name, reason=reason, record_id=_only(matches))
    record_id = matches[0].record_id
    report = state.reports.get(record_id)
    if report is None or report.document_digest is None:
        return None
    reason = f"{record_id} has a full text; to replace it, name the record and the file"
    return LeftFile(file=path.name, reason=reason, record_id=record_id, spare=True)


def _staying(state: ReviewState, matches: Sequence[Match]) -> list[Match]:
    """Each record once; in place of one that is left out as a duplicate, the one that stays."""
    staying: dict[str, Match] = {}
    for match in matches:
        record_id = state.duplicates.get(match.record_id, match.record_id)
        staying.setdefault(record_id, match.model_copy(update={"record_id": record_id}))
    return list(staying.values())


def _not_wanted(state: ReviewState, matches: Sequence[Match]) -> str | None:
    """Why a file with these matches must not be attached; None when it may be."""
    if len(matches) > 1:
        return f"it fits several records: {', '.join(match.record_id for match in matches)}"
    try:
        require_sought(state, matches[0].record_id)
    except ProjectError as error:
        return str(error)
    return None


def _only(matches: Sequence[Match]) -> str | None:
    return matches[0].record_id if len(matches) == 1 else None


def _best(rivals: Sequence[MatchedFile]) -> tuple[MatchedFile | None, list[LeftFile]]:
    """The file to take of several for one record: a sure match first, then by `_FORMS`."""
    ordered = sorted(rivals, key=_preference)
    best = ordered[0]
    if len(ordered) > 1 and _preference(ordered[1]) == _preference(best):
        names = ", ".join(rival.path.name for rival in rivals)
        return None, [_left(r, f"several files for one record: {names}") for r in rivals]
    taken = f"{best.path.name} is taken for the same record"
    return best, [_left(r, taken, spare=best.match.sure) for r in ordered[1:]]


def _preference(candidate: MatchedFile) -> tuple[bool, int]:
    return not candidate.match.sure, _FORMS.index(candidate.read.form)


def _left(candidate: MatchedFile, reason: str, *, spare: bool = False) -> LeftFile:
    record_id = candidate.match.record_id
    return LeftFile(file=candidate.path.name, reason=reason, record_id=record_id, spare=spare)
