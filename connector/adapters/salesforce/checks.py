"""What ``crossfunnel check`` finds out about an org, one line each, with the mend where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connector.adapters.base import CheckResult, Wanted, ends_all
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.fields import Description, Selection, select
from connector.adapters.salesforce.permissions import Held, held_permissions, permission_lines
from connector.errors import ConfigError, CrossfunnelError, LimitReached, PermissionDenied
from connector.settings import SalesforceSource
from connector.suggestions import nearest

Describe = Callable[[str], Description | None]

#: a JWT assertion lives for three minutes, so a clock wrong by more cannot sign in
CLOCK_SECONDS = 120
CALLS_LEFT = 1_000
_CURRENCY = "CurrencyIsoCode"
#: a hidden field is no misspelt one, so only a near miss is told
_ALIKE = 0.75
#: objects of features that an org may well do without, and what it means where they are not there
_FEATURES = {
    "CurrencyType": "this org has one currency",
    "DatedConversionRate": "this org has no dated exchange rates (advanced currency management)",
    "OpportunitySplit": "this org has not turned opportunity splits on, or hides them from this user",
    "OpportunitySplitType": "this org has no opportunity splits, or hides their types from this user",
}
_API = "give the user's profile or permission set API Enabled; the org's edition must include the API"
_FORECASTS = (
    "turn forecasts on in Setup and give the user View All Forecasts; where the org sets no quotas, take "
    "ForecastingQuota out of the mapping (ForecastingQuota: null)"
)


def run_checks(
    source: SalesforceSource, client: Client, connect: Callable[[], None], describe: Describe, wanted: Sequence[Wanted]
) -> Iterator[CheckResult]:
    """Signs in, then looks at the clock, the user's permissions, the limits and every wanted object."""
    try:
        connect()
    except CrossfunnelError as error:
        yield CheckResult(False, f"sign-in by {source.method()}: {error}", error.hint, error.exit_code, final=True)
        yield from _wrong_clock(client)
        return
    yield CheckResult(True, f"signed in by {source.method()}, API v{client.version}")
    unspoken = _unspoken_version(client)
    if unspoken is not None:
        yield unspoken
        return
    try:
        held = held_permissions(client, describe)
    except CrossfunnelError as error:
        mend = _API if isinstance(error, PermissionDenied) else error.hint
        yield CheckResult(False, f"API access: {error}", mend, error.exit_code, final=True)
        return
    yield from _clock(client)
    yield from permission_lines(held, {one.object for one in wanted})
    yield from _limits(client, held)
    for one in wanted:
        for line in _object(one, client, describe):
            yield line
            if line.final:
                return


def _unspoken_version(client: Client) -> CheckResult | None:
    """Under a version that the org does not speak, every object would seem to be hidden."""
    try:
        spoken = client.versions()
    except CrossfunnelError:
        return None  # whatever forbids it forbids the next question too, which is told better
    if not spoken or client.version in spoken:
        return None
    what = f"api_version {client.version} is not spoken by this org; it has {spoken[0]} to {spoken[-1]}"
    mend = "set api_version to one of these in crossfunnel.toml, or leave it out"
    return CheckResult(False, what, mend, ConfigError.exit_code, final=True)


def _limits(client: Client, held: Held) -> Iterator[CheckResult]:
    try:
        calls = client.limits().get("DailyApiRequests") or {}
    except CrossfunnelError as error:
        # without the permission that they need, which is told above, limits are refused to a user who may read all else
        if held.may("ViewSetup") is not False:
            yield CheckResult(False, f"limits: {error}", error.hint, error.exit_code)
        return
    left, most = calls.get("Remaining"), calls.get("Max")
    if isinstance(left, int):
        mend = "" if left >= CALLS_LEFT else "wait for the daily reset, or set api_budget to leave calls to others"
        yield CheckResult(left >= CALLS_LEFT, f"API calls left today: {left} of {most}", mend, LimitReached.exit_code)


def _clock(client: Client) -> Iterator[CheckResult]:
    seconds = round(client.transport.skew().total_seconds())
    if abs(seconds) <= CLOCK_SECONDS:
        yield CheckResult(True, f"clock differs from the org's by {abs(seconds)} s")
    else:
        yield from _wrong_clock(client)


def _wrong_clock(client: Client) -> Iterator[CheckResult]:
    seconds = round(client.transport.skew().total_seconds())
    if abs(seconds) > CLOCK_SECONDS:
        said = f"clock is {abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} the org's"
        yield CheckResult(False, said, "set this machine's clock (NTP): signed assertions expire by it")


def _object(wanted: Wanted, client: Client, describe: Describe) -> Iterator[CheckResult]:
    name = wanted.object
    try:
        found = select(wanted, describe(name), describe)
        if found.absent:
            yield _absent(name, client)
            return
        missing = [field for field in found.missing if not _is_of_one_currency(field, describe)]
        for field in missing:
            yield _missing(found, field, describe)
    except CrossfunnelError as error:
        yield CheckResult(False, f"{name}: {error}", error.hint, error.exit_code, object=name, final=ends_all(error))
        return
    shown = len(wanted.fields) - len(found.missing)
    beside = "" if len(missing) == len(found.missing) else f", {_CURRENCY} aside: this org has one currency"
    if not missing:
        yield CheckResult(True, f"{name}: all {shown} mapped fields are visible{beside}")


def _absent(name: str, client: Client) -> CheckResult:
    if name in _FEATURES:
        return CheckResult(True, f"{name}: {_FEATURES[name]}; it counts as empty", object=name)
    near = nearest(name, client.object_names(), at_least=_ALIKE)
    what = f"{name}: the org lacks this object or hides it{near}; it counts as empty"
    mend = f"give the user Read on {name} by a permission set, or take it out of the mapping ({name}: null)"
    return CheckResult(False, what, _FORECASTS if name == "ForecastingQuota" else mend, object=name)


def _missing(found: Selection, field: str, describe: Describe) -> CheckResult:
    description = describe(found.object)
    names = [str(entry["name"]) for entry in description.fields.values()] if description is not None else []
    near = nearest(field, names, at_least=_ALIKE)
    return CheckResult(
        False,
        f"{found.object}.{field}: the org lacks this field or hides it{near}; it counts as empty",
        "make it visible by a permission set (field-level security), or mend or remove its entry in the mapping",
        object=found.object,
        field=field,
    )


def _is_of_one_currency(field: str, describe: Describe) -> bool:
    """Orgs with one currency have neither the field nor the object that lists the currencies."""
    return field.rpartition(".")[2] == _CURRENCY and describe("CurrencyType") is None
