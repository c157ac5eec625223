"""The OpenAPI document of the HSDS API: what is served, no more and no less. Pure."""

from __future__ import annotations

from typing import Any, Final

from app.api.parameters import PARAMETERS, PARAMETERS_OF
from app.directory.hsds.attributes import Json

VERSION: Final = "3.1"
_SCHEMAS: Final = (
    "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/compiled/{}.json"
)
_TERM: Final = {
    "type": "object",
    "required": ["id", "name", "description"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "code": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "parent_id": {"type": "string", "format": "uuid"},
        "taxonomy": {"type": "string"},
        "taxonomy_id": {"type": "string", "format": "uuid"},
        "taxonomy_detail": {"$ref": "#/components/schemas/Taxonomy"},
        "language": {"type": "string"},
        "term_uri": {"type": "string", "format": "uri"},
    },
}
_TAXONOMY: Final = {
    "type": "object",
    "required": ["id", "name", "description"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "uri": {"type": "string", "format": "uri"},
        "version": {"type": "string"},
    },
}
_BASE: Final = {
    "type": "object",
    "required": ["version", "profile", "openapi_url"],
    "properties": {
        "version": {"type": "string"},
        "profile": {"type": "string", "format": "uri"},
        "openapi_url": {"type": "string", "format": "uri"},
    },
}
_PAGE_NUMBERS: Final = ("total_items", "total_pages", "page_number", "size")
_PAGE_MARKS: Final = ("first_page", "last_page", "empty")
_PAGE: Final = {
    "type": "object",
    "required": [*_PAGE_NUMBERS, *_PAGE_MARKS, "contents"],
    "properties": {
        **{name: {"type": "integer", "minimum": 0} for name in _PAGE_NUMBERS},
        **{name: {"type": "boolean"} for name in _PAGE_MARKS},
        "contents": {"type": "array"},
    },
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "parameter": {"type": "string"},
    },
}
_MINIMAL: Final = {
    "type": "object",
    "required": ["id", "modified_date"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "modified_date": {"type": "string", "format": "date-time"},
    },
}

_ENTRIES: Final[dict[str, tuple[str, list[Json]]]] = {
    "/services": (
        "services",
        [
            {"$ref": _SCHEMAS.format("service_list")},
            {"$ref": _SCHEMAS.format("service")},
            {"$ref": "#/components/schemas/MinimalService"},
        ],
    ),
    "/organizations": (
        "organisations",
        [
            {"$ref": _SCHEMAS.format("organization_list")},
            {"$ref": _SCHEMAS.format("organization")},
        ],
    ),
    "/service_at_locations": (
        "services at locations",
        [
            {"$ref": _SCHEMAS.format("service_at_location_list")},
            {"$ref": _SCHEMAS.format("service_at_location")},
        ],
    ),
    "/taxonomies": ("taxonomies", [{"$ref": "#/components/schemas/Taxonomy"}]),
    "/taxonomy_terms": ("taxonomy terms", [{"$ref": "#/components/schemas/TaxonomyTerm"}]),
}
_ITEMS: Final[dict[str, tuple[str, Json]]] = {
    "/services/{id}": ("service", {"$ref": _SCHEMAS.format("service")}),
    "/organizations/{id}": ("organisation", {"$ref": _SCHEMAS.format("organization")}),
    "/service_at_locations/{id}": (
        "service at a location",
        {"$ref": _SCHEMAS.format("service_at_location")},
    ),
    "/taxonomies/{id}": ("taxonomy", {"$ref": "#/components/schemas/Taxonomy"}),
    "/taxonomy_terms/{id}": ("taxonomy term", {"$ref": "#/components/schemas/TaxonomyTerm"}),
}


def build_document(address: str) -> Json:
    """The document; ``address`` is where the API is, without a slash at the end."""
    paths: Json = {
        "/": {"get": _operation("/", "About this API.", {"200": _json(_ref("Base"))})},
        "/openapi.json": {
            "get": _operation("/openapi.json", "This document.", {"200": _json({"type": "object"})})
        },
    }
    for path, (words, schemas) in _ENTRIES.items():
        paths[path] = {
            method: _operation(path, f"A page of {words}.", {"200": _page(schemas)}, method)
            for method in ("get", "post")
        }
    for path, (words, schema) in _ITEMS.items():
        answers = {"200": _json(schema), "404": _problem("There is none, or it is not public.")}
        if path in {"/services/{id}", "/organizations/{id}"}:
            answers["308"] = {"description": "It turned out to be another one, which is there."}
        operation = _operation(path, f"One {words} with everything that belongs to it.", answers)
        paths[path] = {"parameters": [_ID], "get": operation}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lotsenbuch: the public directory",
            "version": VERSION,
            "summary": "Language courses, counselling, clubs and other offers, as HSDS 3.1.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": address}],
        "paths": paths,
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


_ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def _schemas() -> Json:
    return {
        "Base": _BASE,
        "Page": _PAGE,
        "Taxonomy": _TAXONOMY,
        "TaxonomyTerm": _TERM,
        "MinimalService": _MINIMAL,
        "Problem": _PROBLEM,
    }


def _parameters() -> Json:
    return {
        parameter.name: {
            "name": parameter.name,
            "in": "query",
            "required": False,
            "description": parameter.description,
            "schema": {"type": "array", "items": parameter.schema}
            if parameter.is_list
            else parameter.schema,
        }
        for parameter in PARAMETERS.values()
    }


def _operation(path: str, summary: str, answers: Json, method: str = "get") -> Json:
    names = PARAMETERS_OF[path]
    words = path.strip("/").replace("/{id}", "_by_id").replace(".", "_") or "base"
    return {
        "operationId": f"{method}_{words}",
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        "responses": {
            **answers,
            "304": {"description": "Nothing has changed since."},
            "400": _problem("A parameter cannot be used."),
        },
    }


def _page(schemas: list[Json]) -> Json:
    items: Any = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    contents = {"properties": {"contents": {"type": "array", "items": items}}}
    answer = _json({"allOf": [_ref("Page")], **contents})
    answer["content"]["application/x-ndjson"] = {"schema": items}
    return answer


def _json(schema: Json) -> Json:
    return {"description": "What was asked for.", "content": {"application/json": {"schema": schema}}}


def _problem(description: str) -> Json:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": description, "content": content}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
