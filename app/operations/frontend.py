"""Copies the installed front-end files to where the application serves them.

Run at set-up as ``python -m app.operations.frontend``; the copies are not in the repository.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from app.settings import PROJECT_ROOT

_PACKAGES = PROJECT_ROOT / "node_modules"
_LEAFLET = _PACKAGES / "leaflet" / "dist"
_KERN = _PACKAGES / "@kern-ux" / "native" / "dist"
VENDOR = PROJECT_ROOT / "app" / "web" / "static" / "vendor"

FILES: dict[str, Path] = {
    "kern.min.css": _KERN / "kern.min.css",
    "htmx.min.js": _PACKAGES / "htmx.org" / "dist" / "htmx.min.js",
    "leaflet/leaflet.js": _LEAFLET / "leaflet.js",
    "leaflet/leaflet.css": _LEAFLET / "leaflet.css",
    **{
        f"fonts/FiraSans-{weight}.woff2": _KERN / "fonts" / "fira-sans" / f"FiraSans-{weight}.woff2"
        for weight in ("Regular", "Medium", "SemiBold", "Bold")
    },
}
"""Name below `VENDOR` → file of an installed package."""


def copy_files() -> int:
    """Copy all `FILES`; raises `FileNotFoundError` naming the first that is not installed."""
    for name, source in FILES.items():
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return len(FILES)


if __name__ == "__main__":
    try:
        copy_files()
    except FileNotFoundError as error:
        sys.exit(f"not installed: {error.filename}; run “make setup”")
