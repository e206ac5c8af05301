"""What people do with customers: mails, calls, appointments and tasks (Dynamics 365 "Email table" and its like).

Unverified: that change tracking is on for them; a new environment's mobile app needs it.
"""

from __future__ import annotations

from connector.sandbox.dynamics.schema import Attribute, Draft, Option, choice, flag, instant, memo, number, text

#: what an activity may be about, as far as this organization has it
REGARDING = ("account", "contact", "lead", "opportunity")
_OPEN, _DONE, _CANCELED = (
    Option(0, "Open", "Offen"), Option(1, "Completed", "Erledigt"), Option(2, "Canceled", "Storniert"),
)  # fmt: skip
_PRIORITY = (Option(0, "Low", "Niedrig"), Option(1, "Normal", "Normal"), Option(2, "High", "Hoch"))


def _direction() -> Attribute:
    options = (Option(0, "Incoming", "Eingehend"), Option(1, "Outgoing", "Ausgehend"))
    return Attribute("directioncode", "Boolean", "Direction", options=options)


def _common(table: str) -> list[Attribute]:
    """What every activity has."""
    return [
        text("subject", "Subject", 200),
        memo("description", "Description"),
        Attribute(
            "regardingobjectid", "Lookup", "Regarding", targets=REGARDING, ending=f"_{table}"
        ),
        choice("prioritycode", "Priority", _PRIORITY),
        number("actualdurationminutes", "Duration"),
        instant("actualstart", "Actual Start"),
        instant("actualend", "Actual End"),
        instant("scheduledstart", "Start Date"),
        instant("scheduledend", "Due Date"),
        flag("isworkflowcreated", "Is Workflow Created"),
    ]  # fmt: skip


def _draft(
    name: str, label: str, code: int, own: list[Attribute], states: tuple[Option, ...], statuses: tuple[Option, ...]
) -> Draft:
    return Draft(
        name, f"{name}s", label, code, [*_common(name), *own], key="activityid", primary_name="subject", tracking=True,
        owned=True, activity=True, states=states, statuses=statuses,
    )  # fmt: skip


DRAFTS = (
    _draft(
        "email", "Email", 4202,
        [
            _direction(), instant("senton", "Date Sent"), text("sender", "From", 250),
            text("torecipients", "To Recipients", 500), text("messageid", "Message ID", 320),
        ],
        (_OPEN, _DONE, _CANCELED),
        (
            Option(1, "Draft", "Entwurf", 0), Option(2, "Completed", "Erledigt", 1), Option(3, "Sent", "Gesendet", 1),
            Option(4, "Received", "Empfangen", 1), Option(5, "Canceled", "Storniert", 2),
            Option(6, "Pending Send", "Wird gesendet", 1), Option(7, "Sending", "Senden", 1),
            Option(8, "Failed", "Fehlgeschlagen", 0),
        ),
    ),
    _draft(
        "phonecall", "Phone Call", 4210, [_direction(), text("phonenumber", "Phone Number", 200)],
        (_OPEN, _DONE, _CANCELED),
        (
            Option(1, "Open", "Offen", 0), Option(2, "Made", "Getätigt", 1), Option(3, "Canceled", "Storniert", 2),
            Option(4, "Received", "Empfangen", 1),
        ),
    ),
    _draft(
        "appointment", "Appointment", 4201, [text("location", "Location", 200), flag("isalldayevent", "All Day Event")],
        (_OPEN, _DONE, _CANCELED, Option(3, "Scheduled", "Geplant")),
        (
            Option(1, "Free", "Frei", 0), Option(2, "Tentative", "Mit Vorbehalt", 0),
            Option(3, "Completed", "Erledigt", 1), Option(4, "Canceled", "Storniert", 2),
            Option(5, "Busy", "Gebucht", 3), Option(6, "Out of Office", "Abwesend", 3),
        ),
    ),
    _draft(
        "task", "Task", 4212, [number("percentcomplete", "Percent Complete")], (_OPEN, _DONE, _CANCELED),
        (
            Option(2, "Not Started", "Nicht begonnen", 0), Option(3, "In Progress", "In Bearbeitung", 0),
            Option(4, "Waiting on someone else", "Wartet auf andere", 0), Option(5, "Completed", "Erledigt", 1),
            Option(6, "Canceled", "Storniert", 2), Option(7, "Deferred", "Zurückgestellt", 0),
        ),
    ),
)  # fmt: skip
