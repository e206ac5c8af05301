"""A wrong crossfunnel.toml is mended in one round trip: every mistake, where it is, and what was meant."""

from pathlib import Path

import pytest

from connector.config import find_config, load_settings, require
from connector.errors import ConfigError

GOOD = """
[store]
url = "sqlite:///data/store.db"
[report]
base_currency = "EUR"
timezone = "Europe/Berlin"
[sources.acme]
kind = "salesforce"
domain = "acme.my"
client_id = "app"
client_secret = "${ACME_SECRET}"
start_date = 2025-01-01
[sources.contoso]
kind = "dynamics"
url = "https://contoso.crm.dynamics.com"
tenant_id = "t"
client_id = "c"
client_secret = "${file:secret.txt}"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "crossfunnel.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(folder, text), environ or {})
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_good_file_becomes_settings_with_paths_counted_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("pst\n", encoding="utf-8")
    settings = load_settings(written(tmp_path, GOOD), {"ACME_SECRET": "s3cret"})
    acme, contoso = require(settings)
    assert settings.store_path == tmp_path / "data" / "store.db"
    assert acme.instance_origin == "https://acme.my.salesforce.com"
    assert acme.method() == "client_credentials"
    assert acme.start_date == "2025-01-01T00:00:00Z"
    assert contoso.client_secret.get_secret_value() == "pst"
    assert "s3cret" not in repr(settings)


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    text = refusal(tmp_path, GOOD.replace("tenant_id", "tenent_id"))
    assert "sources.contoso.tenent_id: unknown key, did you mean 'tenant_id'?" in text


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = refusal(
        tmp_path,
        '[stor]\n[report]\ntimezone = "Berlin"\ncalender = "standard"\n[sources.Acme]\nkind = "salesforce"\n'
        '[sources.x]\nkind = "dinamics"\n[sources.y]\nkind = "dynamics"\nurl = "http://y.test"\n',
    )
    for part in ("stor: unknown table, did you mean 'store'?", "report.timezone", "report.calender", "'calendar'"):
        assert part in text
    for part in ("sources.Acme", "sources.x.kind: 'dinamics' is unknown, did you mean 'dynamics'?", "sources.y.url"):
        assert part in text


def test_a_missing_secret_is_one_error_that_lists_every_place_looked_at(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD), {})
    with pytest.raises(ConfigError) as caught:
        require(settings)
    text = str(caught.value)
    assert "sources.acme.client_secret: no value; looked at environment variable ACME_SECRET (not set)" in text
    assert f"sources.contoso.client_secret: no value; looked at file {tmp_path / 'secret.txt'}" in text


def test_a_secret_that_another_source_lacks_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("pst", encoding="utf-8")
    settings = load_settings(written(tmp_path, GOOD), {})
    assert [source.name for source in require(settings, ["contoso"])] == ["contoso"]


def test_a_default_stands_in_for_an_unset_variable(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, '[report]\nbase_currency = "${BASE:-CHF}"\n'), {})
    assert settings.report.base_currency == "CHF"


def test_a_missing_value_outside_the_sources_is_told_at_once(tmp_path: Path) -> None:
    assert "report.base_currency: no value; looked at environment variable BASE (not set)" in refusal(
        tmp_path, '[report]\nbase_currency = "${BASE}"\n'
    )


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://contoso.test", "must begin with https://"),
        ("https://user:pw@contoso.test", "must hold no user name or password"),
        ("https://contoso.test/api/data", "must be a bare origin"),
    ],
)
def test_an_address_that_could_leak_a_token_is_refused_without_repeating_it(
    tmp_path: Path, url: str, part: str
) -> None:
    text = refusal(tmp_path, GOOD.replace("https://contoso.crm.dynamics.com", url))
    assert part in text
    assert "pw" not in text


def test_broken_toml_says_where(tmp_path: Path) -> None:
    assert "line 2" in refusal(tmp_path, "[store]\nurl = \n")


def test_an_unknown_source_name_lists_what_is_configured(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD), {})
    with pytest.raises(ConfigError, match=r"no source named 'acm', did you mean 'acme'.*acme, contoso"):
        require(settings, ["acm"])


def test_a_week_based_calendar_needs_its_years_declared(tmp_path: Path) -> None:
    assert "fiscal_year_days" in refusal(tmp_path, '[report]\ncalendar = "4-4-5"\n')
    assert "neither 52 nor 53 weeks" in refusal(
        tmp_path, '[report]\ncalendar = "4-4-5"\nfiscal_year_days = ["2024-02-04", "2025-02-03"]\n'
    )
    settings = load_settings(
        written(tmp_path, '[report]\ncalendar = "4-4-5"\nfiscal_year_days = [2024-02-04, "2025-02-02"]\n'), {}
    )
    assert settings.report.fiscal_year_days == ("2024-02-04", "2025-02-02")


def test_where_the_file_was_looked_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"CROSSFUNNEL_CONFIG": "/nowhere/x.toml"})
    for part in ("--config: not given", "CROSSFUNNEL_CONFIG: /nowhere/x.toml", str(tmp_path / "crossfunnel.toml")):
        assert part in str(caught.value)
