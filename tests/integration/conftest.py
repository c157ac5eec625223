"""What the tests with a real database share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.post_office import PostOffice, open_post_office


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server on this machine."""
    with open_post_office() as handler:
        yield handler
