"""Whatever a person, or a machine, has put into a text field comes out as it went in, by every road."""

from __future__ import annotations

import pytest

from tests.adapters.faults import rewritten
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, intercept, run, same

AWKWARD = {
    "quotes": "\"Müller\" & 'Söhne' “curly” «angular» ``",
    "one quote": '"',
    "quotes around": '"quoted"',
    "looks like a separator": 'a","b',
    "looks like the end of a record": 'a"\n"b',
    "line breaks": "a\nb\r\nc\rd\n",
    "other line breaks": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "tab": "tab\there",
    "NUL": "x\0y\0",
    "control characters": "a\x01b\x1bc\x7fd",
    "lone combining characters": "\u0301e\u0301\u200d\u0338",
    "decomposed and composed": "e\u0301 é Å Å",
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 👍🏽",
    "four bytes": "𝔘𐍈𠜎\U0010ffff",
    "right to left": "שלום \u200fالعربية\u200e سلام\u200cعلیکم ۱۲۳",
    "bidi overrides": "a\u202eb\u202cc\u2066d\u2069",
    "zero width": "\ufeffa\u200bb",
    "non-characters": "a\uffffb\ufffec",
    "NA": "NA",
    "N/A": "N/A",
    "NULL": "NULL",
    "null": "null",
    "None": "None",
    "true": "true",
    "a number": "007",
    "a large number": "1E5",
    "a date": "2024-02-30",
    "a formula": '=cmd|"/c calc"!A1',
    "other formulas": "+1-1@SUM(A1)",
    "leading and trailing blanks": "  padded\t ",
    "a blank": " ",
    "a no-break space": "\u00a0",
    "XML": "<b>&amp;]]><![CDATA[&#0;</b>",
    "a script": "</script><script>alert(1)</script>",
    "JSON": '{"a": [1, "\\u0000"], \'b\': null}',
    "backslashes": "a\\nb\\\\c\\",
    "SQL": "'; DROP TABLE opportunity; --",
    "percent and plus": "100 % + 5%20%u1234",
    "a template": "${SECRET} {{x}} %s {0}",
    "replacement character": "a\ufffdb",
}


@pytest.mark.parametrize("word", ["name", "text"])
def test_awkward_texts_survive(world: SourceWorld, word: str) -> None:
    keys = {name: world.create(**{"name": "awkward", word: text}) for name, text in AWKWARD.items()}
    replica = Replica(world.plain).pull(run(world))
    told = replica.in_words(world.spelt)
    for name, text in AWKWARD.items():
        # no database takes a NUL
        assert told[keys[name]][word] == text.replace("\0", ""), name
    assert same(world, replica) and world.road_taken() == world.road
    for name, text in AWKWARD.items():
        world.update(keys[name], **{word: text[::-1]})
    assert same(world, replica.pull(run(world)))


def test_an_empty_text_is_none(world: SourceWorld) -> None:
    key = world.create(name="empty", text="")
    nul = world.create(name="nothing but NUL", text="\0\0")
    told = Replica(world.plain).pull(run(world)).in_words(world.spelt)
    assert told[key]["text"] is None and told[nul]["text"] is None


def test_130_thousand_characters_come_whole(world: SourceWorld) -> None:
    """With quotes, line breaks and four-byte characters, so that no length of bytes or lines happens to fit."""
    text = ('Zeile "eins" 🚀,\r\n' * 10_000)[:130_000]
    keys = [world.create(name="long", text=text[number:]) for number in range(6)]
    replica = Replica(world.plain).pull(run(world))
    told = replica.in_words(world.spelt)
    assert [len(str(told[key]["text"])) for key in keys] == [130_000 - number for number in range(6)]
    assert same(world, replica)


@pytest.mark.parametrize(
    "spoilt",
    [b"\\ud83d", b"\\ude00\\ud83d", b"\xed\xa0\xbd", b"\xff\xfe", b"\xc3", b"\x01\x02"],
    ids=["half a pair", "a pair turned round", "half a pair in UTF-8", "no UTF-8", "half a character", "raw control"],
)
def test_what_is_no_text_at_all_spoils_no_more_than_itself(world: SourceWorld, spoilt: bytes) -> None:
    """A record whose bytes cannot be read as they stand is there, readable, and so are those around it."""
    key = world.create(name="spoilt", text="before MARKER after")
    intercept(world, rewritten(b"MARKER", spoilt))
    replica = Replica(world.plain).pull(run(world))
    text = replica.in_words(world.spelt)[key]["text"]
    assert isinstance(text, str) and text.startswith("before ") and text.endswith(" after")
    text.encode()
    del replica.rows[key]
    assert replica.in_words(world.spelt) == {one: told for one, told in world.truth().items() if one != key}
