"""Referrals: who was shown which door, and what came of it."""
