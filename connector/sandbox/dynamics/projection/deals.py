"""Deals of the made-up business as opportunities, their closing activities and their process instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from connector.sandbox.business.campaigns import campaign_of
from connector.sandbox.business.model import OPEN_STAGES, Business, Deal, Move
from connector.sandbox.dynamics.organization import ORGANIZATION_ID
from connector.sandbox.dynamics.projection.identity import guid, maybe, spelt
from connector.sandbox.dynamics.projection.parties import Row, owned_by
from connector.sandbox.dynamics.projection.setup import (
    PROCESSES,
    STAGE_NAMES,
    currency_keys,
    exchange_rates,
    stage_key,
)
from connector.sandbox.dynamics.tables.sales import REGION_OF, SOURCE_OF, TYPE_OF

_ODDS = (10, 30, 60, 80)
_PLACE = {stage: place for place, stage in enumerate(OPEN_STAGES)}
_FORECAST = 100_000_000


@dataclass(frozen=True)
class DealProjection:
    """What deals refer to; ``rows`` gives every record that one deal brings."""

    currencies: dict[str, str]
    rates: dict[str, Decimal]
    gone_companies: frozenset[int]
    gone_people: frozenset[int]
    gone_leads: frozenset[int]
    has_campaigns: bool

    @classmethod
    def of(cls, business: Business) -> DealProjection:
        return cls(
            currency_keys(business),
            exchange_rates(business),
            frozenset(item.key for item in business.companies if item.deleted),
            frozenset(item.key for item in business.people if item.deleted),
            frozenset(item.key for item in business.leads if item.deleted),
            business.history,
        )

    def rows(self, deal: Deal) -> Iterator[tuple[str, Row]]:
        """The opportunity, its process instance if it ever stood in an open stage, and one close per closing."""
        yield "opportunity", self._opportunity(deal)
        if deal.open_stage is not None:
            yield PROCESSES[_process(deal)], _instance(deal)
        for place, move in enumerate(deal.moves):
            if move.stage in ("won", "lost"):
                yield "opportunityclose", self._close(deal, place, move)

    def _opportunity(self, deal: Deal) -> Row:
        place = _PLACE.get(deal.open_stage or "qualify", 0)
        process = _process(deal)
        state = {"open": 0, "won": 1, "lost": 2}[deal.status]
        planned = next((move.close_on for move in reversed(deal.moves) if move.stage in _PLACE), deal.close_on)
        return {
            "opportunityid": guid("opportunity", deal.key), "name": deal.name, "description": deal.description,
            "new_nextstep": deal.next_step, "new_region": REGION_OF.get(deal.region or ""),
            "new_dealtype": TYPE_OF.get(deal.type or ""), "new_leadsource": SOURCE_OF.get(deal.source or ""),
            "new_interests": ("1", "1,2", None)[deal.key % 3],
            "new_demoat": f"{deal.created_at.date()}T10:30:00Z" if deal.key % 2 else None,
            "salesstage": place, "salesstagecode": 1, "stepname": f"{place + 1}-{STAGE_NAMES[place]}",
            "processid": guid("workflow", process + 1), "stageid": stage_key(process, place),
            "closeprobability": (_ODDS[place], 100, 0)[state],
            "msdyn_forecastcategory": _FORECAST + (1 + place // 2, 5, 6)[state],
            "opportunityratingcode": 1 + deal.key % 3, "isrevenuesystemcalculated": 0,
            "estimatedclosedate": str(planned), "actualclosedate": str(deal.close_on) if state else None,
            "_campaignid_value": maybe("campaign", campaign_of("dynamics", deal.lead) if self.has_campaigns else None),
            "_originatingleadid_value": maybe("lead", None if deal.lead in self.gone_leads else deal.lead),
            "createdon": spelt(deal.created_at), "modifiedon": spelt(deal.modified_at),
            "statecode": state, "statuscode": (1 + (deal.key % 11 == 0), 3, 4 + deal.key % 2)[state],
            **self._customer(deal), **self._values(deal), **owned_by(deal.owner),
        }  # fmt: skip

    def _customer(self, deal: Deal) -> Row:
        """Mostly the company; now and then the person, whose company then stands in parentaccountid only."""
        account = None if deal.company in self.gone_companies else guid("account", deal.company)
        contact = None if deal.person in self.gone_people else maybe("contact", deal.person)
        personal = contact is not None and (deal.key % 7 == 0 or account is None)
        return {
            "_customerid_value": contact if personal else account,
            "_customerid_value:type": "contact" if personal else account and "account",
            "_accountid_value": None if personal else account, "_contactid_value": contact if personal else None,
            "_parentaccountid_value": account, "_parentcontactid_value": contact,
        }  # fmt: skip

    def _values(self, deal: Deal) -> Row:
        rate = self.rates[deal.currency]
        row: Row = {"_transactioncurrencyid_value": self.currencies[deal.currency], "exchangerate": str(rate)}
        for name, amount in (
            ("estimatedvalue", deal.amount),
            ("totalamount", deal.amount),
            ("actualvalue", deal.actual),
        ):
            row |= _money(name, amount, rate)
        return row

    def _close(self, deal: Deal, place: int, move: Move) -> Row:
        won = move.stage == "won"
        final = move is deal.moves[-1]
        rate = self.rates[deal.currency]
        brought = (deal.actual if final else move.amount) if won else Decimal(0)
        return {
            "activityid": guid("opportunityclose", 64 * deal.key + place),
            "subject": f"{deal.name[:180]} - {move.stage}",
            "_opportunityid_value": guid("opportunity", deal.key), "actualend": spelt(move.at),
            "opportunitystatecode": 1 if won else 2, "opportunitystatuscode": 3 if won else 4 + deal.key % 2,
            "_transactioncurrencyid_value": self.currencies[deal.currency], "exchangerate": str(rate),
            "createdon": spelt(move.at), "modifiedon": spelt(move.at), "statecode": 1, "statuscode": 2,
            **_money("actualrevenue", brought, rate), **owned_by(deal.owner),
        }  # fmt: skip


def _process(deal: Deal) -> int:
    return 1 if deal.lead is not None else 0


def _money(name: str, amount: Decimal | None, rate: Decimal) -> Row:
    """A money column and its base twin (the amount divided by the exchange rate), to four decimals."""
    if amount is None:
        return {name: None, f"{name}_base": None}
    return {name: f"{amount:.4f}", f"{name}_base": f"{amount / rate:.4f}"}


def _instance(deal: Deal) -> Row:
    """One process instance; its path holds no times, only the active stage has one.

    Going back leaves the later stages out of the path, as far as the process is concerned.
    """
    process = _process(deal)
    path: list[int] = []
    since = deal.created_at
    for move in deal.moves:
        place = _PLACE.get(move.stage)
        if place is not None and (not path or path[-1] != place):
            path = [*(earlier for earlier in path if earlier < place), place]
            since = move.at
    closed = deal.closed_at
    table = PROCESSES[process]
    return {
        "businessprocessflowinstanceid": guid(table, deal.key), "name": deal.name[:200],
        "_processid_value": guid("workflow", process + 1), "_activestageid_value": stage_key(process, path[-1]),
        "activestagestartedon": spelt(since), "completedon": spelt(closed) if closed else None,
        "traversedpath": ",".join(stage_key(process, place) for place in path),
        "duration": int(((closed or since) - deal.created_at).total_seconds() // 60),
        "_opportunityid_value": guid("opportunity", deal.key), "_leadid_value": maybe("lead", deal.lead),
        "_organizationid_value": ORGANIZATION_ID, "createdon": spelt(deal.created_at),
        "modifiedon": spelt(closed or since), "statecode": int(closed is not None), "statuscode": 2 if closed else 1,
    }  # fmt: skip
