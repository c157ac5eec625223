"""German words by which an offer of each kind is looked for, put into the index beside its own text.

Words for finding, not labels: what stands on the screen is in `app.web.labels`.
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
    "meeting": "Treff Begegnung",
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
