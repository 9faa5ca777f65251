from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from indexers import static_encoder
from indexers.encoder import EncoderError
from indexers.static_encoder import (
    LONGEST_TEXT_WORDS,
    MODEL_FILES,
    StaticEncoder,
    StaticTable,
    load_table,
    save_table,
)

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "static_encoder"
PIECES = ("[UNK]", "malaria", "##l", "fever", "the", "anti")
ROWS = np.array([[0, 0, 0], [3, 0, 0], [0, 0, 1], [0, 4, 0], [0, 0, 0], [0, 0, 2]], np.float32)


def small_table() -> StaticTable:
    vocab = {piece: number for number, piece in enumerate(PIECES)}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return StaticTable("small", ROWS, tokenizer)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    save_table(tmp_path / "small", small_table())
    return tmp_path / "small"


@cache
def shipped() -> StaticEncoder:
    return StaticEncoder(SHIPPED)


def test_a_vector_is_the_sum_of_rows_by_the_root_of_their_counts(small: Path) -> None:
    (vector,) = StaticEncoder(small).encode(["Malaria, malaria; MALARIA\nmalaria the fever."])
    expected = 2 * ROWS[1] + ROWS[3]
    assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_a_word_that_is_no_piece_is_made_of_pieces(small: Path) -> None:
    vectors = StaticEncoder(small).encode(["antil", "anti"])
    assert vectors[0] == pytest.approx(np.array([0, 0, 1]), abs=1e-6)
    assert StaticEncoder(small).encode(["malarial"])[0] == pytest.approx(
        np.array([3, 0, 1]) / np.sqrt(10), abs=1e-6
    )
    assert np.array_equal(vectors[0], vectors[1])


@pytest.mark.parametrize("text", ["", "  \n", "the", "?!", "疟疾", "\x00"])
def test_a_text_of_nothing_known_is_the_even_unit_vector(small: Path, text: str) -> None:
    (vector,) = StaticEncoder(small).encode([text])
    assert vector == pytest.approx(np.full(3, 1 / np.sqrt(3)), abs=1e-6)


def test_words_beyond_the_limit_do_not_count(small: Path) -> None:
    inside = "malaria " * LONGEST_TEXT_WORDS
    encoder = StaticEncoder(small)
    assert np.array_equal(*encoder.encode([inside, f"{inside} fever"]))
    assert not np.array_equal(*encoder.encode([inside, f"fever {inside}"]))


def test_a_text_counts_the_same_alone_in_any_batch_and_after_forgetting(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["fever", "malaria fever", "", "antil malaria", "malarial fever fever"] * 3
    whole = StaticEncoder(small).encode(texts)
    monkeypatch.setattr(static_encoder, "_TEXTS_PER_BATCH", 2)
    monkeypatch.setattr(static_encoder, "_MOST_KEPT_WORDS", 1)
    reports: list[tuple[int, int]] = []
    forgetful = StaticEncoder(small)
    batched = forgetful.encode(texts, lambda done, total: reports.append((done, total)))
    assert np.array_equal(whole, batched)
    assert np.array_equal(whole[1], forgetful.encode(texts[1:2])[0])
    assert reports == [(n, 15) for n in (2, 4, 6, 8, 10, 12, 14, 15)]


def test_no_texts_give_no_vectors(small: Path) -> None:
    vectors = StaticEncoder(small).encode([])
    assert vectors.shape == (0, 3)
    assert vectors.dtype == np.float32


def test_a_table_is_kept_in_eight_bits_and_the_same_bytes(small: Path, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=ROWS.shape).astype(np.float32)
    rows[0] = 0
    table = small_table()._replace(rows=rows)
    for name in ("one", "two"):
        save_table(tmp_path / name, table)
    for name in MODEL_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    kept = load_table(tmp_path / "one").rows
    assert np.all(np.abs(kept - rows) <= np.abs(rows).max(axis=1, keepdims=True) / 127 * 0.51)
    assert not kept[0].any()


def test_the_digest_follows_the_files(small: Path) -> None:
    before = StaticEncoder(small).digest
    assert len(before) == 64
    (small / "README.md").write_text("about")
    assert StaticEncoder(small).digest == before
    save_table(small, small_table()._replace(rows=ROWS * np.array([1, 2, 1], np.float32)))
    assert StaticEncoder(small).digest != before


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_missing_file_is_named(small: Path, name: str) -> None:
    (small / name).unlink()
    with pytest.raises(EncoderError, match=name):
        StaticEncoder(small)


@pytest.mark.parametrize("name", MODEL_FILES)
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00 no model"])
def test_a_damaged_file_is_named(small: Path, name: str, content: bytes) -> None:
    (small / name).write_bytes(content)
    with pytest.raises(EncoderError, match=name) as caught:
        StaticEncoder(small).encode(["fever"])
    assert "\n" not in str(caught.value)


def test_a_table_of_another_tokenizer_is_refused(small: Path) -> None:
    table = small_table()
    save_table(small, table._replace(rows=ROWS[:4]))
    with pytest.raises(EncoderError, match="each of 6 pieces"):
        StaticEncoder(small).encode(["fever"])


def test_a_wrong_dimension_is_refused(small: Path) -> None:
    (small / "config.json").write_text(json.dumps({"name": "small", "dimension": 4}))
    with pytest.raises(EncoderError, match="rows of 4 numbers, found 3"):
        StaticEncoder(small).encode(["fever"])


def test_what_ships_is_small() -> None:
    assert sum(f.stat().st_size for f in SHIPPED.rglob("*") if f.is_file()) < 20_000_000


@settings(deadline=None)  # the first call loads the table
@given(st.lists(st.text(), max_size=4))
def test_any_text_has_a_unit_vector(texts: list[str]) -> None:
    vectors = shipped().encode(texts)
    assert vectors.shape == (len(texts), shipped().dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


def test_what_ships_finds_other_wordings() -> None:
    queries = ["cancer of the womb neck", "high blood pressure drugs", "kidney failure in children"]
    records = [
        "Screening for cervical carcinoma",
        "Antihypertensive therapy: diuretics and ACE inhibitors",
        "Paediatric renal insufficiency and haemodialysis",
    ]
    nearness = shipped().encode(queries) @ shipped().encode(records).T
    assert nearness.argmax(axis=1).tolist() == [0, 1, 2]


def test_encoding_loads_no_network_library() -> None:
    code = (
        "import sys; from pathlib import Path; from indexers.static_encoder import StaticEncoder; "
        f"StaticEncoder(Path({str(SHIPPED)!r})).encode(['malaria']); "
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
