"""Append-only record of who read or changed what."""

import app.audit.linking  # noqa: F401  whoever writes an entry, it is linked to the one before
