"""Lotsenbuch: finds the right door for each client a municipality counsels."""
