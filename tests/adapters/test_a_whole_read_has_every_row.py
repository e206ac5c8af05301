"""A first read brings every record with every field, as the org stores it and as the made-up business knows it."""

from __future__ import annotations

import pytest

from connector.adapters.base import Wanted
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, run


@pytest.mark.parametrize("page_size", [2_000, 37])
def test_every_field_of_every_object_is_as_the_org_stores_it(peopled: SourceWorld, page_size: int) -> None:
    peopled.page_size = page_size
    adapter = run(peopled)
    objects = peopled.objects()
    assert len(objects) >= 10
    for wanted in objects:
        replica = Replica(wanted).pull(adapter)
        assert replica.shape.missing == () and replica.whole
        stored = peopled.stored(wanted)
        assert replica.rows.keys() == stored.keys(), wanted.object
        for key, record in stored.items():
            told = {name: replica.rows[key][name] for name in wanted.fields}
            assert told == record, (wanted.object, key)
            assert [type(value) for value in told.values()] == [type(value) for value in record.values()]
    assert peopled.road_taken() == peopled.road


def test_every_row_is_the_businesss_own(peopled: SourceWorld) -> None:
    peopled.page_size = 50
    adapter = run(peopled)
    truth = peopled.business_truth()
    assert len(truth) >= 7
    for name, records in truth.items():
        fields = next(iter(records.values()))
        replica = Replica(Wanted(name, tuple(fields))).pull(adapter)
        assert len(records) > 5 and records.keys() <= replica.rows.keys(), name
        for key, record in records.items():
            assert {field: replica.rows[key][field] for field in record} == record, (name, key)
