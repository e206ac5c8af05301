"""A copy kept by change tracking alone ends equal to the organization, whatever happens while it is being read."""

from __future__ import annotations

import random

import pytest

from connector.sandbox.dynamics.organization import Organization
from tests.sandbox.dynamics_org import Client, organization

TRACK = "odata.track-changes,odata.maxpagesize=7"


def disturb(org: Organization, rng: random.Random) -> None:
    """One edit by somebody else."""
    keys = org.keys("contact")
    kind = rng.random()
    if kind < 0.5:
        org.update("contact", rng.choice(keys), fullname=f"name {rng.random()}")
    elif kind < 0.75:
        org.upsert("contact", {"fullname": f"new {rng.random()}"})
    elif kind < 0.9:
        org.delete("contact", rng.choice(keys))
    else:
        gone = rng.choice(keys)
        org.delete("contact", gone)
        org.upsert("contact", {"contactid": gone, "fullname": "back"})


def pull(client: Client, url: str, copy: dict[str, str], rng: random.Random | None) -> str:
    """Follows the pages from ``url``, with edits between them, into ``copy``; returns the delta link."""
    while True:
        page = client.get(url, TRACK)
        for entry in page["value"]:
            if entry.get("reason") == "deleted":
                copy.pop(entry["id"], None)
            else:
                copy[entry["contactid"]] = entry["fullname"]
        if "@odata.deltaLink" in page:
            return page["@odata.deltaLink"]
        if rng is not None:
            for _ in range(rng.randrange(4)):
                disturb(client.organization, rng)
        url = page["@odata.nextLink"]


@pytest.mark.parametrize("seed", range(8))
def test_a_replica_converges(seed: int) -> None:
    rng = random.Random(seed)
    with organization(40, seed=seed) as org:
        client, copy = Client(org), {}
        link = pull(client, "contacts?$select=fullname", copy, rng)
        for _ in range(5):
            disturb(org, rng)
            link = pull(client, link, copy, rng)
        link = pull(client, link, copy, None)
        assert copy == {key: org.find("contact", key)["fullname"] for key in org.keys("contact")}
        assert client.get(link, TRACK)["value"] == []
