"""One arm's numbers of a sentence as values, and what keeps a sentence from being read."""

from __future__ import annotations

import re
from dataclasses import replace

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import (
    ArmResult,
    Count,
    Value,
    complement_of,
    count_result,
    percent_result,
    summary_result,
)
from evidence.extraction.outcomes import OutcomeMatch
from evidence.extraction.sentence_clauses import Clause, Told
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.wording import Span, flatten

_OTHER_OUTCOME = re.compile(
    r"\bet al\b|\blost\b|\bwithdrew|\bwithdraw|\bdiscontinu|\bexclud|\bmissing\b|\brefus"
    r"|\bdropp?ed out"
    r"|\bmale\b"
    r"|\bfemale\b|\bprevious (?:trial|stud)|\bscreened\b|\bper \d|person-(?:year|week)"
    r"|\bsample size|\bassum(?:e|ing|ption)|\bpower (?:of|to)|\bprior to randomi|\binterrater"
    r"|\bbefore (?:the )?(?:treatment|intervention|surgery|operation|randomi)"
    r"|\bpredicted (?:rate|risk)",
    re.I,
)  # fmt: skip
_SHARE = re.compile(
    r"\brates?\b|\bincidence|\bproportions?\b|\bpercentages? of\b|\bprevalence|\bfrequenc"
    r"|\bpatients\b"
    r"|\bparticipants\b|\bsubjects\b|\bwomen\b|\bmen\b|\bchildren\b|\binfants\b|\bneonates\b"
    r"|\boccurr|\bdevelop|\bexperienc|\bdied\b|\bdeaths?\b|\bmortality|\bachiev|\brespon"
    r"|\brelaps|\brecover|\breport|\bcured?\b|\bsuccess|\bfail|\bcomplications?\b|\badverse\b"
    r"|\bobserved|\binfections?\b|\bevents?\b|\bhad\b|\bcommon|\bfrequent",
    re.I,
)  # fmt: skip
_NO_SHARE = re.compile(
    r"\bmeans?\b|\bmedian|\baverage|\bscores?\b|\blevels?\b|\breductions?\b|\bdecreas|\bincreas"
    r"|\bchang|\bimprov|\bloss\b|\bKaplan|\bactuarial|\bsurviv|\bestimated|\bcumulative"
    r"|\badjusted (?:rate|risk|prop)|\bpredicted|\bcoverage|\bfraction\b|\bsaturation|\badheren"
    r"|\bcomplian|\bvisits\b|\bof (?:all )?(?:the )?(?:time|days|visits|doses|sessions|eyes"
    r"|teeth|cycles|embryos|cells|lesions|sites|episodes|hours|implants|samples|observ|items|questions)|\bvolume"
    r"|\bconcentration|\bHbA1c|\benergy|\bintake|\brelative (?:risk|rate)? ?(?:reduc|incr|decr)"
    r"|\bcorrect\b|\barea\b|\bper cent of (?:the )?base",
    re.I,
)  # fmt: skip
_CHANGE = re.compile(
    r"\b(?:decreas|reduc|increas|improv|declin|drop|fell\b|fall\b|rose\b|rise\b|chang|gain|lost\b"
    r"|loss|differen(?:ce|t)|delta)\w*", re.I,
)  # fmt: skip
_DOWN = re.compile(r"\b(?:decreas|reduc|declin|drop|fell\b|fall|lower|loss|lost)\w*", re.I)
_NO_CHANGE_WORDS = re.compile(
    r"\b(?:no|without|not|any)\s+(?:\w+\s+){0,4}chang\w*"
    r"|(?<!relative )(?<!percent )(?<!percentage )\bdifferen(?:ce|ces|t|tly)\b", re.I,
)  # fmt: skip
_AMOUNT = re.compile(
    r"\b(?:by|decreased|increased|reduced|improved|reduction of|decrease of|increase of"
    r"|improvement of|declined|fell|rose|change of|loss of|difference of)"
    r"\s+(?:about |nearly |almost )?$", re.I,
)  # fmt: skip


def tells_another(text: str) -> bool:
    """Whether a sentence is of losses, of sex, of rates per time, or of plans and assumptions."""
    return _OTHER_OUTCOME.search(text) is not None


def is_clear(clause: Clause, told: Told, groups: tuple[Group, Group]) -> bool:
    """Whether numbers of this kind can be the outcome's: shares, or values that are no changes."""
    flat = flatten(clause.text)
    kind = groups[0].kind
    if kind == "count":
        return True
    base = clause.span.start
    if kind == "percent":
        rest = flat
        if told.match.span.end <= len(flat) and not told.doubt:
            rest = flat[: told.match.span.start] + flat[told.match.span.end :]
        said = _SHARE.search(f"{flat} {told.concept.text}") is not None
        return said and _NO_SHARE.search(rest) is None and not any(
            _AMOUNT.search(flat, 0, g.span.start - base) for g in groups
        )  # fmt: skip
    head = flat[: max(g.span.end for g in groups) - base]
    asked = _CHANGE.search(flatten(told.concept.text))
    found = _CHANGE.search(_NO_CHANGE_WORDS.sub(" ", head))
    if bool(asked) != bool(found):
        return False
    if not asked and any(_AMOUNT.search(flat, 0, g.span.start - base) for g in groups):
        return False
    if asked and re.match("chang", asked.group(), re.I) and _DOWN.search(head):
        return any((_centre(g) or 0) < 0 for g in groups)  # else the sign is in the words
    return True


def _centre(group: Group) -> float | None:
    if group.printed is None:
        return None
    quantiles = group.printed.quantiles
    return quantiles.median if quantiles else group.printed.mean


def arm_result(
    clause: Clause,
    arm: TrialArm,
    group: Group,
    match: OutcomeMatch,
    article_spread: str | None,
) -> ArmResult | None:
    """The values of one arm; None where they say nothing or contradict each other."""
    sentence = clause.sentence
    if group.reading is None:
        return None if match.complement else _summary(sentence, arm, group, article_spread)
    result: ArmResult | None
    result = _share(sentence, arm, group) if group.kind == "percent" else count_result(
        group.reading, sentence.span, None, arm
    )  # fmt: skip
    if result is not None and match.complement:
        return complement_of(result, match.term)
    return result


def _summary(
    sentence: ResultSentence, arm: TrialArm, group: Group, article_spread: str | None
) -> ArmResult | None:
    """Mean, SD and n of an arm; without a printed n the arm's size, which a person has to check."""
    printed = group.printed
    if printed is None:
        return None
    if printed.unnamed is not None and article_spread == "SD":
        printed = printed._replace(sd=printed.unnamed, unnamed=None)
    elif printed.unnamed is not None and article_spread == "SE":
        printed = printed._replace(se=printed.unnamed, unnamed=None)
    n = Count(group.n, sentence.span) if group.n else None
    assumed = n is None and arm.size is not None
    if assumed and arm.size is not None:
        n = Count(arm.size.count, Span(arm.size.start, arm.size.end))
    result = summary_result(printed, (sentence.span,), n)
    if "mean" not in result.values:
        return None
    if n is None or not assumed:
        return result
    words = f"size of the arm {arm.name}: the sentence does not say how many were analysed"
    values = result.values | {"n": Value(n.number, (n.span,), words)}
    return replace(result, values=values, flags=(*result.flags, f"n = {n.number} is the {words}"))


def _share(sentence: ResultSentence, arm: TrialArm, group: Group) -> ArmResult | None:
    """Events from a percentage, of the participants that it names or of all of the arm."""
    reading, size = group.reading, arm.size
    if reading is None or reading.percent is None:
        return None
    if reading.total is not None:
        total = Count(reading.total, sentence.span)
        return percent_result(reading.percent, reading.decimals, sentence.span, total)
    if size is None:
        return None
    total = Count(size.count, Span(size.start, size.end))
    result = percent_result(reading.percent, reading.decimals, sentence.span, total)
    if result is None:
        return None
    flag = (
        f"events are counted from {reading.percent:.{reading.decimals}f}% and the {size.count} "
        f"participants of {arm.name}: the sentence does not say how many were analysed"
    )
    return replace(result, flags=(*result.flags, flag))
