"""Figures for planning: nothing in them points to a person."""
