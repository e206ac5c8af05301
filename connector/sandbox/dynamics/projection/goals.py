"""Quotas of the made-up business as goals: the person in ``goalownerid``, their manager in ``ownerid``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from connector.sandbox.business.model import Business, Quota, Rep
from connector.sandbox.dynamics.projection.identity import guid, maybe, spelt
from connector.sandbox.dynamics.projection.parties import Row, owned_by
from connector.sandbox.dynamics.projection.setup import METRIC, currency_keys, exchange_rates
from connector.sandbox.dynamics.wording import ZONE


def goals(business: Business) -> Iterator[Row]:
    """One goal per quota; a rep's goal hangs below that of the manager for the same period."""
    reps = {rep.key: rep for rep in business.reps_of("dynamics")}
    quotas = [quota for quota in business.quotas if quota.system == "dynamics"]
    by_period = {(quota.rep, quota.period_start, quota.period_end): quota.key for quota in quotas}
    keys, rates = currency_keys(business), exchange_rates(business)
    for quota in quotas:
        manager = reps[quota.rep].manager
        parent = by_period.get((manager or 0, quota.period_start, quota.period_end))
        money: Row = {"_transactioncurrencyid_value": keys[quota.currency], "exchangerate": str(rates[quota.currency])}
        base = quota.amount / rates[quota.currency]
        yield {
            **_goal(quota, reps[quota.rep], parent), **money,
            "targetmoney": f"{quota.amount:.4f}", "targetmoney_base": f"{base:.4f}",
            **owned_by(manager if manager in reps and manager is not None else quota.rep),
        }  # fmt: skip


def _goal(quota: Quota, rep: Rep, parent: int | None) -> Row:
    """Every second quarterly goal is a fiscal-period goal; both kinds carry dates."""
    quarter = _quarter(quota)
    fiscal = quarter is not None and quota.key % 2 == 0
    made = _local_midnight(quota.period_start)
    return {
        "goalid": guid("goal", quota.key), "title": f"{rep.name} {quota.period_start:%Y-%m}",
        "_goalownerid_value": guid("systemuser", rep.key), "_goalownerid_value:type": "systemuser",
        "_metricid_value": METRIC, "_parentgoalid_value": maybe("goal", parent),
        "isamount": 1, "amountdatatype": 0, "isfiscalperiodgoal": int(fiscal),
        "fiscalperiod": quarter if fiscal else None, "fiscalyear": quota.period_start.year if fiscal else None,
        "goalstartdate": made, "goalenddate": _local_midnight(quota.period_end),
        "actualmoney": "0.0000", "inprogressmoney": "0.0000", "percentage": "0.0000000000", "lastrolledupdate": made,
        "rolluponlyfromchildgoals": int(quota.is_manager), "consideronlygoalownersrecords": int(not quota.is_manager),
        "isoverride": 0, "isoverridden": 0, "createdon": made, "modifiedon": made, "statecode": 0, "statuscode": 0,
    }  # fmt: skip


def _quarter(quota: Quota) -> int | None:
    """The calendar (and here fiscal) quarter that the quota covers exactly."""
    first, last = quota.period_start, quota.period_end
    if first.day != 1 or first.month % 3 != 1 or first.year != last.year or last.month != first.month + 2:
        return None
    following = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return (first.month + 2) // 3 if (following - last).days == 1 else None


def _local_midnight(day: date) -> str:
    """UserLocal columns of format DateOnly hold the instant at which that day began where the user is."""
    return spelt(datetime.combine(day, time(), ZONE).astimezone(UTC))
