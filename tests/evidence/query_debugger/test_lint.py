from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.query_debugger.finding import SEVERITIES, Finding, Rule, findings_text
from evidence.query_debugger.lint import lint
from evidence.query_debugger.written import Syntax

GOOD = """\
#1. "Asthma"[mh] OR asthma*[tiab] OR wheez*[tiab]
#2. "Budesonide"[mh] OR budesonide[tiab]
#3. #1 AND #2
"""
FILTER = (
    "(randomized controlled trial[pt] OR controlled clinical trial[pt] OR randomized[tiab] OR "
    "placebo[tiab] OR randomly[tiab] OR trial[tiab] OR groups[tiab])"
)
HUMANS = '("Animals"[mh] NOT ("Animals"[mh] AND "Humans"[mh]))'


def of_rule(text: str, rule: Rule, syntax: Syntax = "pubmed") -> list[Finding]:
    return [finding for finding in lint(text, syntax) if finding.rule == rule]


def rules(text: str, syntax: Syntax = "pubmed") -> set[str]:
    return {finding.rule for finding in lint(text, syntax)}


def test_a_sound_strategy_gives_nothing() -> None:
    assert lint(GOOD) == ()
    assert lint(f'("Asthma"[mh] OR asthma[tiab]) AND {FILTER} NOT {HUMANS}') == ()
    assert lint("1 exp Asthma/\n2 asthma$.ti,ab.\n3 1 or 2", "ovid") == ()
    assert findings_text(()) == "Nothing to object to."


# rule, text, line, character, a part of the message or suggestion
CASES: list[tuple[Rule, str, int, int, str]] = [
    ("mixed-operators", "asthma[tiab] OR wheeze[tiab] AND child*[tiab]", 1, 30, "without brackets"),
    ("missing-operator", "asthma[tiab] wheeze[tiab]", 1, 14, "joined by AND"),
    ("lower-case-operator", "asthma[tiab] or wheeze[tiab]", 1, 14, "capitals"),
    ("typographic-quotes", 'asthma[tiab] OR “lung disease”[tiab]', 1, 17, "2 typographic"),
    ("unknown-tag", "asthma[tiab] OR wheeze[tuab]", 1, 23, "did you mean tiab"),
    ("unknown-tag", "asthma.ti,ab. OR wheeze[tiab]", 1, 7, "Ovid's syntax"),
    ("missing-line", "#1. asthma[tiab]\n#2. #1 AND #7", 2, 12, "no line 7"),
    ("unused-line", "#1. asthma[tiab]\n#2. wheeze[tiab]\n#3. cough[tiab] OR #1", 2, 5, "line 2"),
    ("not-operator", "asthma[tiab] NOT adults[tiab]", 1, 18, "adults[tiab]"),
    ("date-limit", "asthma[tiab] AND 2001:2010[dp]", 1, 18, "2001:2010[dp]"),
    ("untagged-term", "asthma AND wheeze[tiab]", 1, 1, '"Asthma"[mh]'),
    ("truncation", "ast*[tiab]", 1, 1, "4 characters"),
    ("truncation", '"heart* attack"[tiab]', 1, 1, "only the last word"),
    ("truncation", "heart attack* OR wheeze[tiab]", 1, 1, "no phrase"),
    ("one-word-phrase", 'cough[tiab] OR "wheeze"[tiab]', 1, 16, "wheeze"),
    ("stop-word", '"quality of care"[tiab]', 1, 1, "quality of care"),
    ("spelling-variant", "child*[tiab] AND (tumour[tiab] OR lump[tiab])", 1, 19, "tumour → tumor"),
    ("spelling-variant", "post-mortem[tiab]", 1, 1, "postmortem[tiab]"),
    ("doubled-term", "wheeze[tiab] OR cough[tiab] OR wheeze[tiab]", 1, 32, "wheeze[tiab]"),
    ("covered-term", "wheez*[tiab] OR wheezing[tiab]", 1, 17, "wheezing[tiab] in wheez*[tiab]"),
    ("covered-term", '"Asthma"[mh] OR "Asthma, Occupational"[mh]', 1, 17, 'in "Asthma"[mh]'),
    ("missing-heading", "asthma[tiab] OR wheezy[tiab]", 1, 1, '"Asthma"[mh]'),
    ("missing-free-text", '"Asthma"[mh] OR wheezy[tiab]', 1, 1, "Asthma"),
    ("unexploded-heading", '"Asthma"[mh:noexp] OR asthma[tiab]', 1, 1, "Asthma, Occupational"),
    ("unknown-heading", '"Wheezing Of All Kinds"[mh] OR wheezing[tiab]', 1, 1, "no MeSH heading"),
    ("read-differently", "*asthma[tiab]", 1, 1, "ignored"),
    ("syntax", "(asthma[tiab] OR wheeze[tiab]", 1, 1, "not closed"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "line", "character", "said"), CASES)
def test_each_rule_says_what_and_where(
    rule: Rule, text: str, line: int, character: int, said: str
) -> None:
    found = of_rule(text, rule)
    assert [(f.line, f.character) for f in found] == [(line, character)]
    assert said in found[0].message + found[0].suggestion
    assert found[0].severity == SEVERITIES[rule]


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(SEVERITIES)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("mixed-operators", "asthma[tiab] AND (wheeze[tiab] OR cough[tiab])"),
        ("mixed-operators", "asthma[tiab] AND wheeze[tiab] NOT adults[tiab]"),
        ("not-operator", f"asthma[tiab] NOT {HUMANS}"),
        ("not-operator", 'asthma[tiab] NOT ("Female"[mh] NOT ("Female"[mh] AND "Male"[mh]))'),
        ("spelling-variant", "tumour*[tiab] OR tumor*[tiab]"),
        ("spelling-variant", "tumo*[tiab]"),
        ("spelling-variant", "post-mortem[tiab] OR postmortem[tiab]"),
        ("spelling-variant", "tumour"),  # PubMed maps it
        ("typographic-quotes", "alzheimer’s[tiab]"),
        ("one-word-phrase", '"Asthma"[mh] OR "review"[pt]'),
        ("missing-heading", '"Lung Diseases"[mh] OR asthma[tiab]'),  # exploded, takes it in
        ("missing-heading", '"Asthma, Occupational"[mh] OR asthma[tiab]'),  # narrower on purpose
        ("missing-heading", FILTER),
        ("missing-heading", "treatment[tiab] OR epidemiology[tiab] OR patients[tiab]"),
        ("missing-heading", "asthma[ti]"),  # meant for titles alone
        ("missing-heading", '("Asthma"[mh] OR (lung[tiab] AND pain[tiab])) OR asthma[tiab]'),
        ("missing-free-text", '"Asthma"[mh] OR asthmatic[tiab]'),
        ("missing-free-text", 'asthma[tiab] AND "Humans"[mh]'),
        ("unexploded-heading", '"Asthma"[mh] OR "Asthma, Occupational"[mh:noexp]'),
        ("covered-term", 'asthma[tiab] OR "Asthma"[mh]'),
        ("covered-term", "asthma[tiab] OR asthma*[ti]"),
        ("doubled-term", "(asthma[tiab] OR cough[tiab]) AND (asthma[tiab] OR wheeze[tiab])"),
        ("unused-line", GOOD),
        ("truncation", "wheez*[tiab] OR heart attack*[tiab]"),
        ("unknown-tag", "http://example.org/x.ti.html"),
    ],
)
def test_what_is_in_order_is_left_alone(rule: Rule, text: str) -> None:
    assert of_rule(text, rule) == []


def test_synonyms_may_stand_on_other_lines_that_or_joins() -> None:
    lines = "1\texp Neoplasms/\n2\ttumour$.ti,ab.\n3\ttumor$.ti,ab.\n4\tor/1-3"
    assert rules(lines, "ovid") == set()
    apart = "1 exp Neoplasms/\n2 tumour$.ti,ab.\n3 tumor$.ti,ab.\n4 1 and 2 and 3"
    assert {"missing-heading", "missing-free-text", "spelling-variant"} & rules(apart, "ovid")


def test_ovid_has_its_own_faults() -> None:
    assert of_rule("1 asthma[tiab]\n", "unknown-tag", "ovid")[0].message.startswith("[tiab]")
    assert of_rule("1 asthma.xyz.", "unknown-tag", "ovid")
    assert of_rule("1 ab$.ti.", "truncation", "ovid")
    assert not of_rule("1 lewy$ bod$.ti.", "truncation", "ovid")
    assert not of_rule('1 "asthma".ti. and care of.ti.', "stop-word", "ovid")
    assert of_rule("1 asthma", "untagged-term", "ovid")


def test_advice_fits_what_was_meant() -> None:
    (untagged,) = of_rule("malaria.ti,ab.", "untagged-term")
    assert "[tiab][" not in untagged.suggestion and ".ti,ab." not in untagged.suggestion
    (one, two) = of_rule("1 AND 2", "untagged-term")
    assert "as #1" in one.suggestion and "as #1" in two.suggestion
    (gap,) = of_rule("1. a[ti]\n2. b[ti]\n4. #1 AND #2", "read-differently")
    assert "line 3 is missing" in gap.message and "put the line back" in gap.suggestion
    (kind,) = of_rule("Randomised Controlled Trial[pt]", "unknown-heading")
    assert "look the type up" in kind.suggestion


def test_unknown_tags_do_not_hide_what_follows() -> None:
    text = "asthma[tiub] AND wheeze[tiob]\nNOT adults[tiab]"
    found = lint(text)
    assert [(f.rule, f.line, f.character) for f in found if f.rule == "unknown-tag"] == [
        ("unknown-tag", 1, 7),
        ("unknown-tag", 1, 24),
    ]
    assert [(f.line, f.character) for f in found if f.rule == "not-operator"] == [(2, 5)]


def test_findings_stand_in_the_order_of_the_text_and_each_once() -> None:
    found = lint("asthma or wheeze NOT adults[tiab] or asthma")
    assert [(f.line, f.character) for f in found] == sorted((f.line, f.character) for f in found)
    assert len(set(found)) == len(found)
    assert "lower-case-operator 2" in findings_text(found)


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(
    st.lists(
        st.sampled_from(
            ['"', "“", "(", ")", "[tiab]", "[mh]", "[zz]", " AND ", " or ", "NOT ", "#1", "#2. ",
             "\n", "asthma", "tumour*", "exp Asthma/", ".ti,ab.", ".q_.", "adj3", "*", "2001:[dp]",
             "\r\n", "\x00", "é", "limit 1 to english", "1 ", "// x\n"]
        ),
        max_size=14,
    ),
    st.sampled_from(["pubmed", "ovid"]),
)  # fmt: skip
def test_no_text_breaks_it(pieces: list[str], syntax: Syntax) -> None:
    text = "".join(pieces)
    n_lines = text.count("\n") + text.count("\r") + 1
    for finding in lint(text, syntax):
        assert 1 <= finding.line <= n_lines
        assert finding.character >= 1
        assert finding.message
