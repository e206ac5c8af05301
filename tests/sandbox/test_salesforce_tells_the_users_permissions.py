"""UserPermissionAccess tells every API user what it may do, and what a user may not do is refused."""

from __future__ import annotations

import pytest
from salesforce_clients import asking, foreign, refused

from connector.sandbox import Sandbox

QUERY = "SELECT PermissionsViewAllData, PermissionsViewSetup FROM UserPermissionAccess LIMIT 1"


def test_permissions_are_told_by_describe_and_query_to_who_asks_for_them(fresh: Sandbox) -> None:
    client = foreign(fresh)
    fields = {field["name"] for field in client.UserPermissionAccess.describe()["fields"]}
    assert {"PermissionsApiEnabled", "PermissionsViewAllForecasts", "LastCacheUpdate"} <= fields
    (told,) = client.query(QUERY)["records"]
    assert (told["PermissionsViewAllData"], told["PermissionsViewSetup"]) == (True, True)
    fresh.salesforce.org.permissions.revoke("ViewAllData")
    assert client.query(QUERY)["records"][0]["PermissionsViewAllData"] is False
    fresh.salesforce.org.permissions.grant("ViewAllData")
    assert client.query(QUERY)["records"][0]["PermissionsViewAllData"] is True
    answer = asking(fresh)("GET", "/query", params={"q": "SELECT PermissionsNope FROM UserPermissionAccess"})
    refused(answer, 400, "INVALID_FIELD", "No such column 'PermissionsNope' on entity 'UserPermissionAccess'")
    with pytest.raises(KeyError):
        fresh.salesforce.org.permissions.revoke("Nope")


def test_without_view_setup_limits_are_not_told(fresh: Sandbox) -> None:
    ask = asking(fresh)
    fresh.salesforce.org.permissions.revoke("ViewSetup")
    for path in ("/limits", "/limits/recordCount"):
        refused(ask("GET", path), 403, "INSUFFICIENT_ACCESS")
    assert ask("GET", "/query", params={"q": QUERY}).status_code == 200


def test_without_api_enabled_nothing_is_told(fresh: Sandbox) -> None:
    fresh.salesforce.org.permissions.revoke("ApiEnabled")
    for path in ("/limits", "/sobjects", "/query?q=SELECT+Id+FROM+Lead"):
        refused(asking(fresh)("GET", path), 403, "API_DISABLED_FOR_ORG")
