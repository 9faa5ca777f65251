from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexers.pubmed as pubmed
from indexers.errors import SourceError
from indexers.pubmed import PubmedTally, read_pubmed

DOCTYPE = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)

FULL = """<PubmedArticle><MedlineCitation><PMID Version="1">101</PMID><Article>
<Journal><JournalIssue><PubDate><MedlineDate>2004 Nov-Dec</MedlineDate></PubDate></JournalIssue>
<Title>Journal of Trials</Title></Journal>
<ArticleTitle>Effect of <i>x</i> on 10<sup>5</sup> cells</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="N">10.1/wrong</ELocationID>
<ELocationID EIdType="doi" ValidYN="Y">10.1/right</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Why.</AbstractText>
<AbstractText Label="RESULTS">It &lt; 5
 worked.</AbstractText><CopyrightInformation>c</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Doe</LastName><ForeName>Jane B</ForeName></Author>
<Author><CollectiveName>Trial Group</CollectiveName></Author></AuthorList>
<Language>eng</Language><GrantList><Grant><GrantID>G1</GrantID></Grant></GrantList>
<PublicationTypeList>
<PublicationType UI="D016449">Randomized Controlled Trial</PublicationType></PublicationTypeList>
</Article><ChemicalList><Chemical><RegistryNumber>0</RegistryNumber>
<NameOfSubstance UI="D000962">Antimalarials</NameOfSubstance></Chemical></ChemicalList>
<CommentsCorrectionsList>
<CommentsCorrections RefType="CommentIn"><PMID>9</PMID></CommentsCorrections>
</CommentsCorrectionsList>
<MeshHeadingList><MeshHeading><DescriptorName MajorTopicYN="Y">Malaria, Falciparum
</DescriptorName><QualifierName MajorTopicYN="N">drug therapy</QualifierName></MeshHeading>
<MeshHeading><DescriptorName MajorTopicYN="N">Asthma</DescriptorName>
<QualifierName MajorTopicYN="Y">drug therapy</QualifierName>
<QualifierName MajorTopicYN="N">prevention &amp; control</QualifierName></MeshHeading>
<MeshHeading><QualifierName>of nothing</QualifierName></MeshHeading></MeshHeadingList>
<KeywordList><Keyword>cure</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">101</ArticleId>
<ArticleId IdType="pmc">PMC5</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1/of-a-reference</ArticleId>
</ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>"""


def article(pmid: int, inside: str = "", title: str = "T", kind: str = "Journal Article") -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{title}"
        f"</ArticleTitle><PublicationTypeList><PublicationType>{kind}</PublicationType>"
        f"</PublicationTypeList></Article>{inside}</MedlineCitation></PubmedArticle>\n"
    )


def written(folder: Path, *articles: str, head: str = DOCTYPE) -> Path:
    path = folder / "sample.xml"
    path.write_text(f"{head}<PubmedArticleSet>\n{''.join(articles)}</PubmedArticleSet>\n")
    return path


def test_all_fields(tmp_path: Path) -> None:
    (record,) = read_pubmed(written(tmp_path, FULL))
    assert record.model_dump(exclude={"licence"}) == {
        "record_id": "101",
        "source": "pubmed",
        "title": "Effect of x on 10^5 cells",
        "abstract": "BACKGROUND: Why.\nRESULTS: It < 5 worked.",
        "pmid": "101",
        "doi": "10.1/right",
        "pmcid": "PMC5",
        "year": 2004,
        "journal": "Journal of Trials",
        "authors": ("Doe, Jane B", "Trial Group"),
        "publication_types": ("Randomized Controlled Trial",),
        "mesh": ("Malaria, Falciparum", "Asthma"),
        "mesh_headings": (
            "*Malaria, Falciparum/drug therapy",
            "Asthma/*drug therapy/prevention & control",
        ),
        "chemicals": ("Antimalarials",),
        "keywords": ("cure",),
        "language": "eng",
        "retracted": False,
        "retraction_pmids": (),
    }


@pytest.mark.parametrize(
    ("kind", "notice", "retracted"),
    [
        ("Retracted Publication", "", True),
        ("Journal Article", "RetractionIn", True),
        ("Retraction of Publication", "RetractionOf", False),
        ("Journal Article", "ErratumIn", False),
    ],
)
def test_retraction(tmp_path: Path, kind: str, notice: str, retracted: bool) -> None:
    inside = (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{notice}"><PMID>8</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    (record,) = read_pubmed(written(tmp_path, article(1, inside, kind=kind)))
    assert record.retracted is retracted
    assert record.retraction_pmids == (("8",) if notice == "RetractionIn" else ())


BOOK = "<PubmedBookArticle><BookDocument><PMID>7</PMID></BookDocument></PubmedBookArticle>"


def test_books_and_deletions_are_told_not_read(tmp_path: Path) -> None:
    gone = "<DeleteCitation><PMID Version='1'>31</PMID>\n<PMID>4</PMID><PMID/></DeleteCitation>"
    path = written(tmp_path, article(1), BOOK, article(2), BOOK, article(3), gone)
    tally = PubmedTally()
    assert [r.pmid for r in read_pubmed(path, tally)] == ["1", "2", "3"]
    assert tally == PubmedTally(n_records=3, n_books=2, deleted_pmids=["31", "4"])
    only_deletions = written(tmp_path, gone)
    assert list(read_pubmed(only_deletions)) == []


def test_a_single_article_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_text(FULL)
    assert [r.pmid for r in read_pubmed(path)] == ["101"]


def test_book_articles_are_skipped_and_gzip_is_read(tmp_path: Path) -> None:
    plain = written(tmp_path, article(1), BOOK, article(2))
    packed = tmp_path / "sample.xml.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [r.pmid for r in read_pubmed(packed)] == [r.pmid for r in read_pubmed(plain)]
    assert [r.pmid for r in read_pubmed(plain)] == ["1", "2"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(n_articles: int) -> int:
        path = written(tmp_path, *(article(i, title="word " * 400) for i in range(n_articles)))
        tracemalloc.start()
        assert sum(1 for _ in read_pubmed(path)) == n_articles
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(2000) < peak(50) + 200_000


def test_read_articles_leave_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libxml2's memory is outside tracemalloc, so the children of the root are counted."""
    from lxml import etree

    trees: list[etree._Element] = []
    refuse = pubmed._refuse_entities

    def remember(path: Path, root: etree._Element) -> None:
        trees.append(root)
        refuse(path, root)

    monkeypatch.setattr(pubmed, "_refuse_entities", remember)
    stream = read_pubmed(written(tmp_path, *map(article, range(3000))))
    # The parser reads ahead by a block of 32 KiB, which holds some 200 of these articles.
    assert max(len(trees[0]) for _ in stream) < 400


def test_entity_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    with pytest.raises(SourceError, match="entity"):
        list(read_pubmed(written(tmp_path, article(1, title="&b;"), head=bomb)))


def test_external_entity_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    head = f'<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n'
    with pytest.raises(SourceError, match="entity"):
        list(read_pubmed(written(tmp_path, article(1, title="&x;"), head=head)))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/hostname"> %a;]>\n',
        "<!DOCTYPE PubmedArticleSet [<!ENTITY % a \"<!ENTITY b 'c'>\"> %a;]>\n",
    ],
)
def test_parameter_entities_are_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(SourceError, match="entity"):
        list(read_pubmed(written(tmp_path, article(1), head=head)))


def test_truncated_file_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, article(1), article(2))
    path.write_text(path.read_text()[:-60])
    stream = read_pubmed(path)
    assert next(stream).pmid == "1"
    with pytest.raises(SourceError, match="well-formed") as error:
        list(stream)
    assert error.value.line is not None
    assert error.value.line >= 5


def test_truncated_gzip_is_an_error(tmp_path: Path) -> None:
    packed = tmp_path / "sample.xml.gz"
    packed.write_bytes(gzip.compress(written(tmp_path, article(1)).read_bytes())[:-20])
    with pytest.raises(SourceError, match=r"sample\.xml\.gz"):
        list(read_pubmed(packed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<article><body/></article>", "found <article>"),
        ("<x><PubmedArticle/></x>", "PMID"),
        ("<PubmedArticle><MedlineCitation/></PubmedArticle>", "PMID"),
        ("", "well-formed"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "other.xml"
    path.write_text(text)
    with pytest.raises(SourceError, match=expected):
        list(read_pubmed(path))


@pytest.mark.parametrize(
    "unending", ["<Author/>" * 1000, "<PubmedBookArticle>" + "<a/>" * 1000], ids=["one", "book"]
)
def test_an_article_without_end_is_refused_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unending: str
) -> None:
    monkeypatch.setattr(pubmed, "LARGEST_ARTICLE_BYTES", 100_000)
    path = written(tmp_path, *(article(i) for i in range(3000)), f"<PubmedArticle>{unending * 900}")
    tally = PubmedTally()
    with pytest.raises(SourceError, match="every 100,000 bytes"):
        list(read_pubmed(path, tally))
    assert tally.n_records == 3000


def test_a_gzip_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml.gz"
    one = article(1).encode()
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"<PubmedArticleSet>" + one)
        for _ in range(70):  # 70 MiB of blanks between articles
            file.write((b" " * (4 << 17) + one) * 2)
        file.write(b"</PubmedArticleSet>")
    assert path.stat().st_size < 200_000
    with pytest.raises(SourceError, match="300 times its size"):
        list(read_pubmed(path))


def test_a_large_gzip_of_real_density_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubmed, "_RATIO_COUNTS_FROM_BYTES", 1000)
    path = tmp_path / "a.xml.gz"
    path.write_bytes(gzip.compress(written(tmp_path, *map(article, range(500))).read_bytes()))
    assert sum(1 for _ in read_pubmed(path)) == 500
    monkeypatch.setattr(pubmed, "LARGEST_UNPACKED_BYTES", 20_000)
    with pytest.raises(SourceError, match="20,000 bytes"):
        list(read_pubmed(path))


def _mangled(text: str) -> st.SearchStrategy[bytes]:
    """The text with a stretch replaced by another, or by arbitrary bytes."""
    raw = text.encode()
    pieces = st.sampled_from(
        [b"<PubmedArticle>", b"</PubmedArticle>", b"<PMID>", b"&x;", b"<!ENTITY x 'y'>", b"<",
         b"<DeleteCitation>", b"<MeshHeading/>", b"]]>", b"<![CDATA[", b"&#0;", b"\xff"]
    )  # fmt: skip
    places = st.tuples(
        st.integers(0, len(raw)), st.integers(0, 200), st.binary(max_size=12) | pieces
    )
    return places.map(lambda p: raw[: p[0]] + p[2] + raw[p[0] + p[1] :])


SAMPLE = f"{DOCTYPE}<PubmedArticleSet>{FULL}{BOOK}{article(2)}</PubmedArticleSet>"


@settings(max_examples=300, derandomize=True)
@given(_mangled(SAMPLE) | _mangled(SAMPLE).map(gzip.compress) | st.binary(max_size=200))
def test_mangled_files_give_records_or_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    suffix = ".xml.gz" if raw.startswith(b"\x1f\x8b") else ".xml"
    path = tmp_path_factory.getbasetemp() / f"mangled{suffix}"
    path.write_bytes(raw)
    try:
        records = list(read_pubmed(path))
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert len(records) <= 3 and all(r.record_id for r in records)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.xml"):
        list(read_pubmed(tmp_path / "none.xml"))
