"""Records as PubMed, Europe PMC and ClinicalTrials.gov write them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from indexers.records import Record

CORPUS = Path(__file__).resolve().parent.parent / "data" / "corpus" / "records.jsonl.gz"
HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'
SET_HEAD = (
    HEAD + '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)


@cache
def shipped_records() -> tuple[Record, ...]:
    """The shipped trials that have a PMID."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        records = (Record.model_validate_json(line) for line in lines)
        return tuple(record for record in records if record.pmid)


def entrez_day(record: Record) -> date:
    """A made-up day of entry, in the record's year."""
    return date(record.year or 2000, 1, 1) + timedelta(days=int(record.pmid or 0) % 365)


def article_xml(record: Record) -> str:
    """A record as a PubmedArticle."""
    authors = "".join(
        f"<Author><LastName>{escape(family)}</LastName><ForeName>{escape(given)}</ForeName></Author>"
        for family, _, given in (name.partition(", ") for name in record.authors)
    )
    year = f"<PubDate><Year>{record.year}</Year></PubDate>" if record.year else ""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{record.pmid}</PMID><Article>'
        f"<Journal><JournalIssue>{year}</JournalIssue><Title>{escape(record.journal or '')}</Title>"
        f"</Journal><ArticleTitle>{escape(record.title)}</ArticleTitle><Abstract><AbstractText>"
        f"{escape(record.abstract)}</AbstractText></Abstract><AuthorList>{authors}</AuthorList>"
        "</Article></MedlineCitation><PubmedData><ArticleIdList>"
        f'<ArticleId IdType="doi">{escape(record.doi or "")}</ArticleId>'
        "</ArticleIdList></PubmedData></PubmedArticle>\n"
    )


def article_set(records: Sequence[Record], books: set[str], deleted: set[str]) -> str:
    """A PubmedArticleSet: some of the records are book articles, some are named as deleted."""
    pmids = [record.pmid or "" for record in records]
    parts = [
        f"<PubmedBookArticle><BookDocument><PMID>{pmid}</PMID></BookDocument></PubmedBookArticle>"
        if pmid in books
        else article_xml(record)
        for pmid, record in zip(pmids, records, strict=True)
        if pmid in books or pmid not in deleted
    ]
    gone = "".join(f"<PMID>{pmid}</PMID>" for pmid in pmids if pmid in deleted)
    parts.append(f"<DeleteCitation>{gone}</DeleteCitation>" if gone else "")
    return f"<PubmedArticleSet>{''.join(parts)}</PubmedArticleSet>"


def search_result(
    query: str, count: int, paged: str, ids: Sequence[str], unknown: Sequence[str]
) -> str:
    """An eSearchResult; `unknown` are the words that no record has."""
    listed = "".join(f"<Id>{pmid}</Id>\n" for pmid in ids)
    errors = "".join(f"<PhraseNotFound>{escape(w)}</PhraseNotFound>" for w in unknown)
    warnings = "" if count else "<OutputMessage>No items found.</OutputMessage>"
    return (
        f'{HEAD}<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
        '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
        f"<eSearchResult><Count>{count}</Count>{paged}<IdList>{listed}</IdList><TranslationSet/>"
        f"<QueryTranslation>{escape(query)}[All Fields]</QueryTranslation>"
        + (f"<ErrorList>{errors}</ErrorList>" if errors else "")
        + (f"<WarningList>{warnings}</WarningList>" if warnings else "")
        + "</eSearchResult>"
    )


@cache
def words_of(record: Record) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", f"{record.title} {record.abstract}".lower()))


def efetch_error(told: str) -> str:
    return f"{HEAD}<eFetchResult>\n\t<ERROR>{told}</ERROR>\n</eFetchResult>"


def core_result(record: Record) -> dict[str, Any]:
    """A record as a result of type `core`."""
    return {
        "id": record.pmid,
        "source": "MED",
        "pmid": record.pmid,
        "doi": record.doi,
        "title": f"{record.title}.",
        "authorList": {
            "author": [
                {"fullName": n, "lastName": n.split(", ")[0], "firstName": n.partition(", ")[2]}
                for n in record.authors
            ]
        },
        "pubYear": str(record.year),
        "journalInfo": {"yearOfPublication": record.year, "journal": {"title": record.journal}},
        "abstractText": "<h4>Aim</h4>" + escape(record.abstract),
        "pubTypeList": {"pubType": ["Journal Article"]},
        "isOpenAccess": "Y",
    }


def core_page(page: Sequence[Record], asked: dict[str, Any], count: int, following: str) -> str:
    """A page of results of type `core`; `following` is the mark of the next one."""
    return json.dumps(
        {
            "version": "6.9",
            "hitCount": count,
            "nextCursorMark": following,
            "request": asked,
            "resultList": {"result": [core_result(record) for record in page]},
        }
    )


def registration(record: Record) -> dict[str, Any]:
    """A record as if it were a registration."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{int(record.pmid or 0):08d}",
                "briefTitle": record.title,
            },
            "statusModule": {"studyFirstPostDateStruct": {"date": f"{record.year}-03-01"}},
            "descriptionModule": {"briefSummary": record.abstract},
            "conditionsModule": {"conditions": ["Asthma"], "keywords": list(record.keywords)},
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "X"}]},
        }
    }
