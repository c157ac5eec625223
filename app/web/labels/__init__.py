"""Codes become words here, and nowhere else."""
