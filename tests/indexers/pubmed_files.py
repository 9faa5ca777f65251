"""Small files of PubMed XML about invented trials."""

from __future__ import annotations

from pathlib import Path

WARDS = ("coastal", "alpine", "urban", "rural", "northern", "island", "river")


def article(pmid: int, title: str = "") -> str:
    told = title or f"Velmide{pmid % 91} in {WARDS[pmid % 7]} wards"
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{told}"
        f"</ArticleTitle><Abstract><AbstractText>Of {pmid} patients {pmid % 17} relapsed."
        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )


def write_pubmed(path: Path, *articles: str, more: str = "") -> Path:
    body = "\n".join(articles)
    path.write_text(f"<?xml version='1.0'?>\n<PubmedArticleSet>\n{body}{more}</PubmedArticleSet>")
    return path
