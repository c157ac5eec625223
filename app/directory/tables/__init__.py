"""Club lists and other tables as they are found, read with a mapping of their columns."""
