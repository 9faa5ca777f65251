from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import SourceError
from indexers.markdown_excerpt import read_markdown_excerpt
from indexers.records import Document, Table

ARTICLE = r"""# Abstract ## Methods Zinc (10--20 mg) was given.\* # Results Of 10^9^ cells,
**eight** died in [Table 1](#t1) & elsewhere.
::: caption
###### Days of illness, mean (SD) ^[a](#)^
:::

  **Group**      Zinc (*n* = 20)   Placebo (n = 44)
  -------------- ----------------- ------------------
  All            5.2 (1.1)         6.9 (1.3)
  BLANK
  [Girls]{.x}                      7.0 (0.9)

^a^Standard deviation.::::  ::::table-wrap
::: caption
Cured
:::

  ------------------------------
  Outcome       Zinc    Placebo
  of trial      (20)    (44)
  ------------- ------- --------
  Cured by      8       13
  day 3

  Died          0       1
  ------------------------------
:::: ## Safety None was harmed.
""".replace("BLANK", " " * 40)


def read(tmp_path: Path, text: str) -> Document:
    path = tmp_path / "PMC1.md"
    path.write_bytes(text.encode())
    return read_markdown_excerpt(path, "PMC1")


def rows(table: Table) -> list[list[str]]:
    n_rows, _ = table.shape
    return [[cell.text for cell in table.cells if cell.row == row] for row in range(n_rows)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_keep_their_grid_and_words_lose_their_marks(tmp_path: Path, end: str) -> None:
    document = read(tmp_path, "\ufeff" + ARTICLE.replace("\n", end))
    first, second = document.tables
    assert rows(first) == [
        ["Group", "Zinc (n = 20)", "Placebo (n = 44)"],
        ["All", "5.2 (1.1)", "6.9 (1.3)"],
        ["Girls", "", "7.0 (0.9)"],
    ]
    assert [cell.header for cell in first.cells if cell.column == 0] == [True, False, False]
    assert (first.label, first.caption) == ("Table 1", "Days of illness, mean (SD) a")
    assert first.footnotes == ("aStandard deviation.",)
    assert rows(second) == [
        ["Outcome of trial", "Zinc (20)", "Placebo (44)"],
        ["Cured by day 3", "8", "13"],
        ["Died", "0", "1"],
    ]
    for sentence in (
        "Zinc (10–20 mg) was given.*",
        "eight died in Table 1 & elsewhere.",
        "Safety None was harmed.",
    ):
        assert sentence in document.text
    assert all(document.text[c.start : c.end] == c.text for t in document.tables for c in t.cells)


def test_a_table_without_a_caption_follows_another(tmp_path: Path) -> None:
    text = "  a     b\n  ----- ---\n  one   1\n\n  c     d\n  ----- ---\n  two   2::::  After.\n"
    document = read(tmp_path, text)
    assert [rows(table) for table in document.tables] == [
        [["a", "b"], ["one", "1"]],
        [["c", "d"], ["two", "2"]],
    ]
    assert document.text.endswith("After.")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "PMC1.md"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="expected Markdown in UTF-8"):
        read_markdown_excerpt(path, "PMC1")


LINES = st.sampled_from(
    (
        *("", "  ", "::: caption", ":::", "::::", "a ::::b", "# Results <b>&amp;</b>", "\x00\x0b"),
        *("  ---", "  ----- ---", "--- - ---", "  one   1", "^a^ [b](#) \\* **c", "]]>", "\ud7ff"),
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=25))
def test_no_lines_end_in_a_crash(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    document = read(tmp_path_factory.mktemp("md"), "\n".join(lines))
    assert all(document.text[c.start : c.end] == c.text for t in document.tables for c in t.cells)
