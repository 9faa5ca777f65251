"""The designs and kinds of publication that reports have, and the words that show each.

A title's cue decides by itself; a cue of the body counts in a sentence on the report's own aims or
methods.
"""

from __future__ import annotations

import re
from typing import Literal

Design = Literal[
    "randomised",
    "crossover",
    "cluster",
    "factorial",
    "non_randomised",
    "observational",
    "protocol",
    "pooled_analysis",
    "secondary_analysis",
    "review",
    "pharmacokinetic",
    "economic",
    "qualitative",
    "methods_report",
    "case_report",
    "commentary",
    "correction",
    "animal",
]

SECONDARY: frozenset[Design] = frozenset(
    (
        "protocol",
        "pooled_analysis",
        "secondary_analysis",
        "review",
        "methods_report",
        "case_report",
        "commentary",
        "correction",
    )
)
NOT_RANDOMISED: frozenset[Design] = frozenset(("non_randomised", "observational", "qualitative"))

_RANDOM = r"(?<!non)(?<!non-)(?<!not )(?<!quasi-)(?<!quasi )randomi[sz]"
# A report that is a guideline, not one on the use of guidelines.
_GUIDELINE = (
    r"(?:(?:an?|the|updated?|joint|national|international|european|american|canadian|british"
    r"|clinical|practice|evidence-based|consensus|management|treatment) )*guidelines?"
)
# Cues that decide in a title.
_TITLE_CUES: tuple[tuple[Design, str], ...] = (
    (
        "correction",
        r"^(?:correction|erratum|corrigendum|retraction|retracted|expression of concern)\b",
    ),
    ("commentary", r"^(?:comment(?:ary)?|reply|editorial|letter|authors?'? response)\b[:.]?"),
    (
        "protocol",
        r"\bprotocol (?:for|of)\b|\b(?:study|trial) protocol\b|: (?:a )?protocol\b"
        r"|\b(?:rationale|objectives?|background)\b[^.]{0,30}\b(?:and|,) (?:study |trial )?design\b"
        r"|\bdesign and (?:rationale|methods?|methodology|protocol|baseline)\b"
        r"|[:.(] ?(?:study|trial) design\b|\b(?:study|trial) design (?:and|of|for)\b"
        r"|\bstatistical analysis plan\b|\bdesign of (?:the|a|an)\b",
    ),
    (
        "pooled_analysis",
        r"\b(?:pooled|integrated|combined|individual (?:patient|participant) data) (?:\w+ ){0,2}"
        r"(?:analys[ei]s|data|meta-analysis)\b|\bmeta-?analys[ei]s\b|\bindividual patient data\b",
    ),
    (
        "review",
        r"\b(?:systematic|literature|narrative|scoping|critical|umbrella) review\b|: a review\b"
        rf"|^review of\b|^{_GUIDELINE} (?:for|on)\b|: {_GUIDELINE}$",
    ),
    (
        "secondary_analysis",
        r"\b(?:secondary|post[- ]?hoc|sub-?group|ancillary|exploratory|mediation|moderator"
        r"|retrospective|re-?) ?analys[ei]s\b|\b(?:sub-?study|ancillary study"
        r"|nested,? \w+,? study)\b"
        r"|\b(?:analysis|data|experience|lessons?) (?:\w+ ){0,2}from "
        rf"(?:a|an|the|two|three|\w+) (?:[\w-]+ ){{0,6}}(?:{_RANDOM}\w*|controlled)\b",
    ),
    (
        "economic",
        r"\bcost[- ](?:effectiveness|utility|benefit|minimi[sz]ation|consequence)|\beconomic eval",
    ),
    (
        "qualitative",
        r"\bqualitative\b|\bfocus groups?\b|\bprocess evaluation\b|\binterview study\b",
    ),
    ("case_report", r"\bcase (?:report|series)\b"),
    (
        "methods_report",
        r"^(?:\w+ ){0,4}(?:reliability|validity|validation) of\b|\bpsychometric\b"
        r"|\bbaseline (?:data|characteristics|findings|results)\b",
    ),
    ("pharmacokinetic", r"\b(?:pharmacokinetic|bioavailability|bioequivalence)"),
    (
        "observational",
        r"\b(?:cohort|case-control|cross-sectional|observational|registry|retrospective"
        r"|before-and-after|survey|epidemiolog\w+)\b",
    ),
    (
        "non_randomised",
        r"\bnon-?randomi[sz]|\bquasi-?(?:experiment|randomi)|\bsingle-arm\b|\buncontrolled\b"
        r"|\bnot randomi[sz]ed\b",
    ),
    (
        "animal",
        r"\b(?:in|of) (?:the )?(?:\w+ )?(?:rats?|mice|mouse|rabbits?|sheep|pigs?|piglets|dogs|cats"
        r"|horses|calves|cows|cattle|broilers|chickens|goats|lambs|monkeys)\b|\bin vitro\b"
        r"|\b(?:rat|mouse|murine|porcine|ovine|canine|animal) (?:\w+ )?(?:model|study)\b",
    ),
    ("cluster", r"\bcluster[- ](?:\w+[- ])?randomi[sz]|\b(?:group|community)-randomi[sz]"),
    ("crossover", r"\bcross-?over\b"),
    ("factorial", r"\bfactorial\b"),
    ("randomised", _RANDOM + r"|\brct\b"),
)
# Cues that decide in a sentence on the report's own aims and methods.
_BODY_CUES: tuple[tuple[Design, str], ...] = (
    (
        "protocol",
        r"\bwill (?:also )?be (?:\w+ ){0,2}(?:randomi[sz]ed|randomly|allocated|assigned|recruited"
        r"|enrolled|invited|included|conducted)\b|\bthis (?:paper|article|manuscript|protocol) "
        r"(?:describes|presents|outlines|reports) (?:the )?(?:\w+ ){0,5}(?:protocol|design"
        r"|rationale|methods)\b|\bprotocol (?:of|for) (?:a|an|this|the) (?:\w+ ){0,4}trial\b",
    ),
    (
        "pooled_analysis",
        r"\bindividual patient data\b|\bpooled data from\b|\bdata were pooled\b"
        r"|\bpooled analysis (?:of"
        r"|was)\b|\bintegrated analysis\b|\b(?:this|performed a"
        r"|conducted a) meta-?analysis\b|\b(?:data|results) (?:were |was )?(?:from|of) "
        rf"(?:two|three|four|five|six|seven|eight|nine|ten|\d+) (?:\w+ ){{0,4}}{_RANDOM}",
    ),
    (
        "review",
        r"\b(?:this (?:systematic )?review|(?:conducted|performed) a systematic review"
        r"|we reviewed the literature|databases were searched)\b",
    ),
    (
        "secondary_analysis",
        r"\b(?:secondary|post[- ]?hoc|retrospective|exploratory) analys[ei]s of (?:data|a|an|the|"
        rf"\w+ {_RANDOM})|\b(?:sub-?study|ancillary study|nested study) (?:of|within"
        rf"|in) (?:a|an|the)\b"
        r"|\b(?:we|study) (?:re-?)?(?:used"
        r"|analy[sz]ed) (?:the )?(?:\w+ )?data (?:\w+ )?(?:from|of) "
        rf"(?:a|an|the) (?:[\w-]+ ){{0,5}}(?:{_RANDOM}\w*|trial)\b",
    ),
    (
        "pharmacokinetic",
        r"\b(?:pharmacokinetics? (?:\w+ ){0,8}(?:evaluat|investigat|assess|stud|characteri)"
        r"|bioequivalence)",
    ),
    (
        "observational",
        r"\b(?:cohort|case-control|cross-sectional|observational|retrospective) (?:\w+ ){0,2}"
        r"(?:study|survey|analysis|design|review)\b",
    ),
    (
        "non_randomised",
        r"\bnon-?randomi[sz]ed\b|\bquasi-?(?:experiment|randomi)\w*|\bwithout randomi[sz]ation\b"
        r"|\bnot randomi[sz]ed\b|\bsingle-arm\b",
    ),
    ("animal", r"\b(?:sprague|wistar|balb|c57bl|new zealand white)\b"),
    ("cluster", r"\bcluster[- ](?:\w+[- ])?randomi[sz]|\b(?:group|community)-randomi[sz]"),
    ("crossover", r"\bcross(?:ed)?-?over\b"),
    ("factorial", r"\bfactorial\b"),
    (
        "randomised",
        rf"\b{_RANDOM}ed,? (?:[\w-]+,? ){{0,8}}(?:trial|study|design)\b"
        rf"|\b(?:were|was|been) (?:\w+ ){{0,3}}(?:{_RANDOM}ed|randomly)\b"
        r"|\brandomly (?:allocated|assigned|divided|received|selected to receive)\b"
        rf"|\b{_RANDOM}ed (?:\([^()]{{1,20}}\) )?(?:to|into|in a|between|in blocks)\b"
        rf"|\b{_RANDOM}ation (?:list|sequence|code|was|schedule)\b|\b\w+ {_RANDOM}ed,? "
        r"(?:double|single|open|placebo|controlled|parallel|cross)",
    ),
)
# Letters of which one stands wherever the cue does, in lower case: a quick first look.
BODY_LETTERS: dict[Design, tuple[str, ...]] = {
    "protocol": ("will", "protocol", "this paper", "this article", "this manuscript"),
    "pooled_analysis": ("individual patient", "pooled", "integrated", "meta", "randomi"),
    "review": ("review", "databases"),
    "secondary_analysis": ("analys", "analyz", "study", "data"),
    "pharmacokinetic": ("pharmacokinetic", "bioequivalence"),
    "observational": (
        "cohort",
        "case-control",
        "cross-sectional",
        "observational",
        "retrospective",
    ),
    "non_randomised": ("randomi", "quasi", "single-arm"),
    "animal": ("sprague", "wistar", "balb", "c57bl", "new zealand"),
    "cluster": ("randomi",),
    "crossover": ("over",),
    "factorial": ("factorial",),
    "randomised": ("random",),
}
TITLE_PATTERNS = tuple((d, re.compile(p, re.IGNORECASE)) for d, p in _TITLE_CUES)
BODY_PATTERNS = tuple((d, re.compile(p, re.IGNORECASE)) for d, p in _BODY_CUES)

# What a criterion may call a design.
DESIGN_NAMES: tuple[tuple[Design, str], ...] = (
    ("randomised", r"(?<!non-)(?<!non)(?<!quasi-)randomi[sz]|\brcts?\b"),
    ("crossover", r"cross-?over"),
    ("cluster", r"cluster"),
    ("factorial", r"factorial"),
    ("protocol", r"protocol"),
    ("pooled_analysis", r"pooled|integrated analys|meta-?analys"),
    ("secondary_analysis", r"secondary|post[- ]?hoc|sub-?group analys|ancillary|sub-?study"),
    ("review", r"\breviews?\b"),
    ("pharmacokinetic", r"pharmacokinetic"),
    ("economic", r"cost|economic"),
    ("qualitative", r"qualitative"),
    ("non_randomised", r"non-?randomi[sz]|quasi"),
    ("observational", r"observational|cohort|case-control|cross-sectional|retrospective"),
    ("case_report", r"case (?:report|series)"),
    ("commentary", r"comment|editorial|letter|reply"),
    ("correction", r"correct|errat|corrigend|retract"),
    ("animal", r"animal|in vitro|non-human"),
)
