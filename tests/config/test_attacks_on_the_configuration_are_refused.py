"""Whatever stands in crossfunnel.toml, in its variables or in the files it names: one sentence, fast, and no secret in it."""

from __future__ import annotations

import os
import tomllib
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector import plainfiles
from connector.config import find_config, load_settings, require
from connector.errors import ConfigError
from connector.interpolation import LARGEST_FILE
from connector.redaction import redact
from connector.tomlfile import LARGEST, parse_toml
from tests.odd_files import ODD, put

SALESFORCE = '[sources.acme]\nkind = "salesforce"\ndomain = "acme.my"\nclient_id = "app"\n'
DYNAMICS = '[sources.contoso]\nkind = "dynamics"\ntenant_id = "t"\nclient_id = "c"\n'
ENTRA_SECRET = "abc8Q~" + "d" * 34
SESSION = "00Dxx0000001gPL!AQ4AQFakeFakeFakeFakeFakeFake"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----"


def refusal(folder: Path, text: str | bytes, environ: dict[str, str] | None = None, *, needed: bool = False) -> str:
    """What is said of a file; ``needed``: of what its sources lack once they are asked for."""
    path = folder / "crossfunnel.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        loaded = load_settings(path, environ or {})
        if needed:
            require(loaded)
    assert caught.value.exit_code == 2
    return str(caught.value)


# --- the file itself ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[report]\nbase_currency = USD\n", ":2:17: not valid TOML: Invalid value"),
        (b"[report]\n[report]\n", ":2:8: not valid TOML: Cannot declare ('report',) twice"),
        (b"[sources.acme]\n[sources.acme]\n", "twice"),
        (b"[report]\nx = 1\nx = 2\n", "not valid TOML: Cannot overwrite a value"),
        (b"a = 1979-13-01\n", ":1:9: not valid TOML"),
        (b"a = 0x1G\n", "not valid TOML"),
        (b"a = 012\n", "not valid TOML"),
        (b"a = " + b"9" * 5000, "a number with too many digits"),
        (b'\xff\xfea\x00=\x001\x00', "is not UTF-8 text but, by its first bytes, UTF-16"),
        (b"a\x00=\x00", "UTF-16"),
        (b'[report]\nbase_currency = "USD\x00"\n', ":2:"),
        ("a = 'Müller'".encode("latin-1"), "is not UTF-8 text (byte 7); save it as UTF-8"),
        (b"a = " + b"[" * 400 + b"]" * 400, "nested more than 30 levels deep"),
        (b"a = " + b"[" * 100_000, "nested more than 30 levels deep"),
        (b"a = " + b"{b = " * 300 + b"1" + b"}" * 300, "nested more than 30 levels deep"),
        (b"a." * 50 + b"a = 1", "nested more than 30 levels deep"),
        (b"x" * (LARGEST + 1), "has over 200,000 bytes"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_configuration_says_where_and_why(tmp_path: Path, text: bytes, words: str) -> None:
    found = refusal(tmp_path, text)
    assert words in found
    assert str(tmp_path / "crossfunnel.toml") in found
    assert len(found) < 500


def test_a_key_of_many_parts_never_reaches_the_parser_that_it_would_stall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tomllib, "loads", lambda _: pytest.fail("was parsed"))
    for text in (
        "a." * 40 + "a = 1",
        "[" + "a . " * 40 + "a]",
        "x = {" + '"a".' * 40 + "b = 1}",
        "'a'." * 40 + "b = 1",
    ):
        assert "nested more than 30 levels deep" in refusal(tmp_path, text)


def test_many_dots_that_are_no_key_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_text(
        f"# {'.' * 100}\n  # {'a.b.' * 40}\n[store]\nurl = 'sqlite:///{'../' * 40}x.db'\n", encoding="utf-8"
    )
    assert load_settings(path, {}).store_path == Path("/x.db")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_bytes(b"\xef\xbb\xbf[report]\nbase_currency = 'CHF'\n")
    assert load_settings(path, {}).report.base_currency == "CHF"


@pytest.mark.parametrize(("what", "words"), ODD.items())
def test_something_else_in_place_of_the_file_is_told(tmp_path: Path, what: str, words: str) -> None:
    path = tmp_path / "crossfunnel.toml"
    put(what, path)
    with pytest.raises(ConfigError) as caught:
        parse_toml(path)
    assert words in str(caught.value)


def test_no_file_is_read_further_than_its_limit(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    huge.touch()
    os.truncate(huge, 200_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(plainfiles.UnusableFile, match="has over 200,000 bytes"):
            plainfiles.read_text(huge, LARGEST)
        assert tracemalloc.get_traced_memory()[1] < 4 * LARGEST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("named", ["x" * 5000, "/nowhere/x.toml", "~nobody-at-all/x.toml"])
def test_a_configuration_that_cannot_be_there_lists_where_it_was_looked_for(named: str) -> None:
    with pytest.raises(ConfigError, match="looked at --config"):
        find_config(None, {"CROSSFUNNEL_CONFIG": named})


# --- references ---


@pytest.mark.parametrize(
    "value",
    ["${A:-${B}}", "${${A}}", "${A", "${}", "${1A}", "${A-B}", "${A:b}", "${env:A}", "${file:}", "x${A}y${", "${file:${A}}", "${A:-x{y}"],
)  # fmt: skip
def test_a_half_reference_is_never_taken_for_a_value(tmp_path: Path, value: str) -> None:
    text = refusal(tmp_path, f'{SALESFORCE}client_secret = "{value}"\n', {"A": "one", "B": "two", "one": "hush-hush"})
    assert "sources.acme.client_secret: '${' begins a reference, but what follows is none" in text
    assert "hush-hush" not in text and value not in text


def test_what_a_reference_brings_is_no_reference_again(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_text(f'{SALESFORCE}client_secret = "${{A}}"\n', encoding="utf-8")
    (tmp_path / "s").write_text("${B}")
    (loaded,) = require(load_settings(path, {"A": "${B}${A}${file:s}", "B": "wrong"}))
    assert loaded.client_secret.get_secret_value() == "${B}${A}${file:s}"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("brought", "words"),
    [
        ({"A": "hush\nhush"}, "environment variable A (holds more than one line, or a control character)"),
        ({"A": "hush\x1b[2Jhush"}, "environment variable A (holds more than one line, or a control character)"),
        ({"A": "hush\udcffhush"}, "environment variable A (is not UTF-8 text)"),
        ({"A": "\n"}, "environment variable A (empty)"),
        ({}, "environment variable A (not set)"),
    ],
)
def test_a_variable_that_no_secret_can_be_is_told_when_its_source_is_asked(
    tmp_path: Path, brought: dict[str, str], words: str
) -> None:
    text = refusal(tmp_path, f'{SALESFORCE}client_secret = "${{A}}"\n', brought, needed=True)
    assert f"sources.acme.client_secret: no value; looked at {words}" in text
    assert "hush" not in text


def test_a_line_break_at_the_end_of_a_secret_is_not_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    (tmp_path / "s").write_text("from a file\r\n")
    path.write_text(f'{SALESFORCE}client_secret = "${{A}}"\nusername = "${{file:s}}"\n', encoding="utf-8")
    (loaded,) = require(load_settings(path, {"A": "hush-hush\n"}))
    assert loaded.client_secret.get_secret_value() == "hush-hush"  # type: ignore[attr-defined]
    assert loaded.username == "from a file"  # type: ignore[attr-defined]


def several_lines(path: Path) -> None:
    path.write_text("hush\nhush\n", encoding="utf-8")


def too_much(path: Path) -> None:
    path.write_bytes(b"h" * (LARGEST_FILE + 1))


def utf_16(path: Path) -> None:
    path.write_bytes("hush".encode("utf-16"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        *[(partial(put, what), words) for what, words in ODD.items()],
        (lambda path: None, "cannot be read: No such file"),
        (several_lines, "holds more than one line, or a control character"),
        (too_much, "has over 65,536 bytes"),
        (utf_16, "is not UTF-8 text"),
    ],
)
def test_a_file_that_no_secret_can_be_is_told(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    make(tmp_path / "secret")
    text = refusal(tmp_path, f'{SALESFORCE}client_secret = "${{file:secret}}"\n', needed=True)
    assert f"sources.acme.client_secret: no value; looked at file {tmp_path / 'secret'} (" in text
    assert words in text and "hush" not in text


def test_a_home_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = refusal(tmp_path, f'{SALESFORCE}client_secret = "${{file:~nobody-at-all/x}}"\n', needed=True)
    assert "there is no such home folder" in text


def test_references_cannot_multiply_a_file(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"h" * LARGEST_FILE)
    tracemalloc.start()
    try:
        lines = "".join(f'k{number} = "{"${file:big}" * 50}"\n' for number in range(250))
        assert "its references bring over 65,536 characters" in refusal(tmp_path, SALESFORCE + lines)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_value_that_looks_in_many_places_tells_some_of_them(tmp_path: Path) -> None:
    text = refusal(
        tmp_path, f'{SALESFORCE}client_secret = "{"".join(f"${{V{n}}}" for n in range(9_000))}"\n', needed=True
    )
    assert "V4 (not set) and 8995 more" in text
    assert len(text) < 1_000


# --- values ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("store = 5\n", "store: must be a table, as in [store]"),
        ('store = ["a"]\n', "store: must be a table, as in [store]"),
        ("mappings = 5\n", "mappings: must be a table"),
        ("[mappings]\npath = 5\n", "mappings.path: must be a text in quotes"),
        ("[mappings]\npaht = 'x'\n", "mappings.paht: unknown key, did you mean 'path'?"),
        ("[[mappings]]\npath = 'x'\n", "mappings: must be a table"),
        ("sources = 5\n", "sources: must be a table"),
        ("[sources]\nacme = 5\n", "sources.acme: must be a table, as in [sources.acme]"),
        ("[[sources.acme]]\nkind = 'salesforce'\n", "sources.acme: must be a table"),
        ("[sources.acme]\n", "sources.acme.kind: is missing; one of salesforce, dynamics, office365"),
        ("[sources.acme]\nkind = 5\n", "sources.acme.kind: is unknown; one of"),
        ("[store]\nurl = 5\n", "store.url: must be a text in quotes"),
        ("[store]\nurl = 'postgresql://u:hush-hush@h/d'\n", "store: url must look like sqlite:///crossfunnel.db"),
        ("[store]\nurl = 'sqlite:///x.db?mode=ro'\n", "store: url names a file; nothing may follow its name"),
        ("[store]\nurl = 'sqlite:///~nobody-at-all/x.db'\n", "store.url: no usable path: there is no such home folder"),
        (f"[store]\nurl = 'sqlite:///{'x' * 300}.db'\n", "store.url: no usable path: File name too long"),
        ("[report]\nfiscal_year_start = true\n", "report.fiscal_year_start: must be a whole number"),
        ("[report]\nfiscal_year_start = 'x'\n", "report.fiscal_year_start: must be a whole number"),
        ("[report]\nfiscal_year_start = 13\n", "report.fiscal_year_start: must not be above 12"),
        ("[report]\ncalendar = 5\n", "report.calendar: must be one of standard, 4-4-5"),
        ("[report]\ntimezone = '../../etc/passwd'\n", "report.timezone: is no time zone"),
        ("[report]\ntimezone = 'Europe'\n", "report.timezone: is no time zone"),
        ("[report]\nfiscal_year_days = 5\n", "report.fiscal_year_days: must be a list"),
        ("[report]\ncalendar = '4-4-5'\nfiscal_year_days = ['hush-hush']\n", "report: fiscal_year_days holds something that is no day"),
        ("[sync]\nretain_versions_days = 1e400\n", "sync.retain_versions_days: must be a whole number"),
        ("[sync]\nretain_rejects_days = nan\n", "sync.retain_rejects_days: must be a whole number"),
        ("[sync]\nretain_rejects_days = -1\n", "sync.retain_rejects_days: must not be below 0"),
        ("[sync]\nretain_versions_days = 999999999999\n", "sync.retain_versions_days: must not be above 36525"),
        (SALESFORCE + "start_date = 'hush-hush'\n", "sources.acme.start_date: must be a day such as 2025-01-01"),
        (SALESFORCE + "start_date = 07:32:00\n", "sources.acme.start_date: must be a day"),
        (SALESFORCE + "objects = 'Lead'\n", "sources.acme.objects: must be a list"),
        (SALESFORCE + "objects = ['Lead', 5]\n", "sources.acme.objects.1: must be a text in quotes"),
        (SALESFORCE + "api_budget = true\n", "sources.acme.api_budget: must be a whole number"),
        (SALESFORCE + "api_budget = 0\n", "sources.acme.api_budget: must not be below 1"),
        (SALESFORCE + "api_version = '../../x'\n", "sources.acme.api_version: must be a version number such as 62.0"),
        (SALESFORCE + "ca_bundle = 5\n", "sources.acme.ca_bundle: must be a path in quotes"),
        (SALESFORCE + "client_secret = 123456\n", "sources.acme.client_secret: must be a text in quotes"),
        (SALESFORCE + "name = 'other'\n", "sources.acme.name: unknown key"),
        (SALESFORCE + "missing = []\n", "sources.acme.missing: unknown key"),
        (SALESFORCE.replace("acme.my", "acme.my/services"), "sources.acme: domain is the name before .salesforce.com"),
        (DYNAMICS.replace('"t"', '"../other"'), "sources.contoso.tenant_id: must be the tenant's id"),
        (DYNAMICS + "auth = 'secret'\n", "sources.contoso.auth: must be one of client_secret, certificate, device_code"),
        ("[sources.'../../x']\nkind = 'dynamics'\n", "sources.../../x: a source name begins with a letter a-z"),
        ("[sources.\"a\\u001b[2J\"]\nkind = 'dynamics'\n", "sources.'a\\x1b[2J': a source name begins with"),
        ('[report]\nbase_currency = "U\\nSD"\n', "report.base_currency: must be one line without control characters"),
        ('[mappings]\npath = "a\\u0000b"\n', "mappings.path: must be one line without control characters"),
    ],
)  # fmt: skip
def test_a_wrong_value_has_its_sentence(tmp_path: Path, text: str, words: str) -> None:
    found = refusal(tmp_path, text)
    assert words in found
    assert "hush-hush" not in found and "123456" not in found


def test_thousands_of_mistakes_are_counted_and_a_hundred_told(tmp_path: Path) -> None:
    text = refusal(tmp_path, "".join(f"[{'x' * 200}{number}]\n" for number in range(700)))
    assert "700 mistakes:" in text and "and 600 more" in text
    assert len(text) < 20_000


@pytest.mark.parametrize(
    "url",
    [
        "http://contoso.test",
        "ftp://contoso.test",
        "contoso.test",
        "https:/contoso.test",
        "https://user:hush-hush@contoso.test",
        "https://hush-hush@contoso.test",
        "https://contoso.test/api/data?secret=hush-hush",
        "https://contoso.test?sig=hush-hush",
        "https://contoso.test#hush-hush",
        "https://contoso.test;hush-hush",
        "https://contoso.test:99999",
        "https://contoso.test:0",
        "https://contoso.test:",
        "https://contoso.test:44x",
        "https://evil.test\\@contoso.test",
        "https://contoso .test",
        "https://contoso..test",
        "https://.contoso.test",
        "https://cоntoso.test",
        "https://[::1",
        "https://",
        "https://" + "a" * 5000,
    ],
)
@pytest.mark.parametrize("key", ["url", "authority"])
def test_an_address_that_is_no_bare_https_origin_is_refused_without_repeating_it(
    tmp_path: Path, key: str, url: str
) -> None:
    text = refusal(tmp_path, f"{DYNAMICS}{key} = '{url}'\n")
    assert f"sources.contoso.{key}: must " in text
    assert "hush-hush" not in text and len(text) < 400


@pytest.mark.parametrize(
    "url", ["https://Contoso.test", "https://contoso.test/", "HTTPS://contoso.test:8443", "https://[::1]:8443"]
)
def test_an_origin_is_taken_in_any_spelling(tmp_path: Path, url: str) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_text(f"{DYNAMICS}url = '{url}'\n", encoding="utf-8")
    assert load_settings(path, {}).sources["contoso"].url == "https" + url.lower().removeprefix("https").rstrip("/")  # type: ignore[attr-defined]


@pytest.mark.parametrize("proxy", ["proxy:3128", "socks5://hush-hush@proxy:1080", "http://", "http://u:hush-hush@proxy/x", "http://u:hush-hush@proxy:x", "http://[::1"])  # fmt: skip
def test_a_proxy_that_is_none_is_refused_without_its_password(tmp_path: Path, proxy: str) -> None:
    text = refusal(tmp_path, f"{SALESFORCE}proxy = '{proxy}'\n")
    assert "sources.acme.proxy: " in text and "http://proxy:3128" in text
    assert "hush-hush" not in text


def test_no_secret_is_shown_by_anything_made_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_text(
        f'{SALESFORCE}client_secret = "hush-hush"\nproxy = "http://user:s3cret-pass@proxy:3128"\n', encoding="utf-8"
    )
    loaded = load_settings(path, {})
    assert "hush-hush" not in repr(loaded) and "s3cret-pass" not in repr(loaded)
    assert redact("hush-hush and s3cret-pass") == "[redacted] and [redacted]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"client_id = '{ENTRA_SECRET}'", "client_id: holds what looks like a client secret of Entra; it belongs in client_secret"),
        (f"client_id = '{'A1' * 32}'", "client_id: holds what looks like a consumer secret of Salesforce"),
        (f"domain = '{SESSION}'", "domain: holds what looks like a session id of Salesforce; it belongs in session_id"),
        (f"username = '5Aep861{'x' * 40}'", "username: holds what looks like a refresh token of Salesforce"),
        (f"instance_url = '{SESSION}'", "instance_url: holds what looks like a session id"),
        (f"api_version = 'eyJhbGciOiJ.{'x' * 40}.sig'", "api_version: holds what looks like an access token"),
        (f"private_key_file = '{PRIVATE_KEY}'", "private_key_file: holds what looks like a private key"),
        (f"private_key_file = '''{PRIVATE_KEY}\nMIIE\n'''", "private_key_file: holds what looks like a private key"),
        (f"objects = ['{ENTRA_SECRET}']", "objects: holds what looks like a client secret"),
        (f"note = '{ENTRA_SECRET}'", "note: holds what looks like a client secret"),
        ("client_id = '${LEAKED}'", "client_id: holds what looks like a client secret"),
    ],
)  # fmt: skip
def test_a_secret_in_the_wrong_place_is_refused_without_repeating_it(tmp_path: Path, line: str, words: str) -> None:
    head = "[sources.acme]\nkind = 'salesforce'\n"
    text = refusal(tmp_path, f"{head}{line}\n", {"LEAKED": ENTRA_SECRET})
    assert f"sources.acme.{words}" in text
    for secret in (ENTRA_SECRET, SESSION, "A1A1", "xxxxx", "BEGIN"):
        assert secret not in text


def test_secrets_are_welcome_in_the_keys_made_for_them(tmp_path: Path) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_text(f"{SALESFORCE}client_secret = '{ENTRA_SECRET}'\nsession_id = '{SESSION}'\n", encoding="utf-8")
    assert load_settings(path, {}).sources["acme"].method() == "session"


@pytest.mark.parametrize("key", ["ca_bundle", "private_key_file"])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        *((what, ODD[what]) for what in ("pipe", "socket", "device")),
        ("dangling", "cannot be read: No such file"),
        ("nothing", "cannot be read: No such file"),
    ],
)
def test_a_file_that_a_source_names_and_that_is_none_is_told_before_anything_is_asked(
    tmp_path: Path, key: str, what: str, words: str
) -> None:
    if what != "nothing":
        put(what, tmp_path / "it")
    text = refusal(tmp_path, f"{SALESFORCE}client_secret = 'x'\n{key} = 'it'\n", needed=True)
    assert f"sources.acme.{key}: {(tmp_path / 'it').resolve()} {words}" in text


def test_a_ca_bundle_that_is_no_pem_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.der").write_bytes(b"\x30\x82\x01\x00")
    text = refusal(tmp_path, f"{SALESFORCE}client_secret = 'x'\nca_bundle = 'ca.der'\n", needed=True)
    assert "holds no certificate in PEM form" in text


# --- anything at all ---

KEYS = st.sampled_from(
    [
        "store",
        "report",
        "sync",
        "mappings",
        "sources",
        "acme",
        "kind",
        "url",
        "path",
        "timezone",
        "x",
        "proxy",
        "objects",
    ]
)
VALUES = st.one_of(
    st.sampled_from(['"salesforce"', '"dynamics"', "5", "true", "nan", "-inf", "1e999", "[]", "{}", "1979-05-27", "07:32:00", '"${A}"', '"${A"', '"\\u0000"', "''", '"~x/y"', '"/\\u0001"']),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=20).map(repr),
)  # fmt: skip
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}.{}]".format, KEYS, KEYS),
    st.builds("[[{}]]".format, KEYS),
    st.builds("[{}]".format, KEYS),
    st.just('[sources.acme]\nkind = "salesforce"'),
    st.just('[sources.acme]\nkind = "dynamics"'),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=200), st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines).encode()))
)
@example(content=b"[sources.acme]\nkind = []")
@example(content=b'"" = 1\n[sources.""]\nkind = ""')
def test_any_bytes_are_settings_or_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "crossfunnel.toml"
    path.write_bytes(content)
    try:
        require(load_settings(path, {"A": "x\ny"}))
    except ConfigError as error:
        assert error.exit_code == 2
        assert str(error).splitlines()[0]
