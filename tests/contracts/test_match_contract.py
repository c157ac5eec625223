"""The scripting interface of `lotsenbuch match`: keys, codes, exit codes, one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from app.directory.codes import COURSE_KINDS, OFFER_KINDS
from app.matching.codes import CLARIFY_CODES, REASON_CODES, RULE_CODES
from app.operations.demo_directory import load_demo_directory
from app.operations.runtime import open_runtime
from app.settings import load_settings
from tests.conftest import TODAY

FULL = {
    "birth_date": "1992-04-18",
    "sex": "female",
    "languages": ["ar", "de"],
    "reads": ["ar"],
    "german_level": "A2",
    "german_level_evidence": "certificate",
    "goals": [{"area": "language", "target_level": "B1"}, {"area": "work"}],
    "interests": ["كرة القدم", "cooking"],
    "plz": "73730",
    "available": [{"weekday": day, "from": "08:00", "to": "18:00"} for day in range(1, 6)],
    "mobility": "transit",
    "max_distance_km": 20,
    "needs_childcare": True,
    "needs_step_free": False,
    "residence_status": "24",
    "entitlements": [],
}


def coded(codes: tuple[str, ...]) -> dict:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"enum": list(codes)}},
        },
    }


SCHEMA = {
    "type": "object",
    "required": ["matches"],
    "additionalProperties": False,
    "properties": {
        "matches": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["offer_id", "title", "kind", "score", "verdict", "reasons", "to_clarify"],
                "additionalProperties": False,
                "properties": {
                    "offer_id": {"type": "string"},
                    "title": {"type": "string"},
                    "kind": {"enum": list(OFFER_KINDS)},
                    "course_kind": {"enum": list(COURSE_KINDS)},
                    "score": {"type": "number", "minimum": 0, "maximum": 1},
                    "distance_km": {"type": "number", "minimum": 0},
                    "verdict": {"enum": ["suitable", "to_clarify"]},
                    "reasons": {**coded(REASON_CODES), "minItems": 1},
                    "to_clarify": coded(CLARIFY_CODES),
                },
            },
        },
        "excluded": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["offer_id", "title", "rules"],
                "properties": {
                    "rules": {"type": "array", "minItems": 1, "items": {"enum": list(RULE_CODES)}},
                    "details": {**coded(RULE_CODES), "minItems": 1},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo directory."""
    data = tmp_path_factory.mktemp("match")
    runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(data)}).with_today(TODAY))
    with runtime.database.write() as session:
        load_demo_directory(session, TODAY)
    runtime.database.dispose()
    return data


def match(
    folder: Path, tmp_path: Path, profile: object, *arguments: str
) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "profile.json"
    if isinstance(profile, bytes):
        file.write_bytes(profile)
    elif profile is not None:
        file.write_text(json.dumps(profile), encoding="utf-8")
    command = [sys.executable, "-c", "from app.cli import main; main()", "match"]
    return subprocess.run(
        [*command, "--profile", str(file), "--today", TODAY.isoformat(), *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"LOTSENBUCH_DATA_DIR": str(folder)},
        check=False,
    )


@pytest.mark.parametrize("profile", [{}, FULL])
def test_the_answer_has_the_promised_shape_and_names_every_offer(folder, tmp_path, profile):
    done = match(folder, tmp_path, profile, "--json", "--explain")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    ids = [entry["offer_id"] for entry in answer["matches"] + answer["excluded"]]
    assert len(ids) == len(set(ids)) > 200
    scores = [entry["score"] for entry in answer["matches"]]
    assert scores == sorted(scores, reverse=True)


def test_the_limit_holds_and_exclusions_come_only_when_asked_for(folder, tmp_path):
    answer = json.loads(match(folder, tmp_path, FULL, "--json", "--limit", "3").stdout)
    assert list(answer) == ["matches"]
    assert len(answer["matches"]) == 3


def test_the_suspension_excludes_and_names_the_way_round(folder, tmp_path):
    answer = json.loads(match(folder, tmp_path, FULL, "--json", "--explain").stdout)
    suspended = [e for e in answer["excluded"] if "admission_suspended" in e["rules"]]
    assert suspended
    for entry in suspended:
        detail = next(d for d in entry["details"] if d["code"] == "admission_suspended")
        assert detail["way_round"] == "self_paying"
    for held in ({"kind": "obligation", "issued_on": "2026-05-01"}, None):
        profile = {k: v for k, v in FULL.items() if k != "entitlements"}
        profile |= {} if held is None else {"entitlements": [held]}
        other = json.loads(match(folder, tmp_path, profile, "--json", "--explain").stdout)
        assert not [e for e in other["excluded"] if "admission_suspended" in e["rules"]]


def test_the_readable_list_is_in_german(folder, tmp_path):
    done = match(folder, tmp_path, {**FULL, "interests": ["Fußball", "Xyzzyx"]}, "--explain")
    assert done.returncode == 0
    assert "Einstieg A2 = Zertifikat" in done.stdout
    assert "Nicht passend:" in done.stdout
    assert "Unbekanntes Interesse: Xyzzyx" in done.stdout


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        (None, "profile.json"),
        (b"\x00\xff", "profile.json"),
        (b"", "profile.json"),
        ({"colour": "red"}, "colour"),
        ({"german_level": "B7"}, "german_level"),
        ({"latitude": 48.7}, "latitude"),
        ({"plz": "00001"}, "plz"),
        ({"available": [{"weekday": 1, "from": "12:00", "to": "11:00"}]}, "available"),
        (b'{"sex": "male", "sex": "female"}', "sex"),
    ],
)
def test_a_profile_that_cannot_be_used_exits_2_with_one_line(folder, tmp_path, profile, key):
    done = match(folder, tmp_path, profile, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert key in done.stderr
