"""Does a sentence follow from what it cites? One call a sentence; the answer is advice.

Entailment decides nothing: that a quote is verbatim and a number quoted or computed is enforced
elsewhere. Offline the element-by-element check (`checking`) stands in, and is called that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import prompts
from evidence.errors import EngineError
from evidence.factuality.examined import SentenceSupport
from evidence.llm.protocol import LanguageModel
from evidence.reading.machine_address import machine_addresses
from indexers.records import Frozen, text_digest

PROMPT = "entail_sentence"


class SupportAnswer(Frozen):
    """The model's verdict; the words come first, so that they are sought first."""

    words: str
    verdict: Literal["supported", "not_supported", "unclear"]


def support_of(model: LanguageModel, sentence: str, cited: Sequence[str]) -> SentenceSupport:
    """The model's verdict on one sentence.

    It counts with words that stand in what the sentence cites, and is `unclear` without; so it is
    when the call fails or there is nothing to read. A sentence that cites nothing is not asked
    about.

    Args:
        model: Is asked once.
        sentence: What is said.
        cited: Quotes and printed values that it cites.
    """
    evidence = "\n".join(cited)
    if not evidence.strip():
        return _unclear(sentence, "it cites nothing")
    prompt = prompts.render(PROMPT, sentence=sentence, evidence=evidence)
    if len(prompt.encode("utf-8", "surrogatepass")) > model.settings.prompt_limit_bytes:
        return _unclear(sentence, "what it cites does not fit context_window_tokens")
    try:
        answer = model.complete(prompt, SupportAnswer).value
    except EngineError as error:
        return _unclear(sentence, str(error))
    if answer.verdict == "unclear":
        return _unclear(sentence, "")
    words = _found(answer.words, cited)
    if words is None:
        return _unclear(sentence, f"the model says {answer.verdict} by words that are not cited")
    if machine_addresses(words):
        return _unclear(sentence, f"the model says {answer.verdict} by words put to a machine")
    return SentenceSupport(sentence=sentence, verdict=answer.verdict, words=words)


def _found(words: str, cited: Sequence[str]) -> str | None:
    """The words as what is cited has them; None when it does not have them."""
    from evidence.quoting import locate
    from indexers.records import Document

    for text in cited:
        document = Document(
            document_digest=text_digest(text), record_id="cited", kind="abstract", text=text
        )
        quote = locate(words, document) if words.strip() and text else None
        if quote is not None:
            return quote.text
    return None


def _unclear(sentence: str, reason: str) -> SentenceSupport:
    return SentenceSupport(sentence=sentence, verdict="unclear", reason=reason)
