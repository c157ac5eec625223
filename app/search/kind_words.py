"""What kinds of offer have to do with words and topics.

The German words by which an offer of each kind is looked for are put into the index beside its own
text: words for finding, not labels: what stands on the screen is in `app.web.labels`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KIND_WORDS: Final[Mapping[str, str]] = {
    "language_course": "Sprachkurs Deutschkurs",
    "counselling": "Beratung Beratungsstelle Hilfe",
    "club": "Verein",
    "volunteer": "Ehrenamt Ehrenamtliche Freiwillige Patenschaft",
    "authority": "Behörde Amt",
    "work": "Arbeit Beruf Job",
    "education": "Bildung Schule",
    "childcare": "Kinderbetreuung Kita",
    "health": "Gesundheit",
    "housing": "Wohnen Wohnung",
    "meeting": "Treff Begegnung Café",
}

COURSE_WORDS: Final[Mapping[str, str]] = {
    "integration_general": "Integrationskurs Deutschkurs",
    "integration_literacy": "Alphabetisierungskurs Alphakurs Integrationskurs",
    "integration_second_script": "Zweitschriftkurs Zweitschriftlernende Integrationskurs",
    "integration_support": "Förderkurs Integrationskurs",
    "integration_intensive": "Intensivkurs Integrationskurs",
    "vocational_basic": "Berufssprachkurs BSK Deutschkurs Beruf",
    "vocational_special_a2": "Berufssprachkurs Spezialkurs",
    "vocational_special_b1": "Berufssprachkurs Spezialkurs",
    "vocational_subject": "Berufssprachkurs Fachkurs",
    "vocational_recognition": "Berufssprachkurs Anerkennung Berufsanerkennung",
    "vocational_job": "Berufssprachkurs Jobkurs Job-BSK",
    "orientation": "Erstorientierungskurs Orientierungskurs EOK",
    "state_german": "Deutschkurs Landesprogramm",
    "conversation": "Konversation Sprachcafé Konversationskurs Tandem sprechen üben",
    "other": "Sprachkurs",
}

LEVEL_WORDS: Final[Mapping[str, str]] = {
    "none": "Anfänger Anfängerkurs Einsteiger",
    "B1": "Fortgeschrittene",
    "B2": "Fortgeschrittene",
    "C1": "Fortgeschrittene",
}
"""By the level that a language course starts from."""

GROUP_WORDS: Final[Mapping[str, str]] = {
    "women": "Frauen Frau Mütter",
    "men": "Männer",
    "parents": "Eltern",
    "children": "Kinder",
    "youth": "Jugendliche Jugend",
    "seniors": "Senioren ältere",
    "families": "Familien Familie",
    "refugees": "Flüchtlinge Geflüchtete",
    "lgbt": "LSBTI queer",
}
"""By target group."""

SEX_GROUP: Final[Mapping[str, str]] = {"female": "women", "male": "men"}
"""An offer for one sex only addresses this group."""

CHILDCARE_WORDS: Final = "Kinderbetreuung"
"""For an offer during which children are looked after."""

CONCEPT_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sports": ("club",),
    "games": ("club", "meeting"),
    "culture": ("club", "meeting"),
    "crafts": ("club", "meeting"),
    "repair_cafe": ("meeting", "volunteer", "club"),
    "cooking": ("club", "meeting"),
    "nature": ("club", "meeting"),
    "german": ("language_course",),
    "tandem": ("language_course", "volunteer"),
    "interpreting": ("volunteer", "authority"),
    "computers": ("education",),
    "work": ("work",),
    "self_employment": ("work", "counselling"),
    "education": ("education",),
    "homework_help": ("education", "volunteer"),
    "university": ("education", "counselling"),
    "housing": ("housing", "counselling"),
    "health": ("health", "counselling"),
    "counselling": ("counselling", "authority"),
    "social_benefits": ("authority",),
    "accompaniment": ("volunteer",),
    "family": ("meeting", "childcare", "club", "counselling"),
    "childcare": ("childcare",),
    "women": ("meeting", "club"),
    "men": ("meeting", "club"),
    "social_contact": ("meeting", "club"),
    "volunteering": ("volunteer",),
    "administration": ("authority",),
}
"""By which kinds of offer a concept, and all below it, is served when it is what an offer is about."""
