"""The words by which reports tell of the methods that RoB 2 asks about, as patterns."""

from __future__ import annotations

import re

_BLIND = r"(?:blind(?:ed|ly|ing)?|mask(?:ed|ing)?|unaware|(?:not|were|was) (?:aware|informed) of)"


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


RANDOMISED = _pattern(
    r"\brandomi[sz]ed\b|\brandomly (?:assigned|allocated|divided)\b|\brandomi[sz]ation\b"
)
SEQUENCE = _pattern(
    r"\bcomputer(?:i[sz]ed)?[- ](?:\w+[- ])?(?:generated|randomi[sz]\w+|program\w*|algorithm)\b"
    r"|\b(?:table|list) of random numbers?\b|\brandom[- ]numbers?\b"
    r"|\brandomi[sz]ation (?:list|sequence|schedule|code|table|scheme)s?\b"
    r"|\brandom (?:allocation )?sequence\b|\b(?:permuted|randomly permuted|random) blocks?\b"
    r"|\bblock(?:ed)? randomi[sz]\w+|\bin blocks of\b|\bminimi[sz]ation\b|\bcoin\b|\bdrawing lots\b"
    r"|\bdrawing of lots\b|\bstratified (?:block )?randomi[sz]ation\b"
    r"|\binteractive (?:voice|web)[- ]?(?:based )?response\b|\brandomi[sz]ed in blocks\b"
)
CONCEALED = _pattern(
    r"\b(?:sealed|opaque)[, ](?:\w+[, ]+){0,3}envelopes?\b|\bsequentially[- ]numbered\b"
    r"|\ballocation (?:was |were )?(?:fully |adequately )?conceal\w*|\bconcealment\b|\bconcealed\b"
    r"|\bcentral(?:i[sz]ed|ly)? (?:\w+ ){0,2}(?:randomi[sz]\w+|allocat\w+)"
    r"|\b(?:telephone|web|internet)[- ](?:based )?randomi[sz]\w+"
    r"|\binteractive (?:voice|web)[- ]?(?:based )?response\b"
    r"|\brandomi[sz]\w+ (?:\w+ ){0,4}by (?:telephone|an independent|a central|the (?:hospital )?"
    r"pharmacy)\b|\b(?:independent|hospital|central) pharmac(?:y|ist)\b"
)
PREDICTABLE = _pattern(
    r"\balternat(?:ely|e|ing|ion)\b|\bquasi-?randomi[sz]\w*|\bodd\b.{0,30}\beven\b"
    r"|\b(?:date of birth|birth date|day of (?:the week|admission)|(?:hospital|record|file|chart)"
    r" number|order of (?:admission|arrival|enrol\w+))\b"
)
ASSIGNS = _pattern(r"\b(?:allocat\w+|assign\w+|randomi[sz]\w+|group)\b")
DOUBLE_BLIND = _pattern(
    r"\b(?:double|triple|quadruple)[- ]+(?:blind|mask|dummy)\w*"
    r"|\b(?:participants?|patients?|subjects?|parents?)\b[^.;]{0,60}\b(?:and|nor|or)\b[^.;]{0,60}"
    r"\b(?:investigators?|staff|clinicians?|physicians?|personnel|researchers?|nurses?|caregivers?"
    rf")\b[^.;]{{0,60}}\b{_BLIND}"
)
OPEN = _pattern(
    r"\bopen[- ]label(?:led|ed)?\b|\bopen,? (?:\w+,? ){0,2}(?:randomi[sz]ed|trial|study)\b"
    r"|\b(?:un|non-?)(?:blind|mask)ed,? (?:\w+ ){0,2}(?:trial|study|design)\b"
    r"|\b(?:participants?|patients?|subjects?|staff|clinicians?)\b[^.;]{0,40}\bun(?:blind|mask)ed\b"
    r"|\bsingle[- ]+(?:blind|mask)\w*"
    r"|\b(?:observer|evaluator|assessor|rater|investigator)[- ](?:blind|mask)\w*"
)
ANY_BLINDING = _pattern(r"\b(?:double-|single-)?(?:blind|mask)(?:ed|ing)?\b|\bplacebo-controlled\b")
BLIND_ASSESSMENT = _pattern(
    r"\b(?:assessors?|evaluators?|raters?|readers?|observers?|examiners?|microscopists?"
    r"|radiologists?"
    r"|pathologists?|interviewers?|technicians?|laboratory (?:staff|personnel)|adjudicat\w+"
    r"|committee|statisticians?|assessments?|outcomes?|readings?|slides?|evaluations?|analys[ei]s)"
    r"\b[^.;]{0,60}(?<!double-)(?<!double )\b(?:blind(?:ed|ly)?|masked|unaware)\b"
    r"|\b(?:blind(?:ed|ly)?|masked)(?: to \w+(?: \w+)?,?| independent| outcomes?| the)? "
    r"(?:assess\w+|evaluat\w+|raters?|readers?|observers?|examin\w+|microscop\w+|adjudicat\w+"
    r"|interviewers?|outcome assess\w+)\b"
    r"|\b(?:observer|evaluator|assessor|rater|investigator|examiner)[- ](?:blind|mask)\w*"
)
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
NONE_LOST = _pattern(
    r"\b(?:no (?:\w+ ){0,2}(?:was|were|drop-?outs?|loss|losses|withdrawals?|attrition)|none of the)"
    r"[^.;]{0,40}(?:lost to follow-?up|follow-?up|occurred|dropped|withdrew)\b"
    r"|\ball (?:\d+ |the |of the )?(?:\w+ ){0,2}(?:participants?|patients?|subjects?|children|women"
    r"|volunteers?) completed (?:the |all )?(?:follow-?up|study|trial)\b"
    r"|\bno (?:\w+ ){0,1}(?:loss to follow-?up|missing data|drop-?outs)\b"
)
LOST = _pattern(
    r"\blost to follow-?up\b|\bloss(?:es)? to follow-?up\b|\bdrop(?:ped)?[- ]?outs?\b|\bwithdrew\b"
    r"|\bwithdrawals?\b|\bdid not complete\b|\battrition\b|\bdiscontinued\b|\bnot complet\w+"
)
REGISTERED = re.compile(
    r"\bNCT ?0\d{7}\b|\bISRCTN(?: \w+)? ?\d{5,8}\b|\bACTRN ?\d{8,14}p?\b|\bChiCTR[-\w]*\d{6,}\b"
    r"|\bUMIN[- ]?(?:CTR )?\d{5,}\b|\bEudraCT[^.;]{0,12}\d{4}-\d{6}-\d{2}\b|\bIRCT\d{8,}\w*\b"
    r"|\bCTRI/\d{4}/[\d/]+|\bNTR ?\d{3,5}\b|\bPACTR ?\d{10,}\b|\bDRKS ?\d{8}\b|\bKCT ?\d{7}\b"
    r"|\bRBR-\w{5,}\b|\bTCTR ?\d{8,}\b|\bSLCTR/\d{4}/\d+"
)
PLAN = _pattern(
    r"\b(?:study |trial )?protocol\b[^.;]{0,50}\b(?:published|available|described (?:previously"
    r"|elsewhere|in detail)|reported elsewhere|can be found|see|supporting information"
    r"|supplement\w*)"
    r"|\b(?:published|previously published|full|original) (?:study |trial )?protocol\b"
    r"|\bstatistical analysis plan\b|\bpre-?specified (?:\w+ )?(?:analysis )?plan\b"
    r"|\bprotocol for this (?:trial|study)\b"
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
