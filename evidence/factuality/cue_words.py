"""Words that tell a direction, a negation, a significance or how sure a statement is."""

from __future__ import annotations

import re
from functools import lru_cache

_UP = (
    r"higher|highest|greater|greatest|more|most|increas\w*|rose|rise[ns]?|rising|rais\w+|longer|elevat\w+"
    r"|larger|exceed\w*|gain\w*|faster|earlier|enhanc\w+|prolong\w+|stronger|augment\w*|upregulat\w+"
    r"|promot\w+|accelerat\w+"
)
_DOWN = (
    r"lower\w*|lowest|less|least|fewer|decreas\w*|reduc\w+|shorter|shorten\w*|smaller|declin\w+|fell|fall"
    r"|falls|drop\w*|diminish\w*|slower|weaker|suppress\w+|inhibit\w*|prevent\w*|lessen\w*|loss|losses"
    r"|downregulat\w+|delay\w*|later|attenuat\w+"
)
_GOOD = (
    r"better|improv\w+|superior\w*|favou?r\w*|benefi\w+|helpful|ameliorat\w+|alleviat\w+|best"
    r"|success\w*"
)
_BAD = (
    r"worse\w*|inferior\w*|deteriorat\w+|impair\w+|poorer|harm\w*|aggravat\w+|detriment\w*"
    r"|worst|fail\w*"
)
_FAMILIES: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (family, value, re.compile(rf"(?:{words})$", re.IGNORECASE))
    for family, value, words in (
        ("amount", 1, _UP),
        ("amount", -1, _DOWN),
        ("worth", 1, _GOOD),
        ("worth", -1, _BAD),
    )
)
NEGATIVE = re.compile(r"(?:not?|never|neither|nor|without|none|cannot|nobody|n't)$", re.I)
SIGNIFICANT = re.compile(r"significan\w+$", re.I)
INSIGNIFICANT = re.compile(r"insignifican\w+$", re.I)
THAN = re.compile(r"(?:than|versus|vs|compared|relative|comparison)$", re.I)
HEDGE = re.compile(
    r"(?:may|might|could|suggest\w*|appear\w*|seem\w*|possibl[ey]|probabl[ey]|potential\w*|perhaps"
    r"|likely|tend\w*|trends?|promising|presumabl[ey]|indicat\w+|possibility|unclear|uncertain)$",
    re.I,
)
ASSERTED = re.compile(
    r"(?:prove[sdn]?|proof|definite\w*|definitive\w*|certain\w*|clearly|undoubtedly|established"
    r"|conclusive\w*|always|caus(?:e|es|ed|ing)|guarantee\w*|will|demonstrably|all)$",
    re.I,
)
ASSOCIATED = re.compile(r"(?:associat\w+|correlat\w+|link\w+|relat(?:ed|ion\w*))$", re.I)
CAUSED = re.compile(r"caus(?:e|es|ed|ing)$", re.I)
ABOVE = re.compile(r"(?:>|≥|above|exceed\w*)$")
BELOW = re.compile(r"(?:<|≤|below|under)$")


def is_cue(word: str) -> bool:
    """Whether a word tells a direction, a negation or certainty, which is checked here."""
    return (
        family(word) is not None
        or NEGATIVE.match(word) is not None
        or HEDGE.match(word) is not None
        or ASSERTED.match(word) is not None
        or INSIGNIFICANT.match(word) is not None
        or SIGNIFICANT.match(word) is not None
    )


@lru_cache(maxsize=65536)
def family(word: str) -> tuple[str, int] | None:
    """Amount or worth, and its sign; None for another word."""
    return next(((f, v) for f, v, pattern in _FAMILIES if pattern.match(word)), None)
