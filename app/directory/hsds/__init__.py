"""The directory's exchange format: organisations as the Human Services Data Specification 3.1 has them.

What HSDS has a place for stands there; everything else (levels, course kinds, topics, whom an offer is
for …) is an attribute whose ``link_type`` is ``lotsenbuch.`` and the name of the record's field. Times
are local times in Germany without an offset: weekly times keep their clock time all the year round.
"""

from app.directory.hsds.gathering import gather_organizations
from app.directory.hsds.reading import find_left_out, read_organization
from app.directory.hsds.writing import dump_organization, write_organization

__all__ = [
    "dump_organization",
    "find_left_out",
    "gather_organizations",
    "read_organization",
    "write_organization",
]
