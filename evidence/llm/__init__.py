"""The seam to language models: any OpenAI-compatible server, or recorded calls."""

from __future__ import annotations

from evidence.llm.models import build_language_model
from evidence.llm.protocol import LanguageModel, Reply

__all__ = ["LanguageModel", "Reply", "build_language_model"]
