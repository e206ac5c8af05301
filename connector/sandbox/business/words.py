"""The words that the made-up business is written in: neutral invented names, and text that breaks careless programs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

ORGANIZATION = "Quillmere Instruments"
MAIL_DOMAIN = "quillmere.example"

FIRST_NAMES = (
    "Ada", "Bram", "Celia", "Dario", "Edda", "Farid", "Greta", "Hugo", "Imani", "Jonas", "Keiko", "Lior",
    "Mira", "Nadim", "Odile", "Pavel", "Quinn", "Rosa", "Sami", "Tilda", "Umar", "Vera", "Wim", "Yara",
)  # fmt: skip
LAST_NAMES = (
    "Ashdown", "Brindle", "Corvane", "Delmar", "Elmwood", "Farrow", "Glenholt", "Hartwell", "Ingram", "Jessup",
    "Kestrel", "Lindqvist", "Marlowe", "Norrell", "Okafor", "Pemberly", "Quist", "Rowntree", "Sandoval", "Thackery",
    "Underhay", "Verrall", "Wexford", "Yarrow",
)  # fmt: skip
COMPANY_HEADS = (
    "Alder", "Basalt", "Cinder", "Drift", "Ember", "Fathom", "Garnet", "Heron", "Indigo", "Juniper", "Kelp", "Larch",
    "Mica", "Nimbus", "Onyx", "Plover", "Quartz", "Rime", "Saffron", "Thistle", "Umber", "Vesper", "Willow", "Zephyr",
)  # fmt: skip
COMPANY_TAILS = ("Works", "Foundry", "Logistics", "Labs", "Textiles", "Energy", "Foods", "Marine", "Optics", "Printing")
INDUSTRIES = ("Agriculture", "Apparel", "Chemicals", "Electronics", "Energy", "Engineering", "Shipping", "Utilities")
COUNTRIES = ("Germany", "France", "United Kingdom", "United States", "Japan", "Kuwait", "Kenya", "Brazil")
CITIES = ("Lübeck", "Nantes", "Leeds", "Tacoma", "Kōbe", "Salmiya", "Kisumu", "Recife")
REGIONS = ("North", "South", "East", "West")
DEAL_TYPES = ("New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement")
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
TITLES = ("Buyer", "Head of Procurement", "Plant Manager", "CFO", "Lab Director", "Owner")
PRODUCTS = ("flow meters", "spectrometers", "pressure sensors", "calibration", "thermal cameras", "service contract")
NEXT_STEPS = ("Send the revised quote", "Visit on site", "Wait for the budget", "Call the plant manager")

#: one line each: fit for a name
AWKWARD_LINES = (
    'The "Quoted" Company, Ltd.',
    "O'Brien; DROP TABLE deals--",
    "Crème brûlée & Söhne <b>GmbH</b>",
    "🚀 Rocket 👩🏽‍🔬 Lab",
    "שלום עולם חברה",
    "شركة الكويت للقياس",
    "東京計測株式会社",
    "=SUM(A1:A9)",
    '@cmd|"/c calc"!A0',
    "+49 and counting",
    "-1 Degree",
    "N/A",
    "NULL",
    "None",
    "NaN",
    "nil",
    "true",
    "#N/A",
    "0",
    "007",
    "1e5",
    "12:30",
    "2024-02-30",
    "NO",
    "\\N back\\slash \\' \\\" 100% _under_",
    "comma, semi; pipe| tab^caret`tick",
    "e\u0301 decomposed, \u00e9 composed",
    "zero\u200bwidth \u202eright-to-left override\u202c",
    "no\u00a0break and \ufeffmark inside",
    "{json: [true]} ${HOME} %s {0}",
)
#: more than a line each: fit for longer text
AWKWARD_BLOCKS = (
    'first line\nsecond "quoted" line\r\nthird, with comma',
    "tab\there,\n\nan empty line above",
    'starts and ends in quotes: "yes"\n"',
    "vertical \u2028 separators \u2029 and \x85 next line",
    ",,,\n,,,",
    '"',
)


_T = TypeVar("_T")


def pick(rng: Random, options: Sequence[_T]) -> _T:
    """One of the options; much cheaper than ``rng.choice``, which a million deals would feel."""
    return options[int(rng.random() * len(options))]


def awkward_line(index: int, every: int = 5) -> str | None:
    """The awkward text for the ``index``-th record of a class: each in turn, on one record out of ``every``."""
    turn, rest = divmod(index, every)
    return AWKWARD_LINES[turn] if rest == 0 and turn < len(AWKWARD_LINES) else None


def awkward_block(index: int, every: int = 7) -> str | None:
    """Like ``awkward_line``, lines and blocks both."""
    turn, rest = divmod(index, every)
    texts = AWKWARD_BLOCKS + AWKWARD_LINES
    return texts[turn] if rest == 0 and turn < len(texts) else None
