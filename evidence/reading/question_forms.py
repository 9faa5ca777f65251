"""Ways in which clinical questions are put in English, as patterns; titles of reviews too."""

from __future__ import annotations

import re

from evidence.reading.mentions import PEOPLE

AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|may|might|has|have|how|what|which)"
)
VERSUS = r"(?:compared (?:with|to)|in comparison (?:with|to)|versus|vs\.?|rather than|instead of)"
CHANGE = (
    r"(?:reduc|improv|increas|decreas|prevent|lower|affect|influenc|slow|alter|shorten"
    r"|prolong|delay"
    r"|alleviat|reliev|worsen|enhanc|minimi[sz]|modif|impair|accelerat|induc|diminish|rais|chang"
    r"|ameliorat|promot)"
)
CHANGES = rf"(?:{CHANGE}(?:e|es|s|y|ies)?)"
CHANGING = rf"(?:{CHANGE}y?ing)"
EFFECT = (
    r"(?:effects?|efficacy|effectiveness|impact|influence|benefits?|harms?|safety|risks?"
    r"|tolerability|adverse effects)"
)
LEADING = re.compile(
    rf"(?:in|among|amongst|for)\s+(?P<population>.+?),\s+(?P<rest>{AUXILIARY}\b.+)", re.IGNORECASE
)
# Conditions that name a population without a word for people: `in type 2 diabetes`.
CONDITION = re.compile(
    r"\b(?:\w*(?:itis|osis|asis|aemia|emia|oma|opathy|algia|plegia|trophy|pnoea|pnea|rrhoea|rrhea"
    r"|lepsy|phrenia|philia)|diseases?|syndromes?|disorders?|cancers?|diabetes|malaria|stroke"
    r"|failure|infections?|asthma|depression|hypertension|injur(?:y|ies)|fractures?|migraine"
    r"|epilepsy|dementia|autism|infarction|eczema|urticaria|fibrillation|ulcers?|influenza|hiv|aids"
    r"|copd|adhd|tuberculosis|pneumonia|sepsis|shock|incontinence|insomnia|constipation|pregnancy"
    r"|surgery)\b",
    re.IGNORECASE,
)
PEOPLE_SOON = re.compile(rf"(?:[\w/()'+-]+,?\s+){{0,5}}?{PEOPLE}\b", re.IGNORECASE)
WHEN = re.compile(r"\s+(?:when|while|during|if|before|because|since|as)\b.*$", re.IGNORECASE)
COMPARE = re.compile(
    r"how (?:do|does|did) (?P<i>.+?) compare(?:\s+(?:with|to) each other)?"
    r"(?:\s+(?:with|to|versus)\s+(?P<c>.+?))?(?:\s+(?:in|for|on|regarding"
    r"|in terms of)\s+(?P<o>.+))?",
    re.IGNORECASE,
)
BETTER = re.compile(
    r"(?:is|are|was|were) (?P<i>.+?) (?:(?:better|safer|worse|preferable|superior|inferior"
    r"|non-?inferior|equivalent|comparable|(?:more|less|as|equally) (?:clinically |cost[- ])?"
    r"(?:effective|efficacious|safe|good|beneficial|tolerable))(?:,? (?:and|or) [\w ]{1,25}?)?"
    rf" (?:than|to|as|with)|{VERSUS}) (?P<tail>.+)",
    re.IGNORECASE,
)
DOES = re.compile(
    rf"(?:does|do|did|can|could|will|would|may|might) (?P<i>.+?) (?:also |significantly |really )?"
    # `the function changes after surgery` names no outcome that an intervention changes.
    rf"{CHANGES} (?!(?:after|in|with|over|between|during|when|if|before|following|to|from"
    rf"|as|by)\b)"
    r"(?P<tail>.+)",
    re.IGNORECASE,
)
WHAT = re.compile(
    rf"what (?:is|are|was|were) the (?:\w+ )?{EFFECT}(?:(?:, | and "
    rf"|, and )(?:\w+ )?{EFFECT})* of "
    r"(?P<tail>.+)",
    re.IGNORECASE,
)
SHOULD = re.compile(
    r"should (?P<p>.+?) be (?:treated with|offered|given|prescribed|managed with) (?P<tail>.+)",
    re.IGNORECASE,
)
EFFECTIVE = re.compile(
    r"(?:is|are|was|were) (?P<i>.+?) (?:an? )?(?:safe and )?(?:effective|efficacious|beneficial)"
    r"(?: and safe)?(?: treatments?| therapy)? (?P<tail>(?:in|for|at|among) .+)",
    re.IGNORECASE,
)
RECEIVE = re.compile(
    r"should (?P<p>.+?) (?:receive|take|use|undergo|get) (?P<tail>.+)", re.IGNORECASE
)
HELPS = re.compile(
    r"(?:does|do|did|can|could|will|would|may|might) (?P<i>.+?) (?:help|benefit|work)s?"
    r" (?:(?:for|in|among) )?(?P<p>.+)",
    re.IGNORECASE,
)
USEFUL = re.compile(
    r"(?:(?:is|are|was|were) (?P<i>.+?) (?:an? )?(?:useful|helpful|needed|necessary|indicated"
    r"|recommended|warranted|appropriate|worthwhile|safe|of (?:benefit|value|use))"
    r"(?: (?:treatments?|therapy|options?|interventions?))?"
    r"|how (?:effective|efficacious|safe|useful|beneficial)(?: and \w+)? (?:is|are) (?P<how>.+?)"
    r"|what (?:is|are) the (?:role|place|use|value)s? of (?P<role>.+?)) (?P<tail>(?:in|for|among)"
    r" .+)",
    re.IGNORECASE,
)
WHICH_BETTER = re.compile(
    r"(?:which|what) (?:is|are) (?:better|safer|more effective|preferable) (?:in|for|among)"
    r" (?P<p>.+?)[,:] (?P<i>.+?) or (?P<c>.+)",
    re.IGNORECASE,
)
BEST = re.compile(
    r"what (?:is|are) the (?:best|most effective|safest|preferred|optimal) (?:treatments?|therap\w+"
    r"|management|interventions?|drugs?|options?) (?:in|for|of|among) (?P<p>.+)",
    re.IGNORECASE,
)
TESTED = re.compile(
    r"(?:what|which) (?P<i>(?!(?:is|are|was|were)\b).+?) (?:have|has) been (?:tested|used|evaluated"
    r"|studied|tried|developed|applied|proposed|investigated) (?:to|for|in) "
    rf"(?:{CHANGES}|{CHANGING}) (?P<tail>.+)",
    re.IGNORECASE,
)
OF_PEOPLE = re.compile(rf"(?P<o>.+?) of (?P<p>(?:[\w-]+ ){{0,3}}{PEOPLE}\b.*)", re.IGNORECASE)
SECOND_QUESTION = re.compile(
    rf",? (?:and|or) (?:if so,? )?(?:{AUXILIARY}|with (?:which|what))\b.*$", re.IGNORECASE
)
# Titles of reviews: `Effects of A versus B on O in P`, `A for treating P`.
EFFECTS_TITLE = re.compile(
    rf"(?:the )?(?:(?!{AUXILIARY}\b)\w+ )?{EFFECT}(?:(?:, | and |, and )(?:\w+ )?{EFFECT})* of "
    r"(?P<tail>.+)",
    re.IGNORECASE,
)
COMPARISON_TITLE = re.compile(
    rf"(?:an? )?comparison (?:of|between) (?P<i>.+?) (?:and|with|to|{VERSUS}) (?P<tail>.+)",
    re.IGNORECASE,
)
TREATING_TITLE = re.compile(
    rf"(?P<i>(?!{AUXILIARY}\b)[^:?]{{3,80}}?) (?:for|in) (?:treating|(?:the )?(?:treatment"
    r"|management|therapy) of) (?P<p>[^:?]+)",
    re.IGNORECASE,
)
SUBTITLE = re.compile(
    r"\s*[:.–—-]\s+(?:an? )?(?:updated? )?(?:cochrane |rapid |living |scoping |network )?"
    r"(?:systematic|meta-?analy|review|randomi[sz]ed|protocol)\w*\b.*$",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"(?P<i>(?!{AUXILIARY}\b)[^,:?]{{3,80}}?) {VERSUS} (?P<tail>[^:?]+)", re.IGNORECASE
)
