"""A cross-encoder on disk that is small and knows nothing."""

from __future__ import annotations

from pathlib import Path


def write_cross_encoder(folder: Path, *words: str) -> Path:
    """A model of random weights, always the same, whose tokens are the words."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(0)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(tokens))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(tokens), intermediate_size=16, num_labels=1, **size)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder
