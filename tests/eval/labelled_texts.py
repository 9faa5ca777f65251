"""Whole data of several tasks as text, to break a part of."""

from __future__ import annotations

import json

WORDS = ("malaria", "asthma", "sepsis", "stroke")


def pubmedqa(n: int = 6) -> str:
    return json.dumps(
        {
            str(100 + i): {
                "QUESTION": f"Does drug{i} help?",
                "CONTEXTS": [f"drug{i} {WORDS[i % 4]}"],
            }
            for i in range(n)
        },
        indent=1,
    )


def own_lines(n: int = 6) -> str:
    return "".join(
        json.dumps({"question_id": f"q{i}", "text": f"drug{i}?", "gold": [
            {"record_id": f"g{i}", "title": f"drug{i} {WORDS[i % 4]}"}]}) + "\n"
        for i in range(n)
    )  # fmt: skip


BENCH = json.dumps({"title": "Drugs for gout", "trials": [{"title": "Gout", "pmid": "5"}]})


def labelled(n: int = 40) -> str:
    rows = [
        f'{i},"{WORDS[i % 4]} in adults","An abstract, long",{int(i % 8 == 0)}' for i in range(n)
    ]
    return "\n".join(["record_id,title,abstract,label_included", *rows]) + "\n"
