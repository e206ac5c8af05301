"""No secret reaches a log line, a traceback or an error's sentence, whatever its spelling."""

from __future__ import annotations

import io
import logging

import pytest

from connector import redaction
from connector.errors import RequestRefused
from connector.sandbox.server import json_answer
from connector.transport import Action, Verdict

SECRET = 'p&ss w/rd"7'

SHAPES = [
    "Authorization: Bearer 00Dxx0000001gPL!AQ4AQLongToken.x_y",
    "{'Authorization': 'Basic bXlpZDpteXNlY3JldA=='}",
    "POST body grant_type=client_credentials&client_secret=hush%21hush&client_id=abc",
    "assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl",
    '{"access_token": "hush-hush-hush", "instance_url": "https://a"}',
    "{'refresh_token': 'hush-hush-hush'}",
    "<n1:password>hush-hush-hush</n1:password>",
    "proxy http://user:hush-hush-hush@proxy.test:8080",
    "token eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRwcyJ9.abcdef",
    "-----BEGIN RSA PRIVATE KEY-----\nhush\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("text", SHAPES)
def test_known_shapes_are_blotted_out(text: str) -> None:
    clean = redaction.redact(text)
    assert "[redacted]" in clean
    for secret in ("hush", "AQ4AQ", "bXlpZ", "c2lnbmF0", "abcdef"):
        assert secret not in clean


@pytest.mark.parametrize("text", ["client_id=abc", "acme: the bearer of news", "password policy", "https://a/b?q=1"])
def test_ordinary_text_stays(text: str) -> None:
    assert redaction.redact(text) == text


def test_registered_values_go_in_every_spelling() -> None:
    known = redaction.Redactor()
    known.register(SECRET, None, "", "abc")
    for spelling in (SECRET, "p%26ss%20w%2Frd%227", "p%26ss+w%2Frd%227", 'p&ss w/rd\\"7'):
        assert known.redact(f"x {spelling} y") == "x [redacted] y"
    assert known.redact("abc") == "abc"


def test_log_lines_arguments_and_tracebacks_are_clean() -> None:
    redaction.register("very-secret-value")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    redaction.protect(handler)
    redaction.protect(handler)
    assert len(handler.filters) == 1
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.propagate = False
    logger.warning("with %s and %d", "very-secret-value", 3)
    try:
        raise ValueError("very-secret-value")
    except ValueError:
        logger.exception("failed")
    logger.warning("broken %s %s", "very-secret-value")  # noqa: PLE1206
    logger.removeHandler(handler)
    assert "very-secret-value" not in written.getvalue()
    assert "with [redacted] and 3" in written.getvalue() and "ValueError: [redacted]" in written.getvalue()


def test_an_answer_that_echoes_the_token_does_not_betray_it(server, make) -> None:
    class Echo:
        name = "echo"

        def judge(self, reply):
            return Verdict(Action.REFUSED, "BAD", reply.text())

    class Long:
        def fetch(self) -> str:
            return "a-long-and-secret-token"

    server.plays(json_answer({"said": "a-long-and-secret-token"}, 400))
    with pytest.raises(RequestRefused) as caught:
        make(server.url, vendor=Echo(), tokens=Long()).request("GET", "/data")
    assert "secret-token" not in str(caught.value) and "[redacted]" in str(caught.value)


def test_libraries_get_definite_answers_and_gain_no_pretty_printing(server, make) -> None:
    server.plays(json_answer({"error": "invalid_client"}, 401))
    session = make(server.url).session()
    response = session.post(server.url + "/token", data={"a": "b c"}, headers={"X-PrettyPrint": "1", "X-Own": "2"})
    assert response.status_code == 401 and response.json() == {"error": "invalid_client"}
    assert server.seen[0].body == b"a=b+c"
    assert "X-PrettyPrint" not in server.seen[0].headers and server.seen[0].headers["X-Own"] == "2"
