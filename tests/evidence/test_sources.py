from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from evidence.errors import SourceError
from evidence.sources import Sources
from evidence.stores import build_store, update_store
from indexers.store import Store

ARTICLE = """<article><front><article-meta><article-id pub-id-type="pmc">PMC7</article-id>
<title-group><article-title>{}</article-title></title-group></article-meta></front>
<body><p>Text.</p></body></article>"""


def pubmed(*articles: tuple[str, str], deleted: str = "", book: bool = False) -> str:
    parts = [
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{title}"
        "</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
        for pmid, title in articles
    ]
    if book:
        parts.append("<PubmedBookArticle><BookDocument/></PubmedBookArticle>")
    if deleted:
        parts.append(f"<DeleteCitation><PMID>{deleted}</PMID></DeleteCitation>")
    return f"<?xml version='1.0'?>\n<PubmedArticleSet>{''.join(parts)}</PubmedArticleSet>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "1.xml").write_text(pubmed(("1", "One"), ("2", "Two"), ("3", "Three"), book=True))
    (folder / "2.xml").write_text(pubmed(("2", "Two, corrected"), ("4", "Four"), deleted="3"))
    (folder / "article.nxml").write_text(ARTICLE.format("Seven"))
    (folder / "others.csv").write_text("record_id,title,abstract\n1,Other,A\nx,Ex,A\n")
    (folder / "guide.md").write_text("# Guide\n\n## Advice\n\nGive water.\n")
    (folder / "notes.txt").write_text("not a source")
    return folder


def test_files_of_every_kind_are_one_stream_and_pubmed_revises(folder: Path) -> None:
    sources = Sources([folder, folder / "guide.md"])
    records = {record.record_id: record for record in sources}
    assert [*records][:4] == ["1", "2", "3", "4"]
    assert {"PMC7", "x"} < records.keys()
    assert records["1"].title == "One"
    advice = [r.abstract for r in records.values() if r.source == "guideline"]
    assert any("Give water." in text for text in advice)
    assert sources.full_text == {"PMC7": folder / "article.nxml"}
    assert {i: r.title for i, r in sources.revised.items()} == {"2": "Two, corrected"}
    assert list(sources.deleted) == ["3"]
    assert sources.n_books == 1
    assert list(sources.guidelines) == ["guide"]
    told = sources.told()
    counts = {Path(f["file"]).name: (f["n_records"], f["n_again"]) for f in told["files"]}
    n_advice = len(advice)
    assert counts == {"1.xml": (3, 0), "2.xml": (2, 1), "article.nxml": (1, 0),
                      "others.csv": (2, 1), "guide.md": (n_advice, 0)}  # fmt: skip
    assert told["skipped"] == [str(folder / "guide.md"), str(folder / "notes.txt")]
    latest = {record.record_id: record.title for record in Sources([folder]).latest()}
    assert (latest["2"], "3" in latest) == ("Two, corrected", False)


def test_a_txt_of_records_in_a_folder_is_read_and_hidden_files_are_not_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "pubmed-set.txt").write_text("\nPMID- 12\nTI  - A title\n")
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "search.docx").write_bytes(b"PK")
    sources = Sources([tmp_path])
    assert [record.record_id for record in sources] == ["12"]
    assert sources.skipped == (tmp_path / "search.docx",)


def test_what_comes_back_after_a_deletion_stays(tmp_path: Path) -> None:
    for name, text in (
        ("1.xml", pubmed(("1", "One"), ("2", "Two"))),
        ("2.xml", pubmed(deleted="1")),
        ("3.xml", pubmed(("1", "One again"))),
    ):
        (tmp_path / name).write_text(text)
    assert [r.title for r in Sources([tmp_path]).latest()] == ["One again", "Two"]


def test_a_store_is_built_and_updated_from_sources(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    built = build_store(
        [folder],
        store,
        kind="auto",
        encoder="minilm",
        device="cpu",
        progress=lambda _done, _of: None,
    )
    assert (built["deleted"], built["books_skipped"], built["kind"]) == (1, 1, "flat")
    opened = Store.open(store)
    opened.verify()
    assert opened.record("2").title == "Two, corrected"
    assert "3" not in opened.catalogue.all_ids()
    assert opened.document("PMC7") is not None
    (tmp_path / "new.xml").write_text(pubmed(("1", "One"), ("5", "Five"), deleted="x"))
    done = update_store(
        [tmp_path / "new.xml"], store, device="cpu", progress=lambda _done, _of: None
    )
    # x is no PMID of this store: a record of that id came from a CSV file
    assert (done["added"], done["replaced"], done["unchanged"], done["deleted"]) == (1, 0, 1, 0)
    (tmp_path / "gone.xml").write_text(pubmed(deleted="5"))
    done = update_store(
        [tmp_path / "gone.xml"], store, device="cpu", progress=lambda _done, _of: None
    )
    assert (done["added"], done["deleted"]) == (0, 1)
    guide = folder / "guide.md"
    update_store([guide], store, device="cpu", progress=lambda _done, _of: None)
    first = [r.abstract for r in Store.open(store).records() if r.source == "guideline"]
    guide.write_text("# Guide\n\nGive no water.\n")
    done = update_store([guide], store, device="cpu", progress=lambda _done, _of: None)
    second = [r.abstract for r in Store.open(store).records() if r.source == "guideline"]
    assert (any("Give water" in text for text in first), done["deleted"]) == (True, len(first))
    assert second
    assert not any("Give water" in text for text in second)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(SourceError, match="at least one record"):
        update_store([empty], store, device="cpu", progress=lambda _done, _of: None)


def test_json_lines_are_read_as_a_stream_and_a_fault_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    lines = [f'{{"record_id": "{n}", "source": "s", "title": "T"}}' for n in range(3)]

    def write(*more: str) -> None:
        with gzip.open(path, "wt", encoding="utf-8-sig") as file:
            file.write("\n\n".join((*lines, *more)))

    write()
    assert [record.record_id for record in Sources([path])] == ["0", "1", "2"]
    write("{")
    with pytest.raises(SourceError, match=r"gz:7: expected a record as JSON"):
        list(Sources([path]))
    write(lines[1])
    with pytest.raises(SourceError, match=r"'1' is there twice"):
        list(Sources([path]))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match="readable"):
        list(Sources([path]))
