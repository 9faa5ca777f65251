"""The words by which reports tell of the methods that RoB 2 asks about, as patterns."""

from __future__ import annotations

import re


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


RANDOMISED = _pattern(
    r"\brandomi[sz]ed\b|\brandomly (?:assigned|allocated|divided)\b|\brandomi[sz]ation\b"
)
PREDICTABLE = _pattern(
    r"\balternat(?:ely|e|ing|ion)\b|\bquasi-?randomi[sz]\w*|\bodd\b.{0,30}\beven\b"
    r"|\b(?:date of birth|birth date|day of (?:the week|admission)|(?:hospital|record|file|chart)"
    r" number|order of (?:admission|arrival|enrol\w+))\b"
)
ASSIGNS = _pattern(r"\b(?:allocat\w+|assign\w+|randomi[sz]\w+|group)\b")
# Blind to another reader's result is not blind to the treatment.
BLIND_TO_READER = _pattern(
    r"each other|(?:first|other|previous|initial) (?:\w+ )?(?:reading|reader|result)"
)
MAIN_OUTCOME = _pattern(
    r"\b(?:primary|main|principal) (?:\w+ )?(?:outcome|end ?-?point|efficacy|measure)"
)
OBJECTIVE = _pattern(
    r"\b(?:mortality|deaths?|survival|pcr|parasit\w+|genotyp\w+|serum|plasma|blood (?:glucose|level"
    r"|concentration)\w*|ha?emoglobin|hba1c|cholesterol|ldl|viral load|antibody|titres?|titers?"
    r"|cultures?|bone mineral density|bacteri\w+|laboratory|concentrations?|birth ?weight)\b"
)
SUBJECTIVE = _pattern(
    r"\b(?:pain|score|scale|questionnaire|quality of life|symptoms?|self-report\w*)\b"
)
_SHARE = r"(\d{1,3}(?:[.·]\d+)?)\s*%"
COMPLETED_SHARE = _pattern(
    rf"{_SHARE}\s*\)?,?(?:\s+[\w-]+){{0,6}}?\s+(?:complet\w+|were followed|(?:were )?retained)\b"
    rf"|\b(?:complet\w+|retention|follow-?up rates?)\b(?:(?!drop|lost|withdr"
    rf"|default)[^.;%]){{0,50}}?{_SHARE}"
    r"(?!\s*\)?,?(?:\s+[\w-]+){0,5}?\s+(?:lost to|dropped out|withdrew|did not complete"
    r"|discontinued)\b)"
)
COMPLETED_COUNT = _pattern(
    r"\b(\d+) (?:out )?of (?:the )?(\d+) (?:[\w-]+ ){0,5}completed (?:the )?(?:study|trial|follow)"
)
LOST_SHARE = _pattern(
    rf"{_SHARE}\s*\)?,?(?:\s+[\w-]+){{0,5}}?\s+(?:lost to|dropped out|withdrew|did not complete"
    r"|discontinued)\b"
)
FOLLOWED = _pattern(r"\b(?:follow-?ups?|study|trial|assessments?|visits?)\b")
PLANNED = _pattern(
    r"\b(?:sample size|power|assum\w+|anticipat\w+|expect\w+|allow\w* for|to account for"
    r"|to compensate|imput\w+|censored|defined as)\b"
)
REGISTERED = re.compile(
    r"\bNCT ?0\d{7}\b|\bISRCTN(?: \w+)? ?\d{5,8}\b|\bACTRN ?\d{8,14}p?\b|\bChiCTR[-\w]*\d{6,}\b"
    r"|\bUMIN[- ]?(?:CTR )?\d{5,}\b|\bEudraCT[^.;]{0,12}\d{4}-\d{6}-\d{2}\b|\bIRCT\d{8,}\w*\b"
    r"|\bCTRI/\d{4}/[\d/]+|\bNTR ?\d{3,5}\b|\bPACTR ?\d{10,}\b|\bDRKS ?\d{8}\b|\bKCT ?\d{7}\b"
    r"|\bRBR-\w{5,}\b|\bTCTR ?\d{8,}\b|\bSLCTR/\d{4}/\d+"
)
NEGATED_BEFORE = _pattern(
    r"\b(?:not|no|without|never|neither|cannot|lack of|absence of|(?:im|not )possible to|unable to"
    r"|difficult to|rather than|nor)\b[^.;,]{0,30}$"
)
NEGATED_AFTER = _pattern(
    r"^[^.;]{0,45}\b(?:(?:was|were|is) (?:therefore )?(?:not (?:\w+ )?(?:possible|feasible|done"
    r"|performed|used|attempted|applied|maintained|practical|implemented|conducted|employed"
    r"|concealed|blinded|masked)|impossible)|could not be)\b"
)
