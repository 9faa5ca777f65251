from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from indexers.encoder import EncoderError, SentenceEncoder, as_unit_vectors, minilm_encoder

TEXTS = [
    "Artemether-lumefantrine for uncomplicated malaria",
    "Antimalarial treatment with artemisinin combinations. " * 40,
    "Knee replacement surgery",
    "",
]


def small_model(folder: Path) -> Path:
    folder.mkdir()
    (folder / "modules.json").write_text("[]")
    (folder / "config.json").write_text(json.dumps({"hidden_size": 12}))
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "README.md").write_text("about")
    return folder


@pytest.mark.slow
def test_minilm_encodes_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the encoder reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    reports: list[tuple[int, int]] = []
    encoder = minilm_encoder()
    vectors = encoder.encode(TEXTS, lambda done, total: reports.append((done, total)))
    assert vectors.shape == (4, encoder.dimension) == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    np.testing.assert_array_equal(vectors, encoder.encode(TEXTS))
    np.testing.assert_allclose(vectors[:1], encoder.encode(TEXTS[:1]), atol=1e-5)
    assert reports[-1] == (4, 4)
    assert encoder.encode([]).shape == (0, 384)


def test_importing_and_digesting_load_no_heavy_library() -> None:
    code = (
        "import sys; from indexers.encoder import minilm_encoder; import indexers.store; "
        "import retrievers.dense; minilm_encoder().digest; minilm_encoder().dimension; "
        "print(*({'torch', 'sentence_transformers', 'faiss', 'tantivy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_digest_follows_weights_and_configuration_but_not_the_readme(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    encoder = SentenceEncoder(folder)
    before = encoder.digest
    (folder / "README.md").write_text("about something else")
    assert encoder.digest == before
    (folder / "model.safetensors").write_bytes(b"other weights")
    changed = encoder.digest
    assert changed != before
    (folder / "config.json").write_text(json.dumps({"hidden_size": 13}))
    assert encoder.digest != changed
    assert encoder.dimension == 13


def test_digest_does_not_depend_on_the_place(tmp_path: Path) -> None:
    one, two = small_model(tmp_path / "one"), small_model(tmp_path / "two")
    assert SentenceEncoder(one).digest == SentenceEncoder(two).digest


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"modules\.json"):
        SentenceEncoder(tmp_path)


def test_unit_vectors_leave_a_zero_row() -> None:
    unit = as_unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 0]], atol=1e-7)
