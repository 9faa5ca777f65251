"""The words that answer single signalling questions, beside the cues that several readers share."""

from __future__ import annotations

import re


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The guidance on 1.1: a random component was used in generating the sequence.
RANDOM_COMPONENT = _pattern(
    r"\bcomputer(?:i[sz]ed)?[- ](?:\w+[- ]){0,2}?"
    r"(?:generated|randomi[sz]\w+|program\w*|algorithm)\b"
    r"|\brandom(?:ly)?[- ](?:number|digit)s?\b|\brandom[- ]number[- ](?:table|generator|list)s?\b"
    r"|\b(?:tables?|lists?) of random numbers?\b|\bcoin[- ](?:toss|flip)\w*"
    r"|\b(?:toss\w*|flip\w*)(?: of)? (?:a |the )?coin\b"
    r"|\bdrawing (?:of )?lots\b"
    r"|\bminimi[sz]ation (?:method|algorithm|procedure|program|technique)\b"
    r"|\b(?:throw\w*|roll\w*) (?:of )?(?:a |the )?dice?\b|\bshuffl\w+ (?:\w+ ){0,3}envelopes\b"
)
RESTRICTED = _pattern(
    r"\b(?:permuted|random|randomly permuted|variable|fixed)[- ]blocks?\b|\bin blocks of\b"
    r"|\bblocked? randomi[sz]\w+|\bblock[- ]randomi[sz]\w+|\brandomi[sz]ed in blocks\b"
    r"|\bblock sizes? of\b"
)
# The guidance on 1.2: remote or central allocation, or envelopes numbered in sequence that are
# opaque and sealed; drug containers of identical appearance, numbered in sequence.
REMOTE = _pattern(
    r"\bcentral(?:i[sz]ed|ly)? (?:\w+[- ]){0,3}(?:randomi[sz]\w+|allocat\w+)"
    r"|\b(?:telephone|web|internet)[- ](?:based )?(?:\w+ ){0,2}randomi[sz]\w+"
    r"|\brandomi[sz]\w+ (?:\w+ ){0,4}by (?:telephone|a central|the (?:hospital )?pharmacy)\b"
    r"|\binteractive (?:voice|web)(?:[/ -]+(?:voice|web|based))* ?response\b"
    r"|\bsequentially[- ]numbered,? (?:\w+,? ){0,3}(?:containers?|bottles?|packs?|kits?|vials?)\b"
)
ENVELOPES = _pattern(r"\benvelopes?\b")
CONCEALMENT_STATED = _pattern(
    r"\b(?:allocation|assignment) (?:\w+ ){0,6}(?:was |were |is )(?:\w+ )?conceal\w*"
    r"|\bconcealed allocation\b"
    r"|\bconcealment of (?:the )?(?:\w+ )?(?:allocation|randomi[sz]ation)\b"
    r"|\ballocation concealment (?:was|is) (?:\w+ )?(?:ensured|achieved|maintained|guaranteed)"
)
NOT_CONCEALED = _pattern(
    r"\b(?:allocation|randomi[sz]ation|sequence|assignment)\b[^.;]{0,40}\b(?:was|were) not"
    r" (?:\w+ )?concealed\b|\bwithout (?:allocation )?concealment\b|\bno allocation concealment\b"
    r"|\ballocation concealment was not\b"
)
_GROUPS = r"(?:groups?|arms?|treatments?|participants|patients|children|women|subjects)"
BASELINE_BALANCED = _pattern(
    r"\bbaseline\b[^.;]{0,120}\b(?:similar|comparable|(?:well[- ])?balanced|did not differ"
    r"|no (?:\w+ ){0,3}differences?|not (?:\w+ )?different|not differ)\b"
    rf"|\b{_GROUPS}\b[^.;]{{0,60}}\b(?:similar|comparable|well[- ]balanced|well[- ]matched"
    r"|did not differ)\b[^.;]{0,80}\bbaseline\b"
    r"|\bno (?:\w+ ){0,3}differences?\b[^.;]{0,100}\bbaseline\b"
)
BASELINE_EXCEPT = _pattern(
    r"\b(?:except|apart from|but|however|although|though|while|whereas|other than|imbalance"
    r"|irrespective|regardless|adjust\w*|interacti\w+|(?:non-?)?completers|withdrawn"
    r"|follow-?ups?|time ?points?|over time|(?:from|than) baseline)\b"
)
COMPARES_GROUPS = _pattern(
    r"\b(?:groups?|arms?|between|across|balanced|treatments?|cohorts|intervention)\b"
)

_TAKING_PART = r"(?:participants?|patients?|subjects?|volunteers?|women|children|parents?|mothers)"
_CARING = (
    r"(?<!other )(?<!laboratory )(?:investigators?|staff|clinicians?|physicians?|personnel"
    r"|nurses?|caregivers?|doctors?|surgeons?|therapists?|care providers?|providers?|study workers)"
)
_BLINDED = (
    r"(?:(?<!un)(?<!un-)(?<!non-)blind(?:ed)?|(?<!un)(?<!un-)mask(?:ed)?|unaware"
    r"|not (?:aware|informed|told)|had no knowledge)"
)
# "Patients were treated by nurses who were blinded" tells of the nurses alone.
_BETWEEN = r"(?:(?!\b(?:who|whose|by|from)\b)[^.;:])"
_WERE_BLINDED = (
    rf"\b(?!')(?:,? who)?(?:{_BETWEEN}){{0,90}}?\b(?:were|was|are|be|remain|remained|kept)\b"
    rf"(?:{_BETWEEN}){{0,40}}?\b{_BLINDED}\b"
)
PARTICIPANTS_BLIND = _pattern(rf"\b{_TAKING_PART}{_WERE_BLINDED}")
CARERS_BLIND = _pattern(rf"\b{_CARING}{_WERE_BLINDED}")
DOUBLE = _pattern(r"\b(?:double|triple|quadruple)[- ]+(?:blind|mask)\w*")
# A design that is told of another, earlier trial.
OTHER_TRIAL = _pattern(
    r"\b(?:previous(?:ly)?|earlier|prior|published)\b,? (?:[\w-]+,? ){0,6}"
    r"(?:trials?|stud(?:y|ies))\b"
)
PLACEBO = _pattern(r"\bplacebo\b")
SINGLE = _pattern(
    r"\bsingle[- ]+(?:blind|mask)\w*|\b(?:observer|evaluator|assessor|rater|investigator|examiner)"
    r"[- ](?:blind|mask)\w*"
)
OPEN_TO_ALL = _pattern(
    r"\bopen[- ]label(?:led|ed)?\b|\b(?:un|non-?)(?:blind|mask)ed,? (?:\w+ ){0,2}"
    r"(?:trial|study|design)\b|\bopen,? (?:\w+,? ){0,2}(?:randomi[sz]ed|trial|study)\b"
)
# An open-label extension, run-in or drug says nothing of the randomised comparison.
OPEN_PART = _pattern(
    r"open[- ]label(?:led|ed)? (?:\w+ ){0,2}(?:extension|phase|period|run-in|lead-in|treatment "
    r"period|follow-up)|extension"
    r"|\b(?:after|continued?|thereafter|subsequent\w*)\b[^.;]{0,80}open[- ]label"
)
BLINDING_NOT_DONE = _pattern(
    r"\bnot (?:\w+ )?(?:possible|feasible) to (?:\w+ )?(?:blind|mask)\b"
    r"|\b(?:blinding|masking)\b(?![^.;]{0,30}\bassess)[^.;]{0,50}\b(?:was|were) (?:therefore )?"
    r"(?:not (?:\w+ )?(?:possible|feasible|done|performed|used|attempted|applied)|impossible)\b"
    rf"|\b{_TAKING_PART}\b[^.;]{{0,60}}\b(?:could not be|cannot be|were not) (?:blinded|masked)\b"
    rf"|\b{_TAKING_PART}\b[^.;]{{0,60}}\b(?:were|will be|are) un-?(?:blinded|masked) to\b"
)
NO_DEVIATIONS = _pattern(
    r"\b(?:no|without) (?:\w+ ){0,2}protocol (?:deviations?|violations?)\b"
    r"|\bthere were no (?:\w+ )?deviations from (?:the )?(?:study |trial )?protocol\b"
)

INTENTION_TO_TREAT = _pattern(r"\bintent(?:ion)?[- ]to[- ]treat\b|\b(?<![\w-])m?ITT\b")
MODIFIED = _pattern(r"\bmodified (?:\(?m?\)?)?(?:intent|ITT)|\bmITT\b")
ALL_ANALYSED = _pattern(
    r"\ball (?:of the )?(?:\w+ ){0,2}randomi[sz]ed (?:participants|patients|subjects|women"
    r"|children)\b[^.;]{0,40}\b(?:included|analy[sz]ed)\b[^.;]{0,40}\banalys"
    r"|\banaly[sz]ed (?:\w+ ){0,4}(?:according to|in|by) (?:the|their) (?:original(?:ly)? )?"
    r"(?:group|arm|treatment)s? (?:to which they were )?(?:randomly )?(?:assigned|allocated"
    r"|randomi[sz]ed)"
)
PER_PROTOCOL = _pattern(
    r"\b(?:per[- ]protocol|as[- ]treated|on[- ]treatment) (?:analys[ei]s|population|set|basis)\b"
)
ANALYSES = _pattern(r"\banaly[sz]\w*|\banalys[ei]s\b|\bpopulation\b|\bprinciple\b|\bbasis\b")

SENSITIVITY = _pattern(r"\bsensitivity analys[ei]s|\bimput\w+|\bworst[- ]case\b")
MISSING = _pattern(r"\bmissing\b|\blost to follow-?up\b|\bdrop-?outs?\b|\bimput\w+")
UNCHANGED = _pattern(
    r"\b(?:similar (?:results|findings|estimates)|did not (?:\w+ )?(?:change|alter|affect)"
    r"|unchanged|robust|consistent with|same (?:results|conclusions?|findings))\b"
)
ALL_FOLLOWED = _pattern(
    r"\bno (?:participants?|patients?|subjects?|one) (?:was|were|had been) lost to follow-?up\b"
    r"|\bno loss(?:es)? to follow-?up\b|\bthere (?:was|were) no missing (?:outcome )?data\b"
    r"|\ball (?:\d+ |the |of the )?(?:\w+ ){0,2}(?:participants?|patients?|subjects?|children"
    r"|women|volunteers?) completed (?:the |all )?(?:follow-?up|study|trial)\b"
)

VALIDATED = _pattern(r"\bvalidated\b|\bgold standard\b")
SAME_MEASUREMENT = _pattern(
    r"\b(?:assess\w+|measur\w+|follow-?ups?|evaluat\w+|monitor\w+|procedures|visits)\b[^.;]{0,60}"
    r"\b(?:identical|the same|in the same (?:way|manner))\b[^.;]{0,30}\b(?:both|all|two) "
    r"(?:\w+ )?(?:groups|arms)\b"
)
ASSESSORS_BLIND = _pattern(
    r"\b(?:assessors?|evaluators?|raters?|observers?|examiners?|microscopists?|radiologists?"
    r"|pathologists?|interviewers?|technicians?|laboratory (?:staff|personnel)|adjudicat\w+"
    r"|event committee|outcome assess\w+|endpoint committee|slides?|readings?|assessments?)\b"
    rf"[^.;]{{0,60}}?\b{_BLINDED}\b"
    r"|(?<!un)(?<!double-)(?<!double )\b(?:blind(?:ed|ly)?|masked)(?: to \w+(?: \w+)?,?"
    r"| independent| outcomes?| the)? (?:assess\w+|evaluat\w+|raters?|observers?|examin\w+"
    r"|microscop\w+|adjudicat\w+|interviewers?|outcome assess\w+)\b"
    r"|\b(?:observer|evaluator|assessor|rater|examiner)[- ](?:blind|mask)\w*"
)
ASSESSORS_AWARE = _pattern(
    r"\b(?:assessors?|evaluators?|raters?|examiners?|interviewers?|outcome assessments?)\b"
    r"[^.;]{0,50}\b(?:(?:was|were) (?:not|un)[ -]?(?:blind|mask)ed|could not be (?:blind|mask)ed"
    r"|(?:was|were) aware of (?:the )?(?:\w+ )?(?:treatment|allocation|assignment|group"
    r"|intervention))"
)

PLAN_BEFORE_DATA = _pattern(
    r"\b(?:analysis plan|statistical plan|SAP)\b[^.;]{0,80}\b(?:before|prior to)\b[^.;]{0,60}"
    r"\b(?:unblind\w*|unmask\w*|database|data ?-?lock\w*|lock\w*|analys[ei]s|data (?:were|was))\b"
    r"|\b(?:before|prior to)\b[^.;]{0,50}\b(?:unblind\w*|unmask\w*|database lock|data lock)"
    r"[^.;]{0,80}\b(?:analysis plan|statistical plan)\b"
)
PRESPECIFIED_PLAN = _pattern(
    r"\bpre-?(?:specified|defined|planned) (?:\w+ ){0,2}(?:analysis )?plan\b"
    r"|\b(?:published|pre-?specified|predefined) (?:statistical )?analysis plan\b"
    r"|\b(?:according to|in accordance with|followed|following) (?:the|a|our) (?:\w+ ){0,2}"
    r"(?:statistical )?analysis plan\b"
)
REGISTERED_LATE = _pattern(
    r"\bretrospectively registered\b"
    r"|\b(?:trial|study|protocol)\b[^.;]{0,40}\bregistered retrospectively\b"
)
# Progression and relapse are assessed, death is not.
COMPOSITE_SURVIVAL = _pattern(
    r"\b(?:progression|relapse|event|disease|recurrence)[- ]free\b|\bPFS\b"
)
