"""Several server processes read while one writes: no error, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.operations.runtime import Runtime
from app.search.types import SearchQuery
from app.settings import Settings
from tests.integration.test_search_index import _apply, _record

READERS = 3
WRITES = 20
STABLE = 25

_READER = """
import json, sys
from pathlib import Path
from app.operations.runtime import open_runtime
from app.search.types import SearchQuery
from app.settings import load_settings

runtime = open_runtime(load_settings())
stop, stable = Path(sys.argv[1]), int(sys.argv[2])
asked = wrong = degraded = 0
newest = -1
print("ready", flush=True)
while True:
    is_last = stop.exists()
    answer = runtime.search_engine.search(SearchQuery("Dauerabend", limit=100))
    ids = {hit.offer_id for hit in answer.hits}
    wrong += answer.complete_total != stable or len(ids) != len(answer.hits)
    degraded += answer.degraded
    changing = runtime.search_engine.search(SearchQuery("Wechsel", limit=100))
    numbers = sorted(int(hit.title.split()[1]) for hit in changing.hits)
    wrong += len(numbers) > 1 or (numbers or [newest])[0] < newest
    newest = max(numbers, default=newest)
    asked += 2
    if is_last:
        break
print(json.dumps([asked, wrong, degraded, newest]), flush=True)
"""


def _start_reader(settings: Settings, stop: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _READER, str(stop), str(STABLE)],
        env={**os.environ, "LOTSENBUCH_DATA_DIR": str(settings.data_dir)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_several_processes_read_while_one_writes(
    settings: Settings, runtime: Runtime, tmp_path: Path
) -> None:
    _apply(runtime.database, *(_record(number, f"Dauerabend {number}") for number in range(STABLE)))
    runtime.search_engine.catch_up()
    stop = tmp_path / "stop"
    readers = [_start_reader(settings, stop) for _ in range(READERS)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(WRITES):
        _apply(runtime.database, _record(1000, f"Wechsel {number}"))
        runtime.search_engine.catch_up()
        if number == WRITES // 2:
            runtime.search_engine.rebuild()
    stop.touch()
    told = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS
    for asked, wrong, degraded, newest in told:
        assert asked >= 2
        assert (wrong, degraded, newest) == (0, 0, WRITES - 1)
    assert [hit.title for hit in runtime.search_engine.search(SearchQuery("Wechsel")).hits] == [
        f"Wechsel {WRITES - 1}"
    ]
