"""HSDS: the exchange format of the directory."""
