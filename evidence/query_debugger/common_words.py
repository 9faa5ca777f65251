"""Words and headings that say nothing of a concept."""

from __future__ import annotations

from retrievers.boolean.mapping import STOPWORDS as PUBMED_STOPWORDS

# Words of every abstract: a search for them finds what it should and everything else.
_OF_REPORTS = """
abstract aim aims analysis assessed associated available background baseline clinical compared
conclusion conclusions controlled data day days design effect effective effectiveness effects
efficacy enrolled evaluate evaluated findings group groups high higher increase increased
interval low lower mean method methods month months objective objectives outcome outcomes
participants patient patients per placebo point primary purpose randomised randomized received
reduced result results risk secondary setting significant studies study subjects total treated
treatment trial trials versus vs week weeks where year years
"""
WORDS_OF_REPORTS = frozenset(_OF_REPORTS.split())

# MEDLINE's check tags: indexers give them to every record they fit, and texts rarely say them.
_CHECK_TAGS = """
Humans|Animals|Male|Female|Adult|Aged|Middle Aged|Young Adult|Adolescent|Child|Child, Preschool
Infant|Infant, Newborn|Pregnancy
"""
CHECK_TAGS = frozenset(_CHECK_TAGS.strip().replace("\n", "|").split("|"))

__all__ = ["CHECK_TAGS", "PUBMED_STOPWORDS", "WORDS_OF_REPORTS"]
