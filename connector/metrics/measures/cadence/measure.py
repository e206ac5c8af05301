"""The measure ``cadence``: mails come from SQL (sql/cadence*.sql), rules from schedule.py; here are rows and words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from connector.errors import UsageError
from connector.mapping.people import fold_email
from connector.metrics.activities import view_activities, view_messages
from connector.metrics.calendar import spelled
from connector.metrics.measure import Measure
from connector.metrics.measures.cadence.recipients import (
    address_hash,
    epoch_day,
    load_addresses,
    read_campaign,
    read_recipients,
)
from connector.metrics.measures.cadence.schedule import Mail, Person, kind_of, next_allowed, short, violations
from connector.metrics.notes import Day, Listed, Note, Part, Word
from connector.metrics.people import fold, load_people
from connector.metrics.population import EPOCH, fill_window, load_calendar
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.workspace import statement

NOT_ALLOWED = 8
#: filters that hide mails of others, who may have sent a member of the campaign enough
_OF_SENDERS = ("team", "person")


class CadenceMeasure(Measure):
    """One question about messages."""

    name = "cadence"

    def compute(self) -> None:
        own = self.question.own
        self._checked = _address(own)
        self._campaign = read_campaign(self.population, own["campaign"]) if "campaign" in own else None
        self._today = epoch_day(self.question.as_of)
        self._first, self._last = epoch_day(self.question.from_on), epoch_day(self.question.to_on)
        fill_window(self.population, group=None)
        load_calendar(self.space)
        load_people(self.space, self.population.people)
        view_activities(self.space, self.question)
        view_messages(self.population)
        asked = self._campaign.members if self._campaign is not None else None
        if self._checked is not None:
            asked = frozenset({self._checked})
        window = (self.question.from_on, self.question.to_on)
        people, self._unknown = load_addresses(self.space, asked, window)
        self.space.view("cadence_message", statement("cadence_messages"))
        self._recipients = read_recipients(self.population, people | (asked or frozenset()))
        answered = None
        known: list[tuple[dict[str, Any], str]] = []
        for person, got in self._people():
            answered = got if person == self._checked else answered
            row = self._row(person, got)
            known += [(row, person)] if row is not None else []
        known.sort(key=lambda each: _order(each[0]))
        self._persons = [person for _, person in known]
        self.rows = [row for row, _ in known]
        self.notes = list(self._notes())
        if answered is not None:
            self._answer(answered)

    def _people(self) -> Iterator[tuple[str, Person]]:
        """Everyone asked about, with what they got; those who got nothing only where the question names them."""
        missing = {self._checked} if self._checked is not None else set()
        if self._campaign is not None and self._campaign.starts is not None and self._checked is None:
            missing |= self._campaign.members
        for person, mails in groupby(self.space.stream(statement("cadence")), key=itemgetter(0)):
            missing.discard(person)
            got = self._person(person, [Mail(day, subject) for _, day, _, _, subject, _ in _once(mails)])
            if got is not None:
                yield person, got
            elif person == self._checked or self._campaign is not None:
                missing.add(person)
        for person in sorted(each for each in missing if each is not None):
            yield person, Person((), self._start or self._today, self._recipients.opted_out.get(person))

    @property
    def _start(self) -> int | None:
        return self._campaign.starts if self._campaign is not None else None

    @property
    def _hides_mails(self) -> bool:
        """Whether a filter takes away mails to the members of the campaign, but not the members."""
        return self._campaign is not None and any(key in self.population.filters.passing for key in _OF_SENDERS)

    def _person(self, person: str, mails: list[Mail]) -> Person | None:
        """Someone with their mails since the campaign's first day, or ever; None without any."""
        if self._start is not None:
            mails = [mail for mail in mails if mail.day >= self._start]
        if not mails:
            return None
        since = self._start if self._start is not None else mails[0].day
        return Person(mails, since, self._recipients.opted_out.get(person))

    def _row(self, person: str, got: Person) -> dict[str, Any] | None:
        """The row of someone; None for those of whom nothing is to be told in this window."""
        first, last = self._first, self._last
        sent = sum(first <= mail.day <= last for mail in got.mails)
        broken = [
            [spelled(day + EPOCH), kind]
            for day, kind in violations(self.mappings.cadence, got, self._today)
            if first <= day <= last and not (kind == "under" and self._hides_mails)
        ]
        if not sent and not broken and person != self._checked:
            return None
        under = [
            [word, mails]
            for day, word, mails in short(self.mappings.cadence, got, self._today)
            if first <= day <= last and not self._hides_mails
        ]
        allowed = next_allowed(self.mappings.cadence, got, self._today)
        return {
            "person": self._recipients.names.get(person),
            "sent": sent,
            "first_sent_on": spelled(got.mails[0].day + EPOCH) if got.mails else None,
            "next_allowed_on": None if allowed is None else spelled(allowed + EPOCH),
            "allowed": int(allowed == self._today),
            "violations": broken,
            "person_email_hash": address_hash(person),
            "under": under,
        }

    def _notes(self) -> Iterator[Note]:
        if self._unknown:
            mails = counted(self._unknown, "mail")
            yield Note("{mails} to nobody known: neither an address nor a contact or lead.", mails=mails)
        yield from self._notes_on_members()
        if not self.mappings.cadence.spans and self.mappings.cadence.repeating is None:
            yield Note("cadence.yaml has no schedule: no number of mails is too many or too few.")
        kinds = [kind for row in self.rows for _, kind in row["violations"]]
        for kind in sorted(set(kinds)):
            yield Note(
                "{kind}: {times}, of {people}.",
                kind=Word(kind),
                times=counted(kinds.count(kind), "time"),
                people=counted(len(self.rows), "person", "people"),
            )

    def _notes_on_members(self) -> Iterator[Note]:
        if self._campaign is None or self._checked is not None:
            return
        if self._campaign.unreachable:
            members = counted(self._campaign.unreachable, "member")
            yield Note("{members} of the campaign without an e-mail address: in no row.", members=members)
        if self._campaign.starts is None:
            yield Note(
                "The campaign has no first day: each member's days are counted from the first mail to them, and who "
                "got none is in no row."
            )
        if self._hides_mails:
            yield Note("Who got too few mails is not told: a filter hides the mails that others sent them.")

    def _answer(self, got: Person) -> None:
        """The yes or no of --check, with its reasons."""
        reasons = list(self._reasons(got))
        self.rows = [{**row, "allowed": int(not reasons)} for row in self.rows]
        self.exit_code = NOT_ALLOWED if reasons else 0
        why = Listed.of(reasons, "; ")
        self.notes.append(Note("Not allowed: {reasons}.", reasons=why) if reasons else Note("Allowed."))

    def _reasons(self, got: Person) -> Iterator[Part]:
        if got.opted_out is not None:
            yield Word("opted_out")
            return
        cadence, following = self.mappings.cadence, next_allowed(self.mappings.cadence, got, self._today)
        if following != self._today:
            span = cadence.span_of(self._today - got.since)
            later = Note("never again")
            if following is not None:
                later = Note("again from {day}", day=Day(spelled(following + EPOCH)))
            why = Word(kind_of(span)) if span else Note("before the first day")
            yield Note("{why}, {later}", why=why, later=later)
        message = self.question.own.get("message")
        if message is not None and cadence.never_repeat:
            subjects = {message, self.question.digest(message)} - {None}
            if any(mail.subject in subjects for mail in got.mails):
                yield Word("repeat_message")

    @property
    def policies(self) -> dict[str, Any]:
        """The schedule."""
        cadence = self.mappings.cadence
        spans = [{"days": [s.first, s.last], "min": s.least, "max": s.most} for s in cadence.spans]
        every = cadence.repeating
        if every is not None:
            block = {"every_days": every.days, "from_day": every.first, "min": every.least, "max": every.most}
            return {"schedule": [*spans, block], "never_repeat": cadence.never_repeat}
        return {"schedule": spans, "never_repeat": cadence.never_repeat}

    def contributions(self, index: int) -> list[Contribution]:
        """The mails of one row that lie in the window; of one that two sources recorded, the first."""
        ledger = Ledger()
        start = self._start if self._start is not None else 0
        mails = self.space.records("SELECT * FROM cadence_message ORDER BY person, occurred_on, occurred_at, id")
        mine = (tuple(mail.values()) for mail in mails if mail["person"] == self._persons[index])
        for mail in _once_by(mine, at=6, subject=7):
            on = mail[5]
            if self.question.from_on <= on <= self.question.to_on and epoch_day(on) >= start:
                record = dict(zip(("id", "source", "source_id", "source_object"), mail[:4], strict=True))
                ledger.add(record, sent=1)
        return ledger.contributions()


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Those with the most broken rules first, then by name."""
    return (-len(row["violations"]), row["person"] is None, fold(row["person"]), row["person_email_hash"])


def _once(mails: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    return _once_by(mails, at=3, subject=4)


def _once_by(mails: Iterator[tuple[Any, ...]], *, at: int, subject: int) -> Iterator[tuple[Any, ...]]:
    """The mails without those that another source recorded too: same instant, same subject."""
    seen: set[tuple[Any, Any]] = set()
    for mail in mails:
        key = (mail[at], mail[subject])
        if None not in key and key in seen:
            continue
        seen.add(key)
        yield mail


def _address(own: Any) -> str | None:
    if "message" in own and "check" not in own:
        raise UsageError("--message asks about one person.", hint="Give --check EMAIL with it.")
    if "check" not in own:
        return None
    person = fold_email(own["check"])
    if person is None or "@" not in person:
        raise UsageError(f"--check {own['check']}: this is no e-mail address.", hint="Write name@example.com.")
    return person
