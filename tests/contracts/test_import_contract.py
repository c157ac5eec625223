"""The scripting interface of `lotsenbuch import directory`: exit codes, one line, five numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEADER = "uri,name,categories,plz,ort,strasse,nr,ortsteil,homepage"
GOOD = "u:1,Chor,Musik,04109,Leipzig,Lessingstrasse,7,Zentrum-West,"


def lotsenbuch(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LOTSENBUCH_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", "directory"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize("content", [None, b"", b"%PDF-1.7", b"uri,ort\n1,2\n"])
def test_a_file_that_cannot_be_used_exits_2_with_one_line(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_bytes(content)
    done = lotsenbuch(tmp_path, str(file), "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "list.csv" in done.stderr


def test_the_report_is_five_numbers_and_the_problems(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"{HEADER}\n{GOOD}\nu:2,,,,,,,,\n", encoding="utf-8")
    done = lotsenbuch(tmp_path, str(file), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "flagged": 0,
        "rejected": 1,
        "problems": [{"line": 3, "reason": "name: is missing"}],
    }


def test_strict_exits_1_and_a_good_file_0(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"{HEADER}\n{GOOD}\nu:2,,,,,,,,\n", encoding="utf-8")
    assert lotsenbuch(tmp_path, str(file), "--strict").returncode == 1
    file.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    done = lotsenbuch(tmp_path, str(file), "--strict", "--json")
    assert (done.returncode, json.loads(done.stdout)["created"]) == (0, 1)
