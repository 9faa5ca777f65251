"""A store built by Ray's workers is that of one machine, whatever happens to the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from evidence import ray_build
from evidence.cli import app
from evidence.errors import SourceError
from evidence.ray_build import RayBuild
from evidence.stores import build_store
from indexers.encoders import named_encoder
from indexers.manifest import Manifest
from indexers.pubmed import read_pubmed
from indexers.ray_cluster import MOST_LOST
from indexers.ray_shards import WHOLE, FileToShard, Read, ShardMaking, tell_shards
from indexers.shards import input_digest, made_by
from indexers.store import Store
from indexers.vectors import embedded_text
from tests.indexers.pubmed_files import article, write_pubmed
from tests.indexers.ray_workers import kill_workers, small_cluster

BAD = "<?xml version='1.0'?>\n<PubmedArticleSet>\n<PubmedArticle>\n</PubmedArticleSet>"


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with small_cluster(num_gpus=1):
        yield


@pytest.fixture
def on_cluster(cluster: None, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def running(_address: str, workers: int | None, *, on_gpus: bool) -> Iterator[int]:
        yield workers or 2

    monkeypatch.setattr(ray_build, "ray_cluster", running)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Files of every kind: PubMed's revise and delete, others repeat."""
    folder = tmp_path / "sources"
    folder.mkdir()
    book = "<PubmedBookArticle><BookDocument/></PubmedBookArticle>"
    write_pubmed(folder / "1.xml", *map(article, range(1, 1501)), more=book)
    gone = "<DeleteCitation><PMID>7</PMID></DeleteCitation>"
    changed = article(20, "Velmide, corrected")
    write_pubmed(folder / "2.xml", changed, *map(article, range(2000, 2300)), more=gone)
    write_pubmed(folder / "3.xml", more="<DeleteCitation><PMID>8</PMID></DeleteCitation>")
    (folder / "4.csv").write_text("record_id,title,abstract\n1,Again,A\nx,Ex,A trial.\n")
    (folder / "article.nxml").write_text(
        '<article><front><article-meta><article-id pub-id-type="pmc">PMC7</article-id>'
        "<title-group><article-title>Seven</article-title></title-group></article-meta></front>"
        "<body><p>Text.</p></body></article>"
    )
    return folder


def build(source: Path, store: Path, on_ray: RayBuild | None = None) -> dict[str, Any]:
    return build_store(
        [source],
        store,
        kind="auto",
        encoder="static",
        device="cpu",
        progress=lambda _done, _of: None,
        on_ray=on_ray,
    )


def on_workers(
    tmp_path: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> RayBuild:
    return RayBuild("local", tmp_path / "shards", workers, progress)


def same_for_ever(manifest: Manifest) -> dict[str, Any]:
    """The manifest without what differs in every build: Tantivy names its files anew."""
    told = manifest.model_dump(exclude={"files", "manifest_digest"})
    files = [f for f in manifest.files if not f.path.startswith("lexical/")]
    return told | {"files": files}


def test_the_store_is_that_of_one_machine(on_cluster: None, sources: Path, tmp_path: Path) -> None:
    alone = build(sources, tmp_path / "alone")
    embedded: list[int] = []
    together = build(
        sources, tmp_path / "store", on_workers(tmp_path, progress=lambda n, _: embedded.append(n))
    )
    assert together | {"store": ""} == alone | {"store": ""}
    assert (together["deleted"], together["books_skipped"]) == (2, 1)
    one, two = Store.open(tmp_path / "alone"), Store.open(tmp_path / "store")
    two.verify()
    assert same_for_ever(one.manifest) == same_for_ever(two.manifest)
    assert list(one.records()) == list(two.records())
    assert np.array_equal(one.vectors, two.vectors)
    assert two.record("20").title == "Velmide, corrected"
    for words in ("velmide alpine", "corrected", "relapsed 16"):
        assert one.search_text(words, 50) == two.search_text(words, 50)
    assert embedded[-1] == 1500 + 301 + 2  # the article in JATS is embedded here
    assert not (tmp_path / "shards").exists()


def making_in(tmp_path: Path, build_name: str = "b") -> ShardMaking:
    encoder = named_encoder("static")
    return ShardMaking(str(tmp_path / "shards"), "static", "cpu", made_by(encoder), build_name)


def test_what_a_killed_worker_was_at_is_done_again(cluster: None, tmp_path: Path) -> None:
    files = [
        write_pubmed(tmp_path / f"{n}.xml", *map(article, range(n * 4000, n * 4000 + 4000)))
        for n in range(3)
    ]
    for attempt in range(5):  # a worker may be done before it is killed
        making = making_in(tmp_path / f"{attempt}")
        lines = tell_shards([FileToShard(f, "pubmed") for f in files], making, 2)
        told = [next(lines)]
        assert kill_workers("MapWorker", most=1)
        told += lines
        begun_again = list((tmp_path / f"{attempt}" / "shards").rglob(".begun.*.1"))
        if begun_again:
            break
    assert begun_again  # it was killed at work, and the work was given to another
    encoder = named_encoder("static")
    for path in files:
        parts = [line for line in told if line.path == str(path)]
        assert [line.part for line in parts] == [*range(4), WHOLE]
        folder = making.folder(input_digest(path))
        records = [r for n in range(4) for r in folder.records(n)]
        assert records == list(read_pubmed(path))
        rows = np.concatenate([folder.vectors(line.part, line.n) for line in parts[:-1]])
        assert np.array_equal(rows, encoder.encode([embedded_text(r) for r in records]))


def test_gpu_workers_embed_what_others_parse(cluster: None, tmp_path: Path) -> None:
    path = write_pubmed(tmp_path / "1.xml", *map(article, range(1500)))
    making = making_in(tmp_path)
    told = list(tell_shards([FileToShard(path, "pubmed")], making, 1, on_gpus=True))
    assert sorted((line.part, line.n) for line in told) == [(WHOLE, 2), (0, 1024), (1, 476)]
    texts = [embedded_text(record) for record in read_pubmed(path)]
    folder = making.folder(input_digest(path))
    rows = np.concatenate([folder.vectors(0, 1024), folder.vectors(1, 476)])
    assert np.array_equal(rows, named_encoder("static").encode(texts))


def test_a_bad_file_is_named_and_the_build_goes_on_when_it_is_mended(
    on_cluster: None, tmp_path: Path
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    write_pubmed(folder / "1.xml", *map(article, range(1, 1200)))
    (folder / "2.xml").write_text(BAD)
    with pytest.raises(SourceError, match=r"2\.xml:4: expected well-formed XML") as caught:
        build(folder, tmp_path / "store", on_workers(tmp_path, 1))
    assert (caught.value.path, caught.value.line) == (folder / "2.xml", 4)
    assert not (tmp_path / "store").exists()
    made = {p: p.stat().st_mtime_ns for p in (tmp_path / "shards").rglob("*.vectors")}
    assert made
    write_pubmed(folder / "2.xml", article(5000))
    again: dict[Path, int] = {}

    def note(_done: int, _of: int) -> None:
        again.update({p: p.stat().st_mtime_ns for p in (tmp_path / "shards").rglob("*.vectors")})

    assert build(folder, tmp_path / "store", on_workers(tmp_path, 1, note))["n_records"] == 1200
    assert {p: again[p] for p in made} == made  # embedded once


def test_a_missing_file_is_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.xml: expected a readable"):
        build(tmp_path / "none.xml", tmp_path / "store", on_workers(tmp_path))


def test_work_that_loses_every_worker_ends_with_its_name(tmp_path: Path) -> None:
    path = write_pubmed(tmp_path / "1.xml", article(1))
    batch = {"path": [str(path)], "kind": ["pubmed"]}
    for _ in range(MOST_LOST + 1):
        assert next(Read(making_in(tmp_path))(batch))["kind"] == [""]
    (line,) = Read(making_in(tmp_path))(batch)
    assert line["kind"] == ["other"]
    assert "1.xml: 4 workers were lost" in line["problem"][0]
    assert next(Read(making_in(tmp_path, "another build"))(batch))["kind"] == [""]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "2"], "add --ray local"),
        (["--shards", "shards"], "add --ray local"),
        (["--ray", "local", "--store", "milvus://h:1/c"], "add --shards DIR"),
        (["--ray", "here"], "expected local, or HOST:PORT"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, words: list[str], said: str
) -> None:
    source = write_pubmed(tmp_path / "1.xml", article(1))
    store = [] if "--store" in words else ["--store", str(tmp_path / "store")]
    told = CliRunner().invoke(app, ["index", "build", str(source), *store, *words])
    assert told.exit_code != 0
    assert said in " ".join((told.output + str(told.exception)).replace("│", " ").split())
    assert not (tmp_path / "store").exists()
