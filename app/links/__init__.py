"""Signed links: what lets a person without an account do one thing, until it expires or is revoked."""
