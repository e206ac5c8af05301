"""Faults that put another answer in the place of the right one, or make the vendor itself refuse."""

from __future__ import annotations

from connector.sandbox.exchange import Answer
from connector.sandbox.faults.kinds import Exchange, Kind, Option, Options

_PAGE = b"<!DOCTYPE html><html><head><title>One moment</title></head><body>We are setting things up.</body></html>"


def _status(text: str) -> int:
    status = int(text)
    if not 200 <= status <= 599:
        raise ValueError(text)
    return status


def _refuse(exchange: Exchange, options: Options) -> Answer:
    status = options["status"]
    answer = Answer(status)
    if status >= 400:
        answer = exchange.vendor.refusal(exchange.request, status, options["code"], options["message"])
    if options["retry-after"]:
        answer.headers["Retry-After"] = options["retry-after"]
    return answer


def _html(_exchange: Exchange, options: Options) -> Answer:
    return Answer(options["status"], {"Content-Type": "text/html; charset=utf-8"}, _PAGE)


def _with_token(exchange: Exchange, _options: Options) -> bool:
    return exchange.request.bearer is not None


def _expire(exchange: Exchange, _options: Options) -> Answer:
    assert exchange.vendor.expire_sessions is not None
    exchange.vendor.expire_sessions()
    return exchange.answer


def _makes_a_job(exchange: Exchange, _options: Options) -> bool:
    return exchange.vendor.jobs is not None and exchange.vendor.jobs.made_by(exchange.request)


def _ends_as(state: str) -> Kind:
    def act(exchange: Exchange, options: Options) -> Answer:
        assert exchange.vendor.jobs is not None
        exchange.vendor.jobs.end_next_as(state, options.get("message", ""))
        return exchange.answer

    message = Option("the job's errorMessage", str, "InternalServerError: Error while processing the query")
    return Kind(
        f"job-{state.lower()}",
        f"The job made by this call ends as {state}, told in the vendor's own body.",
        act,
        _makes_a_job,
        {"message": message} if state == "Failed" else {},
        needs="jobs",
        early=True,
    )


KINDS = (
    Kind(
        "status",
        "Another status, in the vendor's own error envelope; nothing was done.",
        _refuse,
        options={
            "status": Option("200 to 599", _status, 503),
            "code": Option("the vendor's error code; default: the usual one of the status", str, ""),
            "message": Option("the error's sentence", str, ""),
            "retry-after": Option("the header Retry-After: seconds or a date", str, ""),
        },
        value="status",
        early=True,
    ),
    Kind(
        "html",
        "A page of HTML where data is due, as proxies and edges send it.",
        _html,
        options={"status": Option("200 to 599", _status, 200)},
        value="status",
        early=True,
    ),
    Kind(
        "expired-session",
        "Every session's time is over: this call's token is refused, and so is everybody else's.",
        _expire,
        _with_token,
        needs="expire_sessions",
        early=True,
    ),
    _ends_as("Failed"),
    _ends_as("Aborted"),
)
