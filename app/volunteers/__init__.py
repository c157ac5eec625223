"""Those who help: they register by themselves, are looked at, and keep their own page."""
