"""Files as people have them: the readable part is read, the rest is named by its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import SourceError
from evidence.searching.given_files import MOST_UNREADABLE, GivenFile, known_of, read_given
from indexers.references import write_records
from tests.evidence.searching.added_factory import STORED

GOOD = "TY  - JOUR\nID  - {0}\nTI  - Trial {0}\nER  - \n\n"
NO_END = "TY  - JOUR\nID  - {0}\nTI  - Trial {0}\n\n"


def ids(file: GivenFile) -> list[str]:
    return [record.record_id for record in file.records]


@pytest.mark.parametrize("ending", [".ris", ".nbib", ".csv", ".xml", ".bib", ".jsonl", ".ris.gz"])
def test_every_format_is_read_by_its_ending(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    write_records(STORED, path)
    read = read_given(f"My Export{ending.upper()}", path.read_bytes())
    assert [record.title for record in read.records] == [record.title for record in STORED]
    assert read.unreadable == ()


def test_exports_that_end_in_txt_are_known_by_their_first_tags(tmp_path: Path) -> None:
    write_records(STORED, tmp_path / "a.nbib")
    assert len(read_given("p.txt", GOOD.format("r").encode()).records) == 1
    text = (tmp_path / "a.nbib").read_text().replace("OID ", "PMID", 1)
    with_pmid = b"PMID- 17\nTI  - A trial\n\n" + text.encode()
    assert read_given("p.txt", with_pmid).records[0].pmid == "17"
    with pytest.raises(SourceError, match="expected a file ending in"):
        read_given("p.txt", b"A letter to my aunt.")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_reference_without_its_end_is_left_out_and_named(line_end: str) -> None:
    text = GOOD.format(1) + NO_END.format(2) + GOOD.format(3) + NO_END.format(4)
    read = read_given("x.ris", text.replace("\n", line_end).encode())
    assert ids(read) == ["1", "3"]
    assert [place.line for place in read.unreadable] == [6, 15]
    assert "expected 'ER  - '" in read.unreadable[0].why


def test_a_bad_row_or_block_is_left_out_and_named() -> None:
    table = 'record_id,title,abstract\n1,One,"a\nb"\n2,Two\n3,Three,c\n'
    read = read_given("x.csv", table.encode())
    assert ids(read) == ["1", "3"]
    assert [place.line for place in read.unreadable] == [4]
    blocks = "PMID- 1\nTI  - One\n\nPMID- 2\nnonsense\nTI  - Two\n\nPMID- 3\nTI  - Three\n"
    read = read_given("x.nbib", blocks.encode())
    assert ids(read) == ["1", "3"]
    assert [place.line for place in read.unreadable] == [4]
    lines = '{"record_id":"1","source":"x","title":"One"}\n{"record_id":\n'
    assert [place.line for place in read_given("x.jsonl", lines.encode()).unreadable] == [2]


def test_a_file_with_too_many_faults_is_no_file_of_this_format() -> None:
    bad = "".join(NO_END.format(n) for n in range(MOST_UNREADABLE + 5)) + GOOD.format("last")
    with pytest.raises(SourceError, match=f"more than {MOST_UNREADABLE} places"):
        read_given("x.ris", bad.encode())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.ris", b"", "expected at least one record"),
        ("x.ris", b"TI  - One", "found no line that starts with 'TY"),
        ("x.jsonl", b"\n", "expected at least one record"),
        ("x.csv", b"a,b\n1,2\n", "expected the columns record_id, title, abstract"),
        ("x.xml", b"<xml>", "expected"),
        ("x.xml", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>", "expected"),
        ("x.ris.gz", b"not packed", "expected a readable file"),
        ("x.exe", b"MZ", "expected a file ending in"),
        ("x.ris", NO_END.format(1).encode(), "expected 'ER - ' at the end"),
        ("x.ris", "\ufeffTY".encode("utf-16"), "expected"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_files_own_name(
    name: str, content: bytes, said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read_given(name, content)
    assert said in str(caught.value)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
    assert "given" not in str(caught.value).removeprefix(name)


def test_much_junk_is_refused_at_once() -> None:
    with pytest.raises(SourceError):
        read_given("junk.ris", b"\x00\xff junk \n" * 1_000_000)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["a.ris", "a.nbib", "a.csv", "a.jsonl", "a.xml", "a.txt", "a.bib"]),
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *(
                        b"TY  - JOUR",
                        b"ER  - ",
                        b"TI  - x",
                        b"",
                        b"PMID- 1",
                        b"record_id,title,abs",
                    ),
                    *(b"record_id,title,abstract", b'1,"a', b'b",c', b"{}", b"\xff\xfe", b"<xml>"),
                ]
            ),
            st.binary(max_size=12),
        ),
        max_size=14,
    ),
)
def test_any_bytes_give_records_or_one_error(name: str, lines: list[bytes]) -> None:
    try:
        read = read_given(name, b"\n".join(lines))
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert read.records
        assert all(1 <= place.line <= len(lines) + 64 for place in read.unreadable)


def test_known_records_come_from_a_file_of_records_or_a_list_of_ids() -> None:
    assert known_of("k.ris", GOOD.format(7).encode()) == ["7"]
    assert known_of("k.txt", b"17 # my trial\n\n18\n17\n") == ["17", "18"]
    with pytest.raises(SourceError, match="expected records, or ids"):
        known_of("k.txt", b"# nothing\n")
