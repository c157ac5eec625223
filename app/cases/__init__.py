"""Clients, their goals, and what is recorded about them."""
