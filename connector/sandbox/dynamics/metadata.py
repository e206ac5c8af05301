"""``EntityDefinitions``: tables, their attributes, and the casts by which option sets and date behaviours are read.

"Query table definitions using the Web API". A cast to EnumAttributeMetadata is not possible; derived properties
(DateTimeBehavior, Targets, Precision …) are unknown to the base type.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connector.sandbox.dynamics.definitions import (
    NAMESPACE,
    Definition,
    attribute_definition,
    metadata_id,
    table_definition,
)
from connector.sandbox.dynamics.metadata_query import expansions, query, shaped
from connector.sandbox.dynamics.query import Options, definition_options
from connector.sandbox.dynamics.refusals import bad_key, no_such_attribute, unknown_segment, unknown_table, wrong_method
from connector.sandbox.dynamics.schema import Attribute, Table
from connector.sandbox.dynamics.tables import TABLES
from connector.sandbox.exchange import Answer, Request, json_answer

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_JSON = "application/json; odata.metadata=minimal"
_KEY = r"\((?:LogicalName='(?P<{0}>[^']*)'|(?P<{0}_id>[0-9a-fA-F-]{{36}}))\)"
_ADDRESS = re.compile(
    "EntityDefinitions(?:" + _KEY.format("table") + r"(?:/(?P<part>\w+)(?:" + _KEY.format("attribute") + r")?"
    r"(?:/(?P<cast>[\w.]+))?)?)?/?\Z"
)
_DERIVED = frozenset(
    {
        "MaxLength", "Format", "DateTimeBehavior", "ImeMode", "Precision", "PrecisionSource", "IsBaseCurrency",
        "CalculationOf", "MinValue", "MaxValue", "Targets", "DefaultValue", "DefaultFormValue", "OptionSet",
        "GlobalOptionSet",
    }
)  # fmt: skip


def answer(organization: Organization, request: Request, root: str, rest: str) -> Answer:
    """A GET below ``EntityDefinitions``."""
    if request.method != "GET":
        raise wrong_method(request.method)
    match = _ADDRESS.match(rest)
    if match is None and re.fullmatch(r"EntityDefinitions\([^()]*\)", rest):
        raise bad_key()
    if match is None:
        raise unknown_segment(rest.rsplit("/", maxsplit=1)[-1])
    asked = definition_options(request.query)
    if match["table"] is None and match["table_id"] is None:
        value: Any = {"value": _tables(organization, asked)}
        return _told(root, "EntityDefinitions", asked, value)
    table = _table(organization, match)
    if match["part"] is None:
        return _told(root, "EntityDefinitions", asked, _one(organization, table, asked), suffix="/$entity")
    if match["part"] != "Attributes":
        return _told(root, f"EntityDefinitions('{table.name}')/{match['part']}", asked, _other(match["part"]))
    where = f"EntityDefinitions('{table.name}')/Attributes" + (f"/{match['cast']}" if match["cast"] else "")
    return _told(root, where, asked, _attributes(organization, table, match, asked))


def _told(root: str, where: str, asked: Options, value: Definition, *, suffix: str = "") -> Answer:
    names = f"({','.join(asked.select)})" if asked.select else ""
    context = f"{root}/$metadata#{where}{names}{suffix}"
    return json_answer({"@odata.context": context, **value}, content_type=_JSON)


def _table(organization: Organization, match: re.Match[str]) -> Table:
    for table in organization.tables.values():
        if table.name == match["table"] or (match["table_id"] or "").lower() == metadata_id(table.name):
            return table
    raise unknown_table(match["table"] or match["table_id"])


def _table_properties() -> frozenset[str]:
    return frozenset({*table_definition(TABLES["lead"], tracked=True), "Attributes"})


def _tables(organization: Organization, asked: Options) -> list[Definition]:
    known = _table_properties()
    definitions = [_whole(organization, table, asked) for table in organization.tables.values()]
    return query(definitions, asked, known, "EntityMetadata")


def _one(organization: Organization, table: Table, asked: Options) -> Definition:
    return shaped(_whole(organization, table, asked), asked, _table_properties(), "EntityMetadata")


def _whole(organization: Organization, table: Table, asked: Options) -> Definition:
    """A table's definition, with its attributes where they are asked for."""
    definition = table_definition(table, tracked=organization.tracked(table))
    for name, inner in expansions(asked.expand):
        if name == "Attributes":
            own = definition_options("&".join(part for part in inner.split(";") if part))
            found = _defined(organization, table)
            definition["Attributes"] = query(found, own, _base_properties(), "AttributeMetadata")
    return definition


def _visible(organization: Organization, table: Table) -> list[Attribute]:
    hidden = organization.hidden(table)
    return [item for item in table.attributes if item.name not in hidden and item.of not in hidden]


def _defined(organization: Organization, table: Table) -> list[Definition]:
    """The definitions of what is visible; whether a column is secured is the organization's own setting."""
    secured = organization.secured(table)
    return [
        {**attribute_definition(table, item), "IsSecured": item.name in secured}
        for item in _visible(organization, table)
    ]


def _base_properties() -> frozenset[str]:
    lead = TABLES["lead"]
    return frozenset(attribute_definition(lead, lead.attributes[0])) - _DERIVED


def _attributes(organization: Organization, table: Table, match: re.Match[str], asked: Options) -> Definition:
    """The attributes, or one of them, possibly cast to a derived type."""
    definitions = _defined(organization, table)
    known, type_name = _base_properties(), "AttributeMetadata"
    if match["cast"]:
        type_name = match["cast"].removeprefix(NAMESPACE)
        definitions = _cast(definitions, match["cast"])
        known = known.union(*definitions) if definitions else known | _DERIVED
    if match["attribute"] is None and match["attribute_id"] is None:
        return {"value": query(definitions, asked, known, type_name)}
    for definition in definitions:
        if match["attribute"] == definition["LogicalName"] or match["attribute_id"] == definition["MetadataId"]:
            return shaped(definition, asked, known, type_name)
    wanted = match["attribute"] or match["attribute_id"]
    raise no_such_attribute(table.name, wanted)


def _cast(definitions: list[Definition], cast: str) -> list[Definition]:
    kinds = (
        "BigInt", "Boolean", "DateTime", "Decimal", "Double", "EntityName", "Integer", "Lookup", "Memo", "Money",
        "MultiSelectPicklist", "Picklist", "State", "Status", "String", "UniqueIdentifier",
    )  # fmt: skip
    if cast not in {f"{NAMESPACE}{kind}AttributeMetadata" for kind in kinds}:
        raise unknown_segment(cast)
    plain = ({name: value for name, value in item.items() if name != "@odata.type"} for item in definitions)
    return [bare for item, bare in zip(definitions, plain, strict=True) if item["@odata.type"] == f"#{cast}"]


def _other(part: str) -> Definition:
    """Relationships and keys: the sandbox has none to tell of."""
    if part in ("Keys", "ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships"):
        return {"value": []}
    raise unknown_segment(part)
