"""Speed, measured: ``python -m tests.benchmarks [NAME …]`` prints a table.

Each ``bench_NAME.py`` in this folder exposes ``rows() -> Iterable[BenchRow]``.
"""
