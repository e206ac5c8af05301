"""Recorded requests, sent to the sandbox as they were: its answers have the recorded keys, kinds, codes and sentences.

Of ``query_and_update`` the update itself is left out: the sandbox takes no changes by HTTP.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from salesforce_clients import Ask, asking, refused

from connector.sandbox import Sandbox

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "salesforce"
COMPOSITE = ("count_errors", "composite_errors")
LEAD = "/services/data/v60.0/sobjects/Lead"

recordings = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not here")


@cache
def interactions(name: str) -> list[dict[str, Any]]:
    cassette = yaml.load((SAMPLES / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return [each for each in cassette["interactions"] if "request" in each]


def replayed(ask: Ask, recording: dict[str, Any]) -> tuple[requests.Response, Any]:
    """The sandbox's answer to a recorded request, and the recorded one."""
    request, response = recording["request"], recording["response"]
    parts = urlsplit(request["uri"].replace("vxx.0", "v60.0"))
    target = f"{parts.path}?{parts.query}".removeprefix("/services/data/v60.0").removesuffix("?")
    body = request["body"]
    options = {"data": body.replace("vxx.0", "v60.0"), "headers": {"Content-Type": "application/json"}} if body else {}
    answer = ask(request["method"], target, **options)
    assert answer.status_code == response["status"]["code"]
    if "Content-Type" in response["headers"]:
        assert answer.headers["Content-Type"] == response["headers"]["Content-Type"][0]
    return answer, json.loads(response["body"]["string"].replace("vxx.0", "v60.0"))


def kinds(value: Any) -> Any:
    """Keys and kinds of values, all the way down; a list by its first element."""
    if isinstance(value, dict):
        return {key: kinds(each) for key, each in value.items()}
    return [kinds(value[0])] if isinstance(value, list) and value else type(value).__name__


@recordings
@pytest.mark.parametrize("name", COMPOSITE)
def test_a_composite_call_is_answered_part_by_part(shared: Sandbox, name: str) -> None:
    (recording,) = interactions(name)
    answer, real = replayed(asking(shared), recording)
    assert kinds(answer.json()) == kinds(real)
    assert len(answer.json()["compositeResponse"]) == len(real["compositeResponse"])
    for ours, theirs in zip(answer.json()["compositeResponse"], real["compositeResponse"], strict=True):
        assert set(ours) == set(theirs)
        assert (ours["referenceId"], ours["httpStatusCode"]) == (theirs["referenceId"], theirs["httpStatusCode"])
        if theirs["httpStatusCode"] != 200:
            assert ours["body"] == theirs["body"], "refusals agree to the letter"


@recordings
@pytest.mark.parametrize("name", COMPOSITE)
def test_a_part_asked_for_by_itself_is_answered_the_same(shared: Sandbox, name: str) -> None:
    (recording,) = interactions(name)
    body = json.loads(recording["request"]["body"])
    real = json.loads(recording["response"]["body"]["string"])
    for asked, theirs in zip(body["compositeRequest"], real["compositeResponse"], strict=True):
        answer = asking(shared)(asked["method"], asked["url"].removeprefix("/services/data/vxx.0"))
        assert answer.status_code == theirs["httpStatusCode"]
        assert kinds(answer.json()) == kinds(theirs["body"])


@recordings
def test_a_query_is_answered_as_recorded(shared: Sandbox) -> None:
    shared.salesforce.org.page_size = 2_000
    (recording,) = [each for each in interactions("query_and_update") if "/query/" in each["request"]["uri"]]
    answer, real = replayed(asking(shared), recording)
    assert kinds(answer.json()) == kinds(real)
    told = answer.json()
    assert told["totalSize"] == len(told["records"])
    for record in told["records"]:
        assert list(record) == list(real["records"][0])
        assert record["attributes"]["url"] == f"/services/data/v60.0/sobjects/Account/{record['Id']}"


@recordings
def test_counts_of_records_are_told_as_recorded(fresh: Sandbox) -> None:
    (recording,) = [each for each in interactions("query_and_update") if "recordCount" in each["request"]["uri"]]
    answer, real = replayed(asking(fresh), recording)
    assert kinds(answer.json()) == kinds(real)
    for account in fresh.salesforce.edits.rows("Account"):
        fresh.salesforce.edits.hard_delete("Account", account["Id"])
    empty, _ = replayed(asking(fresh), recording)
    assert empty.json() == {"sObjects": []}
    fresh.salesforce.org.tells_empty_counts = True
    empty, _ = replayed(asking(fresh), recording)
    assert empty.json() == real == {"sObjects": [{"count": 0, "name": "Account"}]}


def subrequests(count: int, url: str = LEAD, **changes: Any) -> dict[str, Any]:
    return {
        "compositeRequest": [{"method": "GET", "url": url, "referenceId": f"r{n}", **changes} for n in range(count)]
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "JSON_PARSER_ERROR"),
        ({"compositeRequest": "x"}, "JSON_PARSER_ERROR"),
        ({"compositeRequest": [{"method": "GET", "url": LEAD}]}, "JSON_PARSER_ERROR"),
        ({**subrequests(1), "allOfThem": True}, "JSON_PARSER_ERROR"),
        (subrequests(0), "LIMIT_EXCEEDED"),
        (subrequests(26), "LIMIT_EXCEEDED"),
        (subrequests(6, "/services/data/v60.0/query?q=SELECT Id FROM Lead"), "LIMIT_EXCEEDED"),
        (subrequests(2, referenceId="same"), "INVALID_INPUT"),
    ],
)
def test_a_composite_call_that_makes_no_sense_is_refused_whole(
    shared: Sandbox, body: dict[str, Any], code: str
) -> None:
    refused(asking(shared)("POST", "/composite", json=body), 400, code)


def test_a_composite_call_counts_once_and_refuses_part_by_part(shared: Sandbox) -> None:
    ask, usage = asking(shared), shared.salesforce.org.usage
    before = usage.used
    answer = ask("POST", "/composite", json=subrequests(25))
    assert {each["httpStatusCode"] for each in answer.json()["compositeResponse"]} == {200}
    assert usage.used == before + 1

    def part(url: str, **changes: str) -> tuple[int, str]:
        (told,) = ask("POST", "/composite", json=subrequests(1, url, **changes)).json()["compositeResponse"]
        return told["httpStatusCode"], told["body"][0]["errorCode"]

    assert part(LEAD, method="DELETE") == (405, "METHOD_NOT_ALLOWED")
    assert part(LEAD.replace("v60", "v20")) == (410, "GONE")
    for url in ("/elsewhere", LEAD.replace("sobjects/Lead", "limits"), LEAD.replace("sobjects/Lead", "jobs/query")):
        assert part(url) == (404, "NOT_FOUND")
    refused(ask("GET", "/composite"), 405, "METHOD_NOT_ALLOWED", "Allowed are POST")
