"""A transformers model from a local folder: checked, loaded, named by what it is."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.config import TransformersEngine
from evidence.errors import SettingsError
from evidence.llm.faults import one_line

_PARTS = (".json", ".jinja", ".model", ".safetensors", ".txt")
"""What decides a reply: configuration, chat template, tokenizer, weights."""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory.

    Attributes:
        tokenizer: Of transformers.
        model: The same, in evaluation mode.
        end_tokens: The tokens that end a reply.
        digest: SHA-256 over the files that decide a reply.
    """

    tokenizer: Any
    model: Any
    end_tokens: list[int]
    digest: str


def check_engine(engine: TransformersEngine) -> None:
    """Whether the model can be loaded here, as far as that is known without loading it.

    Raises:
        SettingsError: The folder holds no model, or the device or a package is missing.
    """
    folder = engine.folder
    if not (folder / "config.json").is_file():
        raise SettingsError(f"folder {folder}: expected a transformers model (no config.json)")
    if not any(folder.glob("*.safetensors")):
        raise SettingsError(f"folder {folder}: expected weights as safetensors, which run no code")
    if importlib.util.find_spec("transformers") is None:
        raise SettingsError("engine transformers: it is missing; pip install transformers")
    if engine.quantisation != "none":
        _check_quantisation(engine)
    elif engine.device == "cuda" and not has_cuda():
        raise SettingsError("device cuda: no CUDA device was found; use cpu or auto")


def _check_quantisation(engine: TransformersEngine) -> None:
    asked = f"quantisation {engine.quantisation}"
    if engine.device == "cpu" or not has_cuda():
        why = "device is cpu" if engine.device == "cpu" else "no CUDA device was found"
        raise SettingsError(f"{asked}: needs a GPU, and {why}; use quantisation none")
    for package in ("bitsandbytes", "accelerate"):
        if importlib.util.find_spec(package) is None:
            raise SettingsError(
                f"{asked}: {package} is missing; pip install 'evidence-synthesis[quantised]'"
            )


def has_cuda() -> bool:
    """Whether torch finds a GPU."""
    import torch

    return torch.cuda.is_available()


def load_model(engine: TransformersEngine) -> LoadedModel:
    """The model of a folder; no code in it is run and nothing is fetched.

    Raises:
        SettingsError: The folder's files do not make a model.
    """
    import transformers
    from transformers.utils import logging as transformers_logging

    check_engine(engine)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    model: Any
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(engine.folder), **local)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(engine.folder), use_safetensors=True, dtype="auto", **local, **_placing(engine)
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        said = one_line(str(error))
        raise SettingsError(f"folder {engine.folder}: no model could be loaded ({said})") from None
    if engine.quantisation == "none" and "device_map" not in _placing(engine):
        model = model.to(_device(engine))
    end = _end_tokens(model, tokenizer)
    if not end:
        raise SettingsError(f"folder {engine.folder}: the model names no token that ends a reply")
    return LoadedModel(tokenizer, model.eval(), end, _digest(engine.folder))


def _device(engine: TransformersEngine) -> str:
    if engine.device == "auto":
        return "cuda" if has_cuda() else "cpu"
    return engine.device


def _placing(engine: TransformersEngine) -> dict[str, Any]:
    """How the weights are spread over devices and held there."""
    if engine.quantisation != "none":
        from transformers import BitsAndBytesConfig

        held = BitsAndBytesConfig(**{f"load_in_{engine.quantisation}": True})  # type: ignore[no-untyped-call]
        return {"quantization_config": held, "device_map": "auto"}
    if engine.device == "auto" and has_cuda() and importlib.util.find_spec("accelerate"):
        return {"device_map": "auto"}
    return {}


def _end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """The tokens that end a reply, sorted: those of the model, and that of the tokenizer."""
    named = model.generation_config.eos_token_id
    found = set(named if isinstance(named, list) else [named])
    return sorted((found | {tokenizer.eos_token_id}) - {None})


def _digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the files that decide a reply."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in _PARTS):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        digest.update(f"{path.name}\0".encode() + content)
    return digest.hexdigest()
