"""Prints the table of all benchmarks, or of those named on the command line."""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks.measuring import BenchRow, table_lines

FOLDER = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run them; 2 when a name is unknown, otherwise 0 (goals are told, machines differ)."""
    known = sorted(file.stem.removeprefix("bench_") for file in FOLDER.glob("bench_*.py"))
    if unknown := sorted(set(names) - set(known)):
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}; medians")
    missed: list[str] = []
    for line in table_lines(_rows(names or known, missed)):
        print(line, flush=True)
    print("all goals met" if not missed else f"missed: {'; '.join(missed)}")
    return 0


def _rows(names: list[str], missed: list[str]) -> Iterator[BenchRow]:
    for name in names:
        for row in importlib.import_module(f"tests.benchmarks.bench_{name}").rows():
            if row.is_met is False:
                missed.append(row.name)
            yield row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
