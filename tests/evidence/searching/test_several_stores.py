"""One search over several stores: counts of each, the union, routing, reranking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import StoreError
from evidence.searching.several_stores import search_several
from evidence.searching.store import StoreSearcher
from indexers.encoder import EncoderError
from indexers.encoders import named_encoder
from indexers.guideline_records import guideline_records
from indexers.records import Record
from indexers.references import read_records
from indexers.store import Store
from indexers.vectors import embedded_text
from retrievers.cross_encoder import CrossEncoderScorer
from tests.indexers.milvus.milvus_lite import close_lite, need_milvus
from tests.retrievers.cross_encoder_factory import write_cross_encoder

RUN = CliRunner()
GUIDELINE = Path(__file__).parents[3] / "data" / "guideline_sample" / "guideline.pdf"
RECOMMENDED = "Which first-line treatment is recommended for uncomplicated malaria?"
TRIALS = [
    Record(
        record_id=f"{n}",
        source="test",
        pmid=f"{n}",
        title=f"Randomised trial of inhaled steroids {n} in asthma",
        abstract=f"Children with asthma got budesonide {n} or placebo.",
    )
    for n in range(1, 13)
]
LATER = TRIALS[8].model_copy(update={"title": "Inhaled steroids, corrected title"})
SECOND = [
    record.model_copy(
        update={
            "record_id": f"1{n:02}",
            "pmid": f"1{n:02}",
            "title": f"Randomised trial of inhaled steroids 1{n:02} in asthma",
        }
    )
    for n, record in enumerate(TRIALS, 1)
]


class LastFirst:
    """Orders texts by the number in their title, highest first."""

    def __init__(self) -> None:
        self.n_read = 0

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.n_read += len(texts)
        return [float(text.split(" in asthma")[0].split()[-1]) for text in texts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stores")
    static = named_encoder("static")
    Store.build(made / "trials", TRIALS, static)
    Store.build(made / "overlap", [LATER, *TRIALS[9:]], static)
    Store.build(made / "second", SECOND, static)
    Store.build(made / "guidelines", list(guideline_records(GUIDELINE)), static)
    clash = TRIALS[0].model_copy(update={"pmid": "77", "title": "Another trial of asthma"})
    Store.build(made / "clash", [clash], static)
    return made


def searched(folder: Path, query: str, *more: str, stores: Sequence[str]) -> dict[str, object]:
    named = [part for name in stores for part in ("--store", f"{folder / name}")]
    done = RUN.invoke(app, ["search", query, *named, *more, "--json"])
    assert done.exit_code == 0, done.output
    value: dict[str, object] = json.loads(done.stdout)
    return value


def test_a_boolean_query_gives_the_union_and_the_count_of_each(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "found.ris"
    command = ["search", "asthma[tiab]", "--out", f"{out}"]
    for name in ("trials", "overlap", "guidelines"):
        command += ["--store", f"{folder / name}"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        f"{folder / 'trials'}: 12 records",
        f"{folder / 'overlap'}: 4 records",
        f"{folder / 'guidelines'}: 0 records",
        "4 of them in more than one store, each taken once",
    ]
    assert lines[4].startswith("12 records: ")
    written = {record.record_id: record.title for record in read_records(out)}
    assert len(written) == 12 and LATER.title not in written.values()


def test_a_limit_takes_from_the_union_and_counts_all(folder: Path) -> None:
    value = searched(folder, "asthma[tiab]", "--limit", "2", stores=["overlap", "trials"])
    assert (value["n_records"], value["n_found"], value["n_in_several"]) == (2, 12, 4)
    assert value["hits"] == [
        {"record_id": i, "stores": [str(folder / "overlap"), str(folder / "trials")]}
        for i in ("9", "10")
    ]
    strategy = "#1 asthma[tiab]\n#2 corrected[ti]\n#3 #1 AND #2"
    value = searched(folder, strategy, stores=["overlap", "trials"])
    assert [share["line_counts"] for share in value["stores"]] == [  # type: ignore[attr-defined]
        [[1, 4], [2, 1], [3, 1]],
        [[1, 12], [2, 0], [3, 0]],
    ]


def test_a_notice_of_one_store_names_it(folder: Path) -> None:
    with_mesh = folder / "with_mesh"
    Store.build(
        with_mesh, [TRIALS[0].model_copy(update={"mesh": ("Asthma",)})], named_encoder("static")
    )
    value = searched(folder, "asthma[mh]", stores=["trials", "with_mesh"])
    assert value["notices"] == [
        f"{folder / 'trials'}: line 1, character 1: no record of the store has MeSH; 0 says nothing"
    ]
    value = searched(folder, "asthma[mh]", stores=["trials", "overlap"])
    assert value["notices"] == [
        "line 1, character 1: no record of the store has MeSH; 0 says nothing"
    ]


def test_different_records_of_one_id_are_never_taken_for_one(folder: Path) -> None:
    for syntax in ("pubmed", "natural"):
        with pytest.raises(StoreError, match=r"trials and .*clash give different records.*'1'"):
            search_several(
                [folder / "trials", folder / "clash"],
                "asthma",
                syntax,  # type: ignore[arg-type]
                None,
            )


@pytest.mark.parametrize(
    ("query", "nearest", "other"),
    [
        (RECOMMENDED, "guidelines", "trials"),
        ("budesonide for children with asthma", "trials", "guidelines"),
    ],
)
def test_plain_words_go_to_the_nearest_store(
    folder: Path, query: str, nearest: str, other: str
) -> None:
    value = searched(folder, query, "--syntax", "natural", stores=["trials", "guidelines"])
    shares = value["stores"]
    assert isinstance(shares, list)
    assert [Path(share["store"]).name for share in shares] == [nearest, other]
    assert (shares[0]["weight"], shares[1]["weight"], shares[1]["n_found"]) == (1, 0, 0)
    assert shares[0]["nearness"] > shares[1]["nearness"] + 0.15
    assert {store for hit in value["hits"] for store in hit["stores"]} == {  # type: ignore[attr-defined]
        str(folder / nearest)
    }


def test_passages_of_guidelines_keep_their_ids(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.jsonl"
    stores = ["trials", "guidelines"]
    searched(folder, RECOMMENDED, "--syntax", "natural", "--out", f"{out}", stores=stores)
    ids = {record.record_id for record in read_records(out)}
    assert ids <= {record.record_id for record in guideline_records(GUIDELINE)} and ids


def test_stores_nearly_as_near_are_mixed(folder: Path) -> None:
    places = [folder / "trials", folder / "overlap"]
    found = search_several(places, "budesonide in asthma", "natural", 20)
    assert all(share.weight for share in found.stores)
    assert {hit.record_id for hit in found.hits} == {record.record_id for record in TRIALS}
    assert found.n_in_several == 4


def test_which_stores_were_asked_is_told_on_standard_error(folder: Path) -> None:
    command = ["search", RECOMMENDED, "--syntax", "natural"]
    for name in ("trials", "guidelines"):
        command += ["--store", f"{folder / name}"]
    done = RUN.invoke(app, command)
    assert done.exit_code == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"stores: {folder / 'guidelines'} (nearness 0.")
    assert "weight 1.00), " in line and line.endswith("not asked)")
    assert "nearness" not in done.stdout
    assert RUN.invoke(app, [*command, "--json"]).stderr == ""


def test_a_scorer_orders_what_the_stores_gave(folder: Path) -> None:
    places, scorer = [folder / "trials", folder / "second"], LastFirst()
    found = search_several(places, "asthma", "natural", 3, scorer)
    assert [record.record_id for record in found.records] == ["112", "111", "110"]
    assert scorer.n_read == 24
    alone = StoreSearcher(places[0]).nearest("asthma", 3, LastFirst())
    assert [record.record_id for record in alone.records] == ["12", "11", "10"]


def test_stores_by_different_encoders_are_refused_for_plain_words(folder: Path) -> None:
    other = folder / "minilm"
    Store.build(other, TRIALS[:2], named_encoder("minilm"))
    places = [folder / "guidelines", other]
    with pytest.raises(StoreError, match=r"different encoders \(.*static.*MiniLM.*one at a time"):
        search_several(places, "asthma", "natural", None)
    assert search_several(places, "asthma", "pubmed", None).n_found == 2


def test_a_store_named_twice_is_refused(folder: Path) -> None:
    twice = [folder / "trials", folder / "overlap" / ".." / "trials"]
    with pytest.raises(StoreError, match="named twice"):
        search_several(twice, "asthma", "pubmed", None)


@pytest.mark.parametrize(
    "more",
    [
        ["--rerank", "model"],
        ["--certificate", "c.json"],
        ["--syntax", "natural", "--certificate", "c.json", "--limit", "3"],
        ["--syntax", "natural", "--certificate", "c.json", "--rerank", "model"],
        ["--syntax", "natural", "--certificate", "c.json", "--store", "another"],
        ["--explain", "--store", "another"],
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, more: list[str]) -> None:
    done = RUN.invoke(app, ["search", "asthma", "--store", f"{folder / 'trials'}", *more])
    assert done.exit_code == 2 and "Invalid value" in done.output


def test_reranking_without_a_model_is_one_clear_error(folder: Path, tmp_path: Path) -> None:
    command = ["search", "asthma", "--syntax", "natural", "--store", f"{folder / 'trials'}"]
    done = RUN.invoke(app, [*command, "--rerank", f"{tmp_path}"])
    assert isinstance(done.exception, EncoderError)
    assert "expected the folder of a cross-encoder" in str(done.exception)


@pytest.mark.slow
def test_a_cross_encoder_in_a_folder_orders_a_search(folder: Path, tmp_path: Path) -> None:
    model = write_cross_encoder(tmp_path / "model", "trial", "asthma", "steroids")
    stores = ["trials", "second"]
    more = ["--syntax", "natural", "--limit", "24"]
    plain = searched(folder, "asthma", *more, stores=stores)
    found = searched(folder, "asthma", *more, "--rerank", f"{model}", stores=stores)
    ids, reordered = ([hit["record_id"] for hit in value["hits"]] for value in (plain, found))  # type: ignore[attr-defined]
    assert sorted(reordered) == sorted(ids) and len(ids) == 24
    scorer = CrossEncoderScorer(model)
    by_id = {record.record_id: record for record in (*TRIALS, *SECOND)}
    scores = dict(
        zip(ids, scorer.scores("asthma", [embedded_text(by_id[i]) for i in ids]), strict=True)
    )
    assert reordered == sorted(ids, key=lambda i: (-scores[i], ids.index(i)))


@pytest.fixture
def in_milvus(tmp_path: Path) -> Iterator[Path]:
    need_milvus()
    from indexers.milvus.build import build

    place = Path(f"milvus-lite:{tmp_path}/store.db")
    build(place, list(guideline_records(GUIDELINE)), named_encoder("static"))
    yield place
    close_lite(tmp_path)


def test_a_folder_and_a_store_in_milvus_are_searched_together(
    folder: Path, in_milvus: Path
) -> None:
    places = [folder / "trials", in_milvus]
    found = search_several(places, RECOMMENDED, "natural", 2)
    assert {hit.stores for hit in found.hits} == {(str(in_milvus),)}
    with pytest.raises(StoreError, match="natural"):
        search_several(places, "asthma", "pubmed", None)
