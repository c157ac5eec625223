"""Providers, offers, places, interests: what there is to be found."""
