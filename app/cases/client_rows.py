"""A list of clients, row by row: which column holds what, and what a row says. Nothing is stored here.

Messages name the line and the column, never what stands in the cell: a column that slipped would put
names into logs. A cell that cannot be read makes its row unusable; nothing is dropped in silence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from babel import Locale
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.cases.records import ClientCreate
from app.core.i18n import gettext as _
from app.core.text import fold
from app.directory.tables.cells import CellError, parse_table_day
from app.directory.tables.table import Row, Table, UnreadableFileError

HEADER_WITHIN: Final = 10
"""A title may stand above the header, which is looked for among so many rows."""
MAX_CELL_CHARACTERS: Final = 2000
STATELESS: Final = "XX"
_NEEDED: Final = ("given_name", "family_name")
_PARTS: Final = re.compile(r"[,;|/\n]")
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d\s(])")
_ESCAPED: Final = re.compile(r"'(?=[=+\-@])")
_EVERYDAY_LANGUAGES: Final = {
    "kurmandschi": "kmr", "kurmanci": "kmr", "kurmanji": "kmr", "kurdisch": "kmr", "sorani": "ckb",
    "dari": "fa", "farsi": "fa", "dari/farsi": "fa", "persisch": "fa", "paschtu": "ps",
    "tigrinya": "ti", "tigrinisch": "ti",
}  # fmt: skip
_EVERYDAY_COUNTRIES: Final = {
    "staatenlos": STATELESS, "palastina": "PS", "turkei": "TR", "turkiye": "TR", "kongo": "CD",
    "usa": "US", "england": "GB", "mazedonien": "MK", "weissrussland": "BY",
}  # fmt: skip
"""Folded names that people use and the lists of languages and countries do not have."""
ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ClientMapping(BaseModel):
    """What the columns of a list of clients mean (a TOML file, see ``data/mappings/cases``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    """Names the list: the same key in another list is another client."""
    columns: dict[str, tuple[ColumnName, ...]]
    """Our field → the names that its column may have."""
    values: dict[str, dict[str, str]] = {}
    """Our field → word → code."""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A row that can be used."""

    line: int
    data: ClientCreate
    key: str
    """What tells the row from all others of the list, at every import."""
    household: str | None = None
    case_worker: str | None = None
    """E-mail of the account, folded."""
    accommodation: str | None = None
    """Its name, as written."""
    started_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be used."""

    line: int
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ClientList:
    """What a file holds."""

    source: str
    rows: tuple[ClientRow, ...]
    problems: tuple[RowProblem, ...]
    columns: Mapping[str, str]
    """Field → the name that its column has in the file."""
    unread_columns: tuple[str, ...]
    """Columns that no field of the mapping names."""


class _UnusableCellError(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def load_client_mapping(path: Path) -> ClientMapping:
    """The mapping in ``path``; raises `UnreadableFileError` with one line."""
    try:
        mapping = ClientMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UnreadableFileError(f"{path}: {error.strerror or 'cannot be read'}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UnreadableFileError(_("%(file)s is no TOML file", file=path)) from None
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise UnreadableFileError(
            _("%(file)s: “%(what)s” is not as it should be", file=path, what=where)
        ) from None
    if unknown := sorted({*mapping.columns, *mapping.values} - _FIELDS.keys()):
        names = ", ".join(unknown)
        raise UnreadableFileError(_("%(file)s: no such field: %(names)s", file=path, names=names))
    if not mapping.columns.keys() & set(_NEEDED):
        raise UnreadableFileError(_("%(file)s: no column of a name", file=path))
    return mapping


def read_client_list(table: Table, mapping: ClientMapping, today: date) -> ClientList:
    """The rows of ``table``; raises `UnreadableFileError` when it has no column of a name."""
    header, rows = _find_header(table, mapping)
    columns = _place_columns(header, mapping)
    named = {field: header[place] for field, place in columns.items()}
    reader = _RowReader(header, columns, mapping, today)
    found: list[ClientRow] = []
    problems: list[RowProblem] = []
    line_of_key: dict[str, int] = {}
    for row in rows:
        try:
            client = reader.read(row)
        except _UnusableCellError as problem:
            problems.append(RowProblem(row.line, named.get(problem.field), str(problem)))
            continue
        if client is None:
            continue
        first = line_of_key.setdefault(client.key, client.line)
        if first != client.line:
            reason = _("says the same key as line %(line)s", line=first)
            problems.append(RowProblem(row.line, None, reason))
            continue
        found.append(client)
    read = set(columns.values())
    unread = tuple(name for place, name in enumerate(header) if name and place not in read)
    return ClientList(mapping.source, tuple(found), tuple(problems), named, unread)


def _find_header(table: Table, mapping: ClientMapping) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The first row that names a column of a name, and what stands below it."""
    candidates = [(table.header, table.rows)]
    for number, row in enumerate(table.rows[:HEADER_WITHIN], start=1):
        candidates.append((tuple(cell.strip() for cell in row.cells), table.rows[number:]))
    for header, below in candidates:
        if _place_columns(header, mapping).keys() & set(_NEEDED):
            names = [fold(name) for name in header if name]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise UnreadableFileError(_("the column “%(name)s” is there twice", name=twice))
            return header, below
    wanted = ", ".join(name for field in _NEEDED for name in mapping.columns.get(field, ())[:1])
    raise UnreadableFileError(_("columns that are missing: %(columns)s", columns=wanted))


def _place_columns(header: tuple[str, ...], mapping: ClientMapping) -> dict[str, int]:
    places = {fold(name): place for place, name in reversed(list(enumerate(header))) if name}
    found: dict[str, int] = {}
    for field, names in mapping.columns.items():
        place = next((places[fold(name)] for name in names if fold(name) in places), None)
        if place is not None:
            found[field] = place
    return found


class _RowReader:
    def __init__(
        self, header: tuple[str, ...], columns: Mapping[str, int], mapping: ClientMapping, today: date
    ) -> None:
        self._header = [fold(name) for name in header]
        self._columns = columns
        self._today = today
        self._source = mapping.source
        self._words = {
            field: {fold(word): code for word, code in words.items()}
            for field, words in mapping.values.items()
        }

    def read(self, row: Row) -> ClientRow | None:
        """What the row says; `None`: nothing, or the header once more. Raises `_UnusableCellError`."""
        cells = [cell.strip() for cell in row.cells]
        if not any(cells) or [fold(cell) for cell in cells] == self._header:
            return None
        if any(cells[len(self._header) :]):
            raise _UnusableCellError("", _("has more cells than the header"))
        told = {
            field: _FIELDS[field](field, text, self._words.get(field, {}))
            for field, text in self._texts(cells)
        }
        own = {name: told.pop(name, None) for name in _OWN_FIELDS}
        started_on = own["counselling_started_on"]
        if started_on is not None and started_on > self._today:
            raise _UnusableCellError("counselling_started_on", _("This day still lies ahead."))
        return ClientRow(
            line=row.line,
            data=self._validated(told),
            key=f"key:{own['key']}" if own["key"] else "row:" + "\x1f".join(map(fold, cells)),
            household=own["household"],
            case_worker=own["case_worker"],
            accommodation=own["accommodation"],
            started_on=started_on,
        )

    def _texts(self, cells: list[str]) -> Iterator[tuple[str, str]]:
        """The fields with what their cells say; empty ones are unknown."""
        for field, place in self._columns.items():
            text = _ESCAPED.sub("", cells[place], count=1) if place < len(cells) else ""
            if not text:
                continue
            if len(text) > MAX_CELL_CHARACTERS:
                raise _UnusableCellError(field, _("is too long"))
            if _FORMULA.match(text):
                raise _UnusableCellError(field, _("looks like a formula"))
            yield field, text

    def _validated(self, told: dict[str, Any]) -> ClientCreate:
        try:
            return ClientCreate.model_validate(told, context={"today": self._today})
        except ValidationError as error:
            problem = error.errors()[0]
            field = str(problem["loc"][0]) if problem["loc"] else ""
            words = problem.get("ctx", {}).get("words")
            if problem["type"] == "string_too_long":
                words = _("is too long")
            raise _UnusableCellError(field, str(words or _("cannot be read like this"))) from None


Words = Mapping[str, str]


def _text(_field: str, text: str, _words: Words) -> str:
    return text


def _folded(_field: str, text: str, _words: Words) -> str:
    return fold(text)


def _day(field: str, text: str, _words: Words) -> date:
    try:
        return parse_table_day(text)
    except CellError:
        raise _UnusableCellError(field, _("is no day such as 01.02.2027")) from None


def _code(field: str, text: str, words: Words) -> str:
    code = words.get(fold(text))
    if code is None and text in words.values():
        return text
    if code is None:
        known = ", ".join(dict.fromkeys(words.values()))
        raise _UnusableCellError(
            field, _("this word is not known; it may mean: %(codes)s", codes=known)
        )
    return code


def _paragraph(field: str, text: str, words: Words) -> str:
    """A residence status, as "§ 25 Abs. 2 AufenthG", "25 II" or "25(2)"."""
    plain = fold(text).replace("aufenthg", "").replace("satz 1", "").replace("(1. alt.)", "").strip()
    if (code := words.get(plain)) is not None:
        return code
    short = re.sub(r"[\s§.]|abs(?:atz)?", "", plain)
    if (number := re.fullmatch(r"(\d+)\(?(\d[a-z]?)\)?", short)) and len(number[1]) == 2:
        return _code(field, f"{number[1]}({number[2]})", words)
    return _code(field, short if short in words.values() else text, words)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def _tags(field: str, text: str, words: Words) -> tuple[str, ...]:
    """BCP 47 tags; a word that stands for "" in the mapping says that there is none."""
    if words.get(fold(text)) == "":
        return ()
    return tuple(dict.fromkeys(_tag(field, part, words) for part in _parts(text)))


def _tag(field: str, text: str, words: Words) -> str:
    tag = words.get(fold(text)) or _language_names().get(fold(text))
    if not tag:
        raise _UnusableCellError(field, _("names a language that we do not know"))
    return tag


def _countries(field: str, text: str, words: Words) -> tuple[str, ...]:
    codes = []
    for part in _parts(text):
        code = words.get(fold(part)) or _country_names().get(fold(part))
        if not code:
            raise _UnusableCellError(field, _("names a country that we do not know"))
        codes.append(code)
    return tuple(dict.fromkeys(codes))


def _plz(field: str, text: str, _words: Words) -> str:
    """Spreadsheets take the zero off ``01067``."""
    plain = text.removeprefix("D-").removesuffix(".0").removesuffix(",0")
    if not re.fullmatch(r"[0-9]{4,5}", plain):
        raise _UnusableCellError(field, _("is no postal code"))
    return plain.zfill(5)


def _list(_field: str, text: str, _words: Words) -> tuple[str, ...]:
    return tuple(_parts(text))


_FIELDS: Final[dict[str, Callable[[str, str, Words], Any]]] = {
    "key": _folded,
    "household": _folded,
    **dict.fromkeys(("given_name", "family_name", "street", "house_number", "town", "phone"), _text),
    **dict.fromkeys(("email", "accommodation"), _text),
    **dict.fromkeys(
        ("birth_date", "german_level_on", "residence_status_expires_on", "counselling_started_on"), _day
    ),
    **dict.fromkeys(("sex", "german_level", "german_level_evidence"), _code),
    "residence_status": _paragraph,
    "nationalities": _countries,
    **dict.fromkeys(("languages", "reads"), _tags),
    "interpreting_language": _tag,
    "plz": _plz,
    "case_worker": _folded,
    "interests": _list,
}
"""Our fields, and how a cell of each is read."""
_OWN_FIELDS: Final = ("key", "household", "case_worker", "accommodation", "counselling_started_on")
"""What is not said of the person: it is dealt with here, not in the input of a client."""


@cache
def _language_names() -> dict[str, str]:
    """Folded German and English names, and tags → tag."""
    names: dict[str, str] = {}
    for locale in (Locale("en"), Locale("de")):
        for tag, name in locale.languages.items():
            if re.fullmatch("[a-z]{2,3}", str(tag)):
                names[fold(str(tag))] = str(tag)
                names[fold(str(name))] = str(tag)
    return names | _EVERYDAY_LANGUAGES


@cache
def _country_names() -> dict[str, str]:
    """Folded German and English names, and ISO codes → ISO code."""
    names: dict[str, str] = {}
    for locale in (Locale("en"), Locale("de")):
        for code, name in locale.territories.items():
            if re.fullmatch("[A-Z]{2}", str(code)):
                names[fold(str(code))] = str(code)
                names[fold(str(name))] = str(code)
    return names | _EVERYDAY_COUNTRIES
