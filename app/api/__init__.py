"""What other programs read: the HSDS API."""
