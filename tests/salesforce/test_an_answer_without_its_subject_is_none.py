"""A describe without fields or a getDeleted without its list is believed by nobody: the object fails, plainly."""

from __future__ import annotations

import pytest

from connector.adapters.base import Wanted
from connector.errors import SourceUnavailable
from connector.sandbox.exchange import json_answer


@pytest.mark.parametrize("part", ["/describe", "/deleted/"])
def test_an_empty_object_is_refused_and_no_cursor_comes_of_it(fresh, make, part: str) -> None:
    adapter = make(fresh)
    wanted = Wanted("Lead", ("Name",))

    def empty(request, app, wire) -> None:
        wire.send(json_answer({}))

    fresh.salesforce.domain.interceptor = lambda request: empty if part in request.path else None
    with pytest.raises(SourceUnavailable, match="was answered without"):
        list(adapter.pages(wanted, adapter.shape(wanted), None))
