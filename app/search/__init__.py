"""Finds offers by words: the only user of Whoosh."""
