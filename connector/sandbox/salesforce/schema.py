"""Which objects and fields one org has: the standard ones, less what its edition lacks. Knows no picklist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from connector.sandbox.salesforce.fields import Field
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.standard_activities import ACTIVITIES
from connector.sandbox.salesforce.standard_reference import MULTI_CURRENCY_OBJECTS, REFERENCE
from connector.sandbox.salesforce.standard_sales import SALES
from connector.sandbox.salesforce.standard_splits import SPLITS

Schema = dict[str, SObject]


def standard_schema(*, multi_currency: bool = True, without: Iterable[str] = ()) -> Schema:
    """The standard objects by name; a single-currency org has neither currency objects nor ``CurrencyIsoCode``."""
    gone = set(without) | (set() if multi_currency else MULTI_CURRENCY_OBJECTS)
    schema = {
        sobject.name: sobject for sobject in (*SALES, *ACTIVITIES, *REFERENCE, *SPLITS) if sobject.name not in gone
    }
    if multi_currency:
        return schema
    return {
        name: sobject.without(field.name for field in sobject.fields if field.multi_currency)
        for name, sobject in schema.items()
    }


def with_fields(sobject: SObject, fields: Sequence[Field]) -> SObject:
    """The object with more fields (custom ones, as a rule)."""
    return replace(sobject, fields=(*sobject.fields, *fields))
