"""Shares places exactly: an integer program solved by HiGHS, one aim after the other; pure."""

from __future__ import annotations
