from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import SourceError
from evidence.events import DuplicateMarked
from evidence.judgements import Provenance
from evidence.screening.labels import decisions_from, read_labels
from evidence.state import fold
from indexers.spreadsheet_cells import inert_cell
from tests.evidence.screening.two_reviewers import BY_MACHINE, TWO, found, said

BEN = Provenance(actor="Ben", engine="person", reason="imported from labels.csv")
COPY = DuplicateMarked(record_id="copy", duplicate_of="a", provenance=BY_MACHINE)
STATE = fold([*found("a", "b", "c", "copy"), COPY, said("Ben", "exclude", "c", reason="why")], TWO)


def written(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode())
    return path


def imported(folder: Path, text: str, state=STATE, phase="title_abstract"):
    return decisions_from(written(folder, text), state, TWO, phase, BEN)


def test_labels_become_decisions_of_this_person(tmp_path: Path) -> None:
    text = (
        '\ufeffrecord_id,title,verdict,exclusion_reason\r\na,"A, and\r\nB",1,\r\n\r\n'
        "b,B,Exclude, wrong  population \r\nc,C,0,why\r\ncopy,D,include,\r\n"
    )
    result = imported(tmp_path, text)
    told = [(d.record_id, d.verdict, d.exclusion_reason) for d in result.decisions]
    assert told == [("a", "include", None), ("b", "exclude", "wrong population")]
    assert {d.provenance for d in result.decisions} == {BEN}
    assert (result.n_known, result.duplicates) == (1, ("copy",))


def test_cells_made_inert_for_a_spreadsheet_are_read_as_they_were(tmp_path: Path) -> None:
    text = (
        f"record_id,verdict,exclusion_reason\n{inert_cell('=a')},0,{inert_cell('- not adults')}\n"
    )
    (label,) = read_labels(written(tmp_path, text))
    assert (label.record_id, label.exclusion_reason) == ("=a", "- not adults")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("record_id,verdict\na,1\nx,0\n", 3, "record 'x': expected one of the project's records"),
        (
            "record_id,verdict\na,1\nb,maybe\n",
            3,
            "'maybe': expected include, exclude, unclear, 1, 0",
        ),
        ("record_id,verdict\na,1\n\na,0\n", 4, "expected one line, line 2 has it"),
        ('record_id,verdict,note\na,1,"two\nlines"\nb,2,\n', 4, "verdict '2'"),
        ("record_id,verdict\na,1,x\n", 2, "expected 2 columns as in the header, got 3"),
        ("record_id,verdict\n,1\n", 2, "expected a record's id"),
        ("record_id,label\na,1\n", 1, "expected a column verdict"),
        ("record_id,verdict,verdict\na,1,0\n", 1, "verdict is doubled"),
        ("record_id,verdict\n", 1, "expected at least one label"),
        ("", 1, "expected a column record_id and verdict"),
        ("record_id,verdict,exclusion_reason\na,1,no trial\n", 2, "the verdict is include"),
        ('record_id,verdict\na,"1\n', 2, "expected comma-separated values"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_read(tmp_path: Path, text, line, expected) -> None:
    with pytest.raises(SourceError, match="expected") as caught:
        imported(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'labels.csv'}:{line}: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_verdict_that_would_not_count_is_refused_with_its_line(tmp_path: Path) -> None:
    state = fold([*found("a", "b"), said("Ada", "include", "b"), said("Cy", "exclude", "b")], TWO)
    with pytest.raises(SourceError, match=r"labels.csv:3: b, title and abstract: Ada and Cy have"):
        imported(tmp_path, "record_id,verdict\na,1\nb,1\n", state)
    with pytest.raises(SourceError, match=r"labels.csv:2: a: expected a reason"):
        imported(tmp_path, "record_id,verdict\na,0\n", phase="full_text")


def test_a_changed_verdict_is_new(tmp_path: Path) -> None:
    result = imported(tmp_path, "record_id,verdict\nc,1\n")
    assert (len(result.decisions), result.n_known) == (1, 0)


def test_files_that_are_none_give_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a readable CSV file"):
        read_labels(tmp_path / "nowhere.csv")
    (tmp_path / "latin.csv").write_bytes("record_id,verdict\nä,1\n".encode("latin-1"))
    with pytest.raises(SourceError, match="expected UTF-8 text; byte 18 is not"):
        read_labels(tmp_path / "latin.csv")


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: ("record_id,verdict\n" + t).encode())
)
def test_whatever_the_bytes_it_is_labels_or_one_line(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(data)
    try:
        assert read_labels(path)
    except SourceError as error:
        assert "\n" not in str(error)
