"""What check says of an org: every line either holds or names its mend; nothing is raised."""

from __future__ import annotations

from typing import Any

from scripted_dataverse import ScriptedOrg

from connector.adapters.base import Wanted


def test_lines_for_a_good_and_a_lacking_org(org: ScriptedOrg, connect: Any) -> None:
    org.define("lead", "leads", {"subject": "String", "ownerid": "Owner"})
    org.define("account", "accounts", {"name": "String"}, tracked=False)
    org.columns["lead"][2]["IsSecured"] = True
    org.says("leads", {"value": [], "@odata.deltaLink": org.link("leads?x")})
    org.says("accounts", org.refusal("0x80040220", "Principal user is missing prvReadAccount privilege", 403))
    wanted = [Wanted("lead", ("subject", "ownerid", "subjct")), Wanted("account", ("name",)), Wanted("msdyn_x", ("a",))]
    lines = list(connect().checks(wanted))
    bad = [line for line in lines if not line.ok]
    assert all(line.mend for line in bad)
    texts = "\n".join(line.what for line in lines)
    assert "signed in" in texts and "Contoso" in texts and "clock" in texts
    assert "lead.ownerid: the org has no such column, did you mean '_ownerid_value'?" in texts
    assert "lead.subjct: the org has no such column, did you mean 'subject'?" in texts
    assert "lead: column security holds for subject" in texts
    assert "lead: 1 of 3 columns, read by change tracking" in texts
    assert "account: cannot be read" in texts and "msdyn_x: the org has no such table" in texts
    assert "Organization level" in next(line.mend for line in bad if line.what.startswith("account"))
    [probe] = org.asked("leads?")
    assert "track-changes" in probe.headers["Prefer"]


def test_a_failed_sign_in_is_one_line(org: ScriptedOrg, connect: Any) -> None:
    [line] = connect(client_secret="wrong").checks([Wanted("lead", ())])
    assert not line.ok and "AADSTS7000215" in line.what and line.mend


def test_read_errors_name_the_role_that_is_needed(org: ScriptedOrg, connect: Any) -> None:
    import pytest

    from connector.errors import PermissionDenied

    org.define("lead", "leads", {})
    org.says("leads", org.refusal("0x80040220", "SecLib::AccessCheckEx failed.", 400))
    adapter = connect()
    wanted = Wanted("lead", ())
    with pytest.raises(PermissionDenied) as caught:
        list(adapter.pages(wanted, adapter.shape(wanted), None))
    assert "Organization level" in caught.value.hint
