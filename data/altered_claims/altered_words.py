"""Words and patterns of claims that an alteration exchanges, takes away or puts in."""

from __future__ import annotations

import re

NUMERAL = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w]*\d|\w|,\d)")
INTERVAL_LEVEL = re.compile(r"\s*% ?(?:CI|confidence)")
# The last entries of each list make cases of the test part alone.
DIRECTIONS = (
    ("increased", "decreased"),
    ("increase", "decrease"),
    ("increases", "decreases"),
    ("higher", "lower"),
    ("greater", "smaller"),
    ("improved", "worsened"),
    ("improves", "worsens"),
    ("improvement", "deterioration"),
    ("reduced", "increased"),
    ("reduces", "increases"),
    ("reduce", "increase"),
    ("reduction", "increase"),
    ("reductions", "increases"),
    ("lower", "higher"),
    ("better", "worse"),
    ("more effective", "less effective"),
    ("longer", "shorter"),
    ("shorter", "longer"),
    ("superior", "inferior"),
    ("decreased", "increased"),
    ("decrease", "increase"),
    ("beneficial", "harmful"),
    ("fewer", "more"),
    ("faster", "slower"),
    ("enhanced", "impaired"),
    ("prevented", "promoted"),
    ("declined", "rose"),
    ("elevated", "lowered"),
    ("attenuated", "aggravated"),
    ("gain", "loss"),
)
N_DEVELOPMENT_DIRECTIONS = 23
SIGNIFICANCE = (
    (r"\bsignificantly(?= (?:higher|lower|greater|better|more|reduced|increased))", "not \\g<0>"),
    (r"\bno (?:statistically )?significant (?=differences?|effects?|changes?)", "a significant "),
    (r"\bdid not (?:significantly differ|differ significantly)", "differed significantly"),
    (r"\b(?:was|were) not (?:statistically )?(significantly? ?)", None),
    (r"\b(was|were) (?:statistically )?significant\b", "\\1 not significant"),
    (
        r"(?<!no )(?<!No )\bsignificant (?=(?:reduc|increas|improve|decreas|differen)\w+)",
        "insignificant ",
    ),
    (r"\b([pP]) ?< ?(?=0?\.0[15]\b|0?\.001\b)", "\\1 > "),
    (r"\bnot significantly\b", "significantly"),
    (r"\bsignificantly\b", "non-significantly"),
    (r"\b([pP]) ?> ?(?=0?\.05\b)", "\\1 < "),
)
N_DEVELOPMENT_SIGNIFICANCE = 8
CERTAINTY = (
    (r"\bmay be\b", "is"),
    (r"\bmay (?=[a-z]+)", "will "),
    (r"\bmight (?=[a-z]+)", "will "),
    (r"\bcould be\b", "is"),
    (r"\bcould (?=[a-z]+)", "does "),
    (r"\bsuggests? that\b", "proves that"),
    (r"\bsuggest(?=ed)ed that\b", "proved that"),
    (r"\b(?:was|were) associated with\b", "caused"),
    (r"\bis associated with\b", "causes"),
    (r"\bappears? to be\b", "is"),
    (r"\b(?:seems?|appears?) to (?=[a-z]+)", "does "),
    (r"\b(?:probably|possibly|potentially) ", ""),
    (r"\b(?:indicates?|indicated) that\b", "definitively proves that"),
    (r"\btend(?:ed|s) to\b", "clearly did"),
    (r"\ba trend toward(?:s)?\b", "a clear effect on"),
    (r"\bpotential\b", "proven"),
    (r"\bpromising\b", "established"),
)
N_DEVELOPMENT_CERTAINTY = 12
AUXILIARY = re.compile(
    r"\b(?P<a>was|were|is|are|can|has|have|had|may|will)\b(?! (?:not|no|never|similar|comparable"
    r"|neither|only|also no)\b)(?= [a-z])"
)
NEGATED = re.compile(
    r"\b(?P<a>was|were|is|are|does|did|do|can|could|has|have|had) not "
    r"(?!signif|differ|statist)(?=[a-z])|\b[Nn]o (?=(?:differences?|effects?|changes?|adverse"
    r"|improvements?|evidence|side|serious|deaths?|benefits?)\b)|\bdid not (?=differ\b)"
)
UNITS = (
    ("mg", "g"),
    ("g", "mg"),
    ("kg", "g"),
    ("mmHg", "kPa"),
    ("mm Hg", "kPa"),
    ("mg/dL", "g/dL"),
    ("mg/dl", "g/dl"),
    ("mmol/L", "µmol/L"),
    ("mmol/l", "µmol/l"),
    ("cm", "mm"),
    ("mm", "cm"),
    ("ml", "l"),
    ("minutes", "hours"),
    ("min", "hours"),
    ("hours", "minutes"),
    ("ng/mL", "mg/mL"),
    ("ng/ml", "mg/ml"),
    ("kg/m2", "kg"),
    ("μg", "mg"),
    ("µg", "mg"),
    ("points", "percentage points"),
    ("days", "hours"),
)
N_DEVELOPMENT_UNITS = 16
TIME = re.compile(
    r"\b(?P<p>at|after|for|over|within|during|by|a|of)(?P<g> (?:the )?)(?P<n>\d{1,3}|one|two|three"
    r"|four|five|six|eight|ten|twelve)(?P<s>[ -])"
    r"(?P<u>minutes?|hours?|days?|weeks?|months?|years?)\b"
)
TIME_UNITS = ("minute", "hour", "day", "week", "month", "year")
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "eight", "ten", "twelve")
VERSUS = re.compile(r"\b(?:vs\.?|versus|compared (?:with|to)|than|and)\b")
LISTED = re.compile(r"^ ?% in [^,;]{3,40} and |^ ?% and.*respectively|^ and.*respectively")
_THAN = r"(?:than|(?:as |when )?compared (?:with|to)|versus|vs\.?|relative to)"
_ARM = r"(?:the |a )?(?!(?:baseline|those|that|before|no)\b)[A-Za-z][^,;().\d]{2,45}?"
BOTH_ARMS = re.compile(
    rf"\b(?P<p>in|with|for|after|by) (?P<a>{_ARM}) {_THAN} (?:(?P=p) )?(?P<b>{_ARM})"
    r"(?=[.,;]| \(| (?:at|after|in|by|for)\b)"
)
SUBJECT_ARMS = re.compile(
    rf"^(?P<a>{_ARM}) (?:was|is|were|are|had|has|showed|resulted|led|provided|produced)\b"
    rf"[^,;()]{{3,60}} {_THAN} (?P<b>{_ARM})(?=[.,;]| \(| (?:at|after|in|by|for)\b)"
)
TELLS_DIRECTION = re.compile(
    r"\b(?:higher|lower|greater|better|worse|less|more|fewer|reduc\w+|increas\w+|decreas\w+|improv\w+"
    r"|superior|longer|shorter|smaller|faster)\b"
)
EQUAL = re.compile(r"\b(?:no|not|similar|comparable|equal\w*|same|nor|neither|as \w+ as)\b", re.I)
