"""A manager in Tehran asks in Persian: heads, words, digits and days are Persian, and no row is scrambled."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from connector.mapping.quota_plans import Bonus
from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import funnel_of, plan_of
from tests.report.terminal import MARK, is_balanced, outside_names, seen, table_of

AS_OF = ("--as-of", "2026-06-15")
#: what no measure can be asked without
OWN = {"needed": ("--target", "9000000", "--by-date", "2026-12-01")}
ALL = (
    "funnel",
    "forecast",
    "needed",
    "cycle",
    "win_rate",
    "quota",
    "adoption",
    "satisfaction",
    "cadence",
    "definitions",
)
Ask = Callable[..., Any]


def put_story(world: CommandWorld) -> None:
    """Two people of one team, four deals of which one is worth nobody knows what, and a mail too many."""
    team = world.team("t1", name="تهران")
    ali = world.user("ali", team=team, name="علی رضایی")
    sara = world.user("sara", team=team, name="Sara\u202e (VIP)\nAhmadi")
    world.close()
    ways: list[tuple[str, str, str, int | None, str]] = [
        ("D1", "won", ali, 1_250_000_000, "2026-05-10"), ("D2", "lost", sara, 500_000_000, "2026-05-01"),
        ("D3", "open", sara, 900_000_000, "2026-09-01"), ("D4", "won", sara, None, "2026-05-20"),
    ]  # fmt: skip
    for own, status, owner, amount, close in ways:
        deal = world.deal(
            own, status, owner_id=owner, amount_minor=amount, currency="IRR", base_minor=amount,
            created_on="2026-04-02", close_on=close,
        )  # fmt: skip
        world.event(deal, "Qualify", "2026-04-02")
        world.event(deal, "Develop", "2026-04-12")
        if status != "open":
            world.event(deal, status.title(), close)
    for number, status in enumerate(("open", "qualified", "disqualified")):
        world.record("lead", f"L{number}", status=status, created_on="2026-04-03", owner_id=ali)
    world.quota(ali, 1_000_000_000, "2026-03-21", "2026-06-21", currency="IRR")
    world.record("contact", "C1", name="نیما 2", email="nima@x.test")
    for number, day in enumerate(("2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05")):
        world.record(
            "activity", f"A{number}", kind="email", direction="out", occurred_on=day, subject_hash=f"T{number}",
            occurred_at=f"{day}T08:00:00Z", counterpart_email="nima@x.test",
        )  # fmt: skip


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    folder: Path = tmp_path_factory.mktemp("tehran")
    world = CommandWorld(folder, base_currency="IRR", timezone="Asia/Tehran", calendar="jalali")
    names = ("Qualify", "Develop", "Propose", "Close")
    plan = plan_of(bonus=Bonus(Decimal("1.2"), Decimal("5000000")))
    world.mapped(funnel=funnel_of("qualify", "develop", "propose", "close", names=names), plans=(plan,))
    put_story(world)
    world.derive()
    funnel = folder / "mappings" / "funnel.yaml"
    funnel.write_text(
        funnel.read_text().replace("name: Develop", "name: Develop\n  name_fa: نیازسنجی"), encoding="utf-8"
    )

    def run(*words: str, lang: str | None = "fa") -> Any:
        flags = ("--lang", lang) if lang else ()
        return CliRunner().invoke(app, ["--config", str(folder / "crossfunnel.toml"), *words, *flags])

    return run


def told(ask: Ask, *words: str, **how: Any) -> str:
    ended = ask(*words, **how)
    assert ended.exit_code == 0, ended.output
    return str(ended.stdout)


def test_the_funnel_of_tehran(ask: Ask) -> None:
    text = told(ask, "metrics", "funnel", *AS_OF)
    headline, *_ = seen(text).splitlines()
    assert headline == (
        "قیف فروش: از ۱۴۰۵/۰۱/۰۱ تا ۱۴۰۵/۱۲/۲۹، وضع در پایان روز ۱۴۰۵/۰۳/۲۵، ارز IRR، منطقهٔ زمانی Asia/Tehran"
    )
    heads, lead, first, second, *_, won = table_of(text)
    assert heads == [
        "مرحله", "جایگاه", "رسیده", "رفته به بعد", "ازدست‌رفته", "باز", "نرخ تبدیل",
        "کف تبدیل", "سقف تبدیل", "ارزش (IRR)", "میانهٔ روز",
    ]  # fmt: skip
    assert lead[:7] == ["سرنخ", "۰", "۳", "۱", "۱", "۱", "۵۰٫۰٪"]
    assert first[:4] == ["Qualify", "۱", "۴", "۴"] and first[-2] == "۲۶٬۵۰۰٬۰۰۰٫۰۰"
    assert second[0] == "نیازسنجی"
    assert won[:3] == ["برنده", "۵", "۲"] and set(won[3:9]) == {"-"}
    assert "توجه: ۱ فرصت بدون مبلغ: در جمع‌ها به حساب نیامده است." in seen(text)


def test_the_quota_of_tehran(ask: Ask) -> None:
    text = told(ask, "metrics", "quota", *AS_OF)
    heads, sara, ali = table_of(text)
    assert heads[:4] == ["شخص", "تیم", "سهمیه (IRR)", "فروش (IRR)"]
    assert ali[:6] == ["علی رضایی", "تهران", "۱۰٬۰۰۰٬۰۰۰٫۰۰", "۱۲٬۵۰۰٬۰۰۰٫۰۰", "۱", "۱۲۵٫۰٪"]
    assert ali[heads.index("پیشنهادها")] == "پاداش"
    assert sara[0] == "Sara (VIP) Ahmadi" and sara[heads.index("تحقق سهمیه")] == "-"
    assert "بدون سهمیه در بازه: Sara (VIP) Ahmadi." in seen(text)


def test_the_records_behind_the_quota_of_tehran(ask: Ask) -> None:
    text = told(ask, "explain", "quota", "--row", "person=علی رضایی", *AS_OF)
    assert seen(text).startswith("سهمیهٔ فروش: ارزش فرصت‌های برنده‌شده در بازه را")
    assert "تحقق سهمیه: فروش ÷ سهمیه" in seen(text).splitlines()
    heads, deal, quota = table_of(text)
    assert heads == ["رکورد", "سهمیه (IRR)", "فروش (IRR)", "تعداد برد", "پورسانت (IRR)", "پیوند"]
    assert deal[:5] == ["acme:D1", "-", "۱۲٬۵۰۰٬۰۰۰٫۰۰", "۱", "۷۵۰٬۰۰۰٫۰۰"]
    assert quota[1:5] == ["۱۰٬۰۰۰٬۰۰۰٫۰۰", "-", "-", "-"]


def test_what_is_needed_in_tehran(ask: Ask) -> None:
    text = told(ask, "metrics", "needed", *OWN["needed"], *AS_OF)
    assert "هدف ۹٬۰۰۰٬۰۰۰، تا تاریخ ۱۴۰۵/۰۹/۱۰" in seen(text)
    heads, *_, won = table_of(text)
    assert won[heads.index("آخرین روز آغاز")] == "۱۴۰۵/۰۹/۱۰"
    assert won[heads.index("لازم (میانگین)")] == "۱"
    assert "۱ برد لازم است: هدف ۹٬۰۰۰٬۰۰۰٫۰۰ IRR" in seen(text)


def test_the_cadence_of_tehran(ask: Ask) -> None:
    text = told(ask, "metrics", "cadence", *AS_OF)
    heads, nima = table_of(text)
    assert nima[:3] == ["نیما 2", "۴", "۱۴۰۵/۰۲/۱۲"]
    assert "۱۴۰۵/۰۲/۱۵ بیش از اندازه در هفتهٔ اول" in nima[heads.index("تخلف‌ها")]
    assert nima[heads.index("مجاز امروز")] == "بله"
    asked = ask("metrics", "cadence", "--as-of", "2026-05-06", "--check", "nima@x.test")
    assert asked.exit_code == 8
    assert "مجاز نیست: بیش از اندازه در هفتهٔ اول، دوباره از ۱۴۰۵/۰۲/۱۹." in seen(asked.stdout)


def test_a_list_in_a_row_is_words_in_english_too(ask: Ask) -> None:
    text = told(ask, "explain", "cadence", *AS_OF, lang=None)
    assert ", violations: 2026-05-05 over_week1, " in text and "['" not in text


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("command", ["metrics", "explain"])
def test_every_line_has_one_direction_and_every_table_its_columns(ask: Ask, command: str, name: str) -> None:
    text = told(ask, command, name, *OWN.get(name, ()), *AS_OF)
    for line in filter(None, text.splitlines()):
        assert line[0] == line[-1] == MARK and is_balanced(line), line
        assert not any(letter.isascii() and letter.isalnum() for letter in outside_names(line)), line
    if command == "metrics" and name != "satisfaction":
        assert table_of(text)


@pytest.mark.parametrize("name", ALL[:-1])
def test_what_machines_read_is_the_same_in_every_language(ask: Ask, name: str) -> None:
    asked = ("metrics", name, *OWN.get(name, ()), *AS_OF, "--format")
    english, persian = (json.loads(told(ask, *asked, "json", lang=lang)) for lang in (None, "fa"))
    assert english["notes"] == [] or english.pop("notes") != persian.pop("notes")
    assert persian["params"].pop("lang") == "fa"
    assert json.dumps(english) == json.dumps(persian)
    assert ask(*asked, "csv", lang=None).stdout == ask(*asked, "csv").stdout


def test_the_catalog_in_persian(ask: Ask) -> None:
    heads, *rows = table_of(told(ask, "metrics"))
    assert heads == ["سنجه", "نام در فرمان", "پرسش"]
    assert [row[1] for row in rows] == list(json_names(ask))
    assert told(ask, "metrics", "--format", "json") == told(ask, "metrics", "--format", "json", lang=None)


def json_names(ask: Ask) -> list[str]:
    return [each["name"] for each in json.loads(told(ask, "metrics", "--format", "json", lang=None))]


@pytest.mark.parametrize("words", [("metrics",), ("metrics", "funnel"), ("explain", "quota")])
def test_an_unknown_language_is_refused_with_what_exists(ask: Ask, words: tuple[str, ...]) -> None:
    ended = ask(*words, lang="ar")
    assert ended.exit_code == 2
    assert "--lang ar: there are no words in this language." in ended.output and "There is: en, fa." in ended.output
