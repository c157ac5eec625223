"""Volunteers and clients who suit each other: both sides choose, nobody is overloaded; pure."""

from __future__ import annotations
