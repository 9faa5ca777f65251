"""How a trial was run: country, setting, years, follow-up, registration, funding, interests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.extraction.characteristic_places import COUNTRY, NATIONAL, country_named
from evidence.extraction.characteristic_text import (
    OWN_PARTS,
    Cue,
    StudyText,
    cue_in,
    of_another_study,
    value_of,
)
from evidence.extraction.time_points import time_points
from evidence.reading.sentences import LocatedSentence

_CONDUCT = re.compile(
    r"\b(?:recruit\w*|enrol\w*|conducted|performed|carried out|took place|undertaken|hospitals?"
    r"|clinics?|cent(?:er|re)s?|university|sites?|setting|located|region|district|province|area"
    r"|villages?|municipalit\w+|schools?|practices|participants|patients|ethic\w*)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"(?:\b(?:in|at|from|across|of|within|between|throughout)\b[^;:]{0,150}|[,(]\s?"
    r"|\bSetting:? .{0,150}|\band )(?:the )?$",
    re.IGNORECASE,
)
_MAKER = re.compile(
    r"\b(?:Inc|Ltd|GmbH|Corp\w*|Compan\w+|Co|AG|S\.?A|B\.?V|LLC|Pharma\w*|Laborator\w+|version"
    r"|software|manufactur\w*|Diagnostics|Healthcare|Medical Systems|Systems|Instruments|SPSS"
    r"|SAS|Stata|Sigma|Technolog\w+|Bio\w+|kits?|assay|supplied|purchased|provided by|analy[sz]ers?"
    r"|device|monitor|scanner|guidelines?|product of|donated)\b|[®™©]",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:statistic\w*|analy[sz]\w+|assum\w+|verif\w+|sample size|power|licen[sc]e\w*)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:Princ(?:e|ess) of|New South|outside(?: of)?(?: the)?|[Rr]egistry of) $")
_REGISTER = (" Clinical Trial", " and New Zealand Clinical")
_NO_COUNTRY = re.compile(r"^(?:Guinea pigs?|Georgia, (?:USA|US)|Chinese|Turkey meat|India ink)")
_SETTING = re.compile(
    r"\b(?P<v>(?:(?:urban|rural|tertiary|secondary|district|general|regional|university|teaching"
    r"|community|public|private|academic|referral|primary|maternity|military|veterans|outpatient"
    r"|inpatient|psychiatric|university-affiliated|tertiary-care|national|teaching|health|medical"
    r"|mental|antenatal|dental|family|day|specialist|pa?ediatric|surgical|neonatal|trauma"
    r"|cardiac|adult|mixed|oncology|memory|nurse-led|physiotherapy|sexual)[ -]){1,4}"
    r"(?:hospitals?|clinics?|health (?:cent(?:er|re)s?|facilit(?:y|ies)|posts?)|care"
    r"|practices?|cent(?:er|re)s?|wards?|schools?|villages?|communit(?:y|ies)|departments?)"
    r"(?: (?:hospitals?|clinics?|cent(?:er|re)s?|practices?|settings?|facilit(?:y|ies)))?"
    r"|intensive care units?|ICUs?|emergency (?:departments?|rooms?)|nursing homes?"
    r"|primary (?:and secondary )?schools?|elementary schools?|kindergartens?|workplaces?"
    r"|care homes?|day ?care cent(?:er|re)s?|hospices?|prisons?)\b(?! Trust)",
    re.IGNORECASE,
)
_RUN_IN = re.compile(
    r"\b(?:recruit\w*|enrol\w*|conducted|performed|carried out|took place|undertaken|setting"
    r"|attending|admitted|presenting|referred|selected|study sites?|invited|treated at"
    r"|participated)\b",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:(?:(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    r"|Dec)[a-z]*\.?(?: \d{1,2}(?:st|nd|rd|th)?)?|spring|summer|autumn|fall|winter),? (?:of )?)"
)
_YEARS = re.compile(
    rf"(?P<v>(?:{_MONTH}(?:(?:19[89]|20[0-4])\d )?|(?:19[89]|20[0-4])\d ?)"
    rf"(?:to|and|-|through|until|till) ?(?:the end of )?{_MONTH}?(?:19[89]|20[0-4])\d)\b",
    re.IGNORECASE,
)
_YEARS_OF = re.compile(
    r"\b(?:recruit\w*|enrol\w*|conducted|performed|carried out|took place|undertaken|admitted"
    r"|random\w*|included|study period|attending|screened|participa\w+|patients|between|from)\b",
    re.IGNORECASE,
)
_NOT_YEARS = re.compile(
    r"\b(?:searched|published|literature|guidelines?|surveys?|census|prevalence|increas\w+"
    r"|declin\w+|version|plan)\b",
    re.IGNORECASE,
)
_UNIT = r"(?:years?|yrs?|y|months?|mo|weeks?|days?|d|wk|hours?|h)"
_LONG = rf"(?:\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)[ -]?{_UNIT}\b"
_FOLLOW_UP = re.compile(
    rf"(?P<v>\bfollowed (?:\w+ )?up (?:for|over|until|at) (?:a (?:period|total|median|mean) of )?"
    rf"(?:at least |up to )?{_LONG}"
    rf"|\bfollow(?:ed)?[ -]up (?:for|of|periods? of|time of|duration of|was|period was|time was"
    rf"|duration was|at) (?:at least |up to |approximately )?{_LONG}"
    rf"|\b(?:median|mean|average|total) (?:duration of )?follow[ -]?up(?: period| time| duration)?"
    rf"(?: was| of|:)? (?:\w+ )?{_LONG}|\b{_LONG}(?:'s?)? (?:of )?(?:post-?\w+ )?follow[ -]?up\b"
    rf"|\bfollowed (?:\w+ )?for (?:a total of |up to |at least )?{_LONG})",
    re.IGNORECASE,
)
_REGISTRATION = re.compile(
    r"\b(?P<v>NCT[ -]?0\d{7}|ISRCTN[: -]{0,2}\d{8}|ACTRN[: -]{0,2}\d{14}|ChiCTR[-\w]{5,20}"
    r"|CTRI/\d{4}/\d{2,3}/\d{6}|EudraCT[^\d\n]{0,16}\d{4}-\d{6}-\d{2}|\d{4}-\d{6}-\d{2}(?=[^\d]"
    r"{0,3}EudraCT)|NTR[ -]?\d{3,5}|DRKS\d{8}|PACTR\d{10,18}|(?:JPRN-)?UMIN(?:-?CTR:? ?)?\d{9}"
    r"|IRCT\w{10,20}|JapicCTI-?\d{6}|KCT\d{7}|TCTR\d{11}|SLCTR/\d{4}/\d{3}|RBR-\w{5,7}"
    r"|NL\d{3,5}(?=[^\d]{1,3}\(?NTR)|CRIS[ -]KCT\d{7})(?!\d)"
)
_SUBJECT = (
    r"(?:this|the|our|present|current) (?:[\w-]+ ){0,3}(?:study|trial|work|research|project"
    r"|investigation|article|publication|paper|analysis|manuscript)(?: \([^()]{1,30}\))?"
)
_PAID = (
    r"(?:(?:financially|partly|partially|fully|jointly|generously|solely|kindly|primarily) )?"
    r"(?:funded|sponsored|supported|financed|financially supported)"
)
_FUNDING = re.compile(
    rf"\b(?:{_SUBJECT}|study) (?:was|were|is|has been|received) (?:[a-z]+ )?{_PAID}"
    r"(?: and \w+)?(?: in part| in whole)? (?:by|through|with|from) (?P<v>.{3,})"
    rf"|\b{_SUBJECT}[^.;]{{0,40}} (?:received|was made possible (?:by|through|with)) (?P<v2>[^.;]*"
    r"\b(?:funding|grants?|financial support)\b.{3,})"
    r"|\b(?:funding|financial support|grant support|funds)(?: [^.;]{0,40})? (?:was|were|is|has"
    r" been) (?:provided|received|obtained|supplied|granted|given) (?:by|from|through) "
    r"(?P<v3>.{3,})"
    r"|\b(?P<none>(?:received |had |there (?:was|is) )?no (?:specific |external |particular"
    r" |financial |commercial |other |outside |additional )*(?:funding|grants?|financial support"
    r"|sources? of funding)\b|(?:was|were) (?:not funded|unfunded))",
    re.IGNORECASE,
)
_FUNDED_BY = re.compile(
    r"^(?:funded|supported|sponsored|funding|financial support|grants?|source of funding"
    r"|funding sources?|supported in part)[ :]+(?:(?:was |is |were )?(?:provided |received )?"
    r"(?:in part )?(?:by|from|through) )?(?P<v>.{3,})"
    r"|\b(?:funded|supported|sponsored|financed)(?: in part)? (?:by|through|with) (?P<v2>.{3,})"
    r"|\b(?:grants?|funding|financial support) (?:[\w-]+ ){0,4}(?:by|from) (?P<v3>.{3,})",
    re.IGNORECASE,
)
_SUPPORT_HEADING = re.compile(r"fund|support\b|financ|sponsor|grant", re.IGNORECASE)
_FUND_TAIL = re.compile(
    r"(?:[,;]? (?:and|but|who|which|with) (?:the |these |its )?(?:funders?|sponsors?|funding"
    r"|had no|did not|have no|authors?|was|were)\b"
    r"|; ?(?:the )?(?:funders?|sponsors?|authors?)\b).*$"
    r"|(?: for)?[.\s]+$",
    re.IGNORECASE | re.DOTALL,
)
_PERSON = re.compile(
    r"\b(?:[A-Z]{2,3}|author|Dr\.?|Prof\w*) (?:was|is|were|are|has been|received)\b"
)
_ROLE = re.compile(
    r"\b(?P<v>(?:none of |neither )?(?:the )?(?:funders?|sponsors?"
    r"|funding (?:sources?|bod(?:y|ies)|agenc(?:y|ies)|organi[sz]ations?)"
    r"|study sponsors?|fund(?:ing)? providers?|companies|company|manufacturers?)"
    r"(?: of (?:the|this) \w+)? (?:had|have|has|played|did not have|was not involved"
    r"|were not involved|took) (?:no|any|in)?[^.;]{3,})",
    re.IGNORECASE,
)
_INTERESTS = re.compile(
    r"\b(?P<v>(?:declare|report|state|have|had|has|disclose)[a-z]* (?:that )?(?:they |he |she )?"
    r"(?:have |has )?no (?:[\w-]+ ){0,4}(?:competing|conflicts?|financial|potential)[^.;]{0,60}"
    r"|no (?:potential )?(?:competing|conflicts?)(?: of)? (?:[\w-]+ ){0,3}?"
    r"(?:interests?|declared|reported))",
    re.IGNORECASE,
)
LONGEST_VALUE = 300


def conduct_cues(study: StudyText) -> Iterator[Cue]:
    """Country, setting, years, follow-up, registration, funding and interests."""
    yield from _countries(study)
    yield from _settings(study)
    yield from _years(study)
    yield from _follow_up(study)
    yield from _registrations(study)
    yield from _funding(study)
    yield from _declared(study, "sponsor_role", _ROLE)
    yield from _declared(study, "competing_interests", _INTERESTS)


def _countries(study: StudyText) -> Iterator[Cue]:
    """The countries that the first part with any of them names, each once."""
    for part in OWN_PARTS[:3]:
        found: dict[str, Cue] = {}
        for sentence in study.parts[part]:
            if of_another_study(sentence):
                continue
            if part == "methods" and not _CONDUCT.search(sentence.text):
                continue
            if part == "methods" and _ELSEWHERE.search(sentence.text):
                continue
            for cue in _countries_in(sentence, in_methods=part == "methods"):
                found.setdefault(country_named(study.text(cue)), cue)
        if found:
            yield from found.values()
            return


def _countries_in(sentence: LocatedSentence, *, in_methods: bool) -> Iterator[Cue]:
    for m in COUNTRY.finditer(sentence.text):
        before = sentence.text[: m.start()]
        near = before[-110:] + sentence.text[m.end() : m.end() + 12]
        if _NAME.search(before) or sentence.text.startswith(_REGISTER, m.end()):
            continue
        if _MAKER.search(near) or _NO_COUNTRY.match(sentence.text, m.start()):
            continue
        bracketed = before.rfind("(") > before.rfind(")")
        if (
            in_methods
            and bracketed
            and not re.search(r"ospital|linic|niversit|entre", before[before.rfind("(") - 60 :])
        ):
            continue
        if _PLACED.search(before):
            yield cue_in("country", sentence, m.span())
    if not in_methods:
        for m in NATIONAL.finditer(sentence.text):
            yield cue_in("country", sentence, m.span("v"))


def _settings(study: StudyText) -> Iterator[Cue]:
    for part in OWN_PARTS[:3]:
        for sentence in study.parts[part]:
            labelled = re.search(r"setting", sentence.heading, re.IGNORECASE)
            if part != "title" and not (labelled or _RUN_IN.search(sentence.text)):
                continue
            m = None if of_another_study(sentence) else _SETTING.search(sentence.text)
            if m is not None:
                yield cue_in("setting", sentence, m.span("v"))
                return


def _years(study: StudyText) -> Iterator[Cue]:
    for part in ("abstract", "methods", "results"):
        for sentence in study.parts[part]:
            text = sentence.text
            m = _YEARS.search(text)
            if m and _YEARS_OF.search(text) and not _NOT_YEARS.search(text):
                yield cue_in("trial_years", sentence, m.span("v"))
                return


def _follow_up(study: StudyText) -> Iterator[Cue]:
    """The longest follow-up of the first part that gives one."""
    for part in OWN_PARTS[:3]:
        found = [
            cue_in("follow_up", sentence, m.span("v"))
            for sentence in study.parts[part]
            if not of_another_study(sentence)
            for m in _FOLLOW_UP.finditer(sentence.text)
        ]
        if found:
            yield max(found, key=lambda cue: (follow_up_days(study.text(cue)) or 0, -cue.start))
            return


def follow_up_days(value: str) -> float | None:
    """The longest time that a follow-up's wording names, in days."""
    return max((point.days for point in time_points(value) if point.days), default=None)


def _registrations(study: StudyText) -> Iterator[Cue]:
    """Numbers of the title, abstract and methods; else the only one of the article."""
    found: dict[str, Cue] = {}
    own = [s for part in (*OWN_PARTS[:3], "statements") for s in study.parts[part]]
    abstract = [s for s in study.everything if s.part == "abstract"]
    for sentence in (*own, *abstract):
        if not of_another_study(sentence):
            for m in _REGISTRATION.finditer(sentence.text):
                key = re.sub(r"[^A-Z0-9]", "", m["v"].upper())
                found.setdefault(key, cue_in("registration", sentence, m.span("v")))
    if not found:
        for sentence in study.everything:
            for m in _REGISTRATION.finditer(sentence.text):
                key = re.sub(r"[^A-Z0-9]", "", m["v"].upper())
                found.setdefault(key, cue_in("registration", sentence, m.span("v")))
        if len(found) > 1:
            return
    yield from found.values()


def _funding(study: StudyText) -> Iterator[Cue]:
    """Who paid, in a funding statement or where a sentence says so of this study."""
    for sentence in study.everything:
        m = _FUNDING.search(sentence.text)
        if m is None and _SUPPORT_HEADING.search(sentence.heading):
            m = None if _PERSON.search(sentence.text) else _FUNDED_BY.search(sentence.text)
        if m is None:
            continue
        start, end = value_of(m, "v", "v2", "v3", "none")
        end = start + len(_FUND_TAIL.sub("", sentence.text[start:end]))
        if 3 <= end - start <= LONGEST_VALUE:
            yield cue_in("funding", sentence, (start, end))
            return


def _declared(study: StudyText, field: str, pattern: re.Pattern[str]) -> Iterator[Cue]:
    for sentence in study.everything:
        m = pattern.search(sentence.text)
        if m is not None and m.end("v") - m.start("v") <= LONGEST_VALUE:
            yield cue_in(field, sentence, value_of(m))
            return
