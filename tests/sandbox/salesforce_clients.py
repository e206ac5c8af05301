"""Who asks the Salesforce sandbox in these tests: simple-salesforce itself, and plain HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from simple_salesforce import Salesforce

from connector.sandbox import Sandbox

Ask = Callable[..., requests.Response]


def trusting(running: Sandbox) -> requests.Session:
    """A plain session that trusts this sandbox and nothing of the environment."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(running.ca_file)
    return session


def foreign(running: Sandbox, **options: Any) -> Salesforce:
    """simple-salesforce itself, over a session of its own."""
    return Salesforce(
        session_id=running.salesforce.session_id(),
        instance_url=running.salesforce.instance_url,
        session=trusting(running),
        **options,
    )


def refused(answer: requests.Response, status: int, code: str, part: str = "") -> None:
    """Holds an answer to be a refusal in the usual envelope, and nothing beside it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    (error,) = answer.json()
    assert set(error) == {"message", "errorCode"}
    assert error["errorCode"] == code, error
    assert part in error["message"], error


def asking(running: Sandbox) -> Ask:
    """Plain HTTP with a good session: ``ask("GET", "/limits")`` below the API's base path."""
    session = trusting(running)
    token = running.salesforce.session_id()

    def ask(method: str, path: str, *, version: str = "60.0", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        base = f"{running.salesforce.instance_url}/services/data/v{version}"
        return session.request(method, base + path, headers=headers, timeout=30, **options)

    return ask
