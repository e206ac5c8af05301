"""A data export is served as the org that it came from, and the foreign client finds its figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from salesforce_clients import foreign
from simple_salesforce.exceptions import SalesforceError

from connector import sandbox
from connector.sandbox.salesforce.export import export_org, moment
from connector.sandbox.salesforce.sheets import NoExport

SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "salesforce_export"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("02/23/26 08:55 PM", datetime(2026, 2, 23, 20, 55, tzinfo=UTC)),
        ("2/3/24", datetime(2024, 2, 3, tzinfo=UTC)),
        ("12/31/99 12:05 AM", datetime(1999, 12, 31, 0, 5, tzinfo=UTC)),
        ("1/1/00 12:05 PM", datetime(2000, 1, 1, 12, 5, tzinfo=UTC)),
        ("1/2/2025 17:30", datetime(2025, 1, 2, 17, 30, tzinfo=UTC)),
        ("2025-01-02", datetime(2025, 1, 2, tzinfo=UTC)),
        ("2025-01-02 03:04:05", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2025-01-02T03:04:05.000Z", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2025-01-02T03:04:05.000+0100", datetime(2025, 1, 2, 2, 4, 5, tzinfo=UTC)),
    ],
)
def test_dates_in_every_spelling(text: str, expected: datetime) -> None:
    assert moment(text) == expected


def write(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig")
    return folder


def test_columns_become_fields_and_the_rest_is_hidden(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        Opportunity=(
            "Id,Name,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate,LastModifiedDate,Tier__c,Age (Days)\n"
            '006bm00000LKJNN,"A ""quoted""\nname",Closed Won,"1,500.50",1/31/26,TRUE,TRUE,1/2/26,1/5/26 3:15 PM,gold,3\n'
        ),
        Groups="StageName,Count\nx,1\n",
    )
    with sandbox.start(export=folder) as running:
        client = foreign(running, object_pairs_hook=dict, parse_float=Decimal)
        names = {field["name"] for field in client.Opportunity.describe()["fields"]}
        assert "Tier__c" in names
        assert not names & {"OwnerId", "CurrencyIsoCode", "Age (Days)"}
        (deal,) = client.query(
            "SELECT Id, Name, Amount, CloseDate, IsWon, IsDeleted, CreatedDate, SystemModstamp, Tier__c FROM Opportunity"
        )["records"]
        assert deal["Id"] == "006bm00000LKJNNAA5"
        assert deal["Name"] == 'A "quoted"\nname'
        assert (deal["Amount"], deal["CloseDate"], deal["IsWon"], deal["IsDeleted"]) == (
            Decimal("1500.5"),
            "2026-01-31",
            True,
            False,
        )
        assert deal["CreatedDate"] == "2026-01-02T00:00:00.000+0000"
        assert deal["SystemModstamp"] == "2026-01-05T15:15:00.000+0000"
        with pytest.raises(SalesforceError, match="not supported"):
            client.query("SELECT Id FROM Lead")
        stages = client.query("SELECT MasterLabel FROM OpportunityStage WHERE IsClosed = true")["records"]
        assert [stage["MasterLabel"] for stage in stages] == ["Closed Won", "Closed Lost"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'Id,Name,Amount\n006A,"two\nlines",1\n006B,x,abc\n', "line 4, Amount: 'abc' is no number"),
        (b'Id,Amount\n006A,"1500,50"\n', "line 2, Amount: '1500,50' is no number"),
        (b"Id,Amount\n006A,NaN\n", "line 2, Amount: 'NaN' is no number"),
        (b"Id,IsWon\n006A,perhaps\n", "line 2, IsWon: 'perhaps' is no boolean"),
        (b"Id,CloseDate\n006A,31/12/2026\n", "line 2, CloseDate: '31/12/2026' is no date"),
        (b"Id,CloseDate\n006A,\n\n006B,01/12/2026\n", "line 4, CloseDate: '01/12/2026' may begin with the month or"),
        (b"Id,Name\n006A,x\n006B,a,b\n", "line 3: 3 cells, where the header has 2"),
        (b"Id,Name,Amount\n006A,x\n", "line 2: 2 cells, where the header has 3"),
        (b"Id,Name\n,x\n", "line 2: there is no Id"),
        (b"Id,Name\n006A,x\n006A,y\n", "line 3: 006A is on line 2 already"),
        ("Id,Name\n006A,Müller\n".encode("latin-1"), "line 2: this is not UTF-8"),
        ("Id,Name\n006A,x\n".encode("utf-16"), "line 1: this is not UTF-8"),
        ("Id,Name\n006A,x\n".encode("utf-16-le"), "line 1: this is not UTF-8"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_file_and_line(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "Opportunity.csv").write_bytes(content)
    with pytest.raises(NoExport, match=re.escape(f"Opportunity.csv, {sentence}")) as told:
        export_org(tmp_path)
    assert told.value.hint


def test_one_day_above_12_tells_the_order_of_all_dates(tmp_path: Path) -> None:
    write(tmp_path, Opportunity="Id,CloseDate\n006A,01/12/2026\n", Lead="Id,CreatedDate\n00QA,1/31/26 1:15 PM\n")
    assert "Opportunity" in export_org(tmp_path).schema


def test_a_folder_without_an_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoExport, match="no CSV file named after a Salesforce object"):
        export_org(write(tmp_path, Numbers="a,b\n1,2\n"))


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample export is not here")
def test_the_sample_export_has_its_figures() -> None:
    with sandbox.start(export=SAMPLE) as running:
        client = foreign(running, object_pairs_hook=dict, parse_float=Decimal)
        deals = client.query_all("SELECT Id, Amount, IsClosed, IsWon FROM Opportunity", include_deleted=True)["records"]
        won = [deal for deal in deals if deal["IsWon"]]
        open_deals = [deal for deal in deals if not deal["IsClosed"]]
        assert (len(deals), len(won), len(deals) - len(won) - len(open_deals), len(open_deals)) == (36, 12, 8, 16)
        assert sum(deal["Amount"] for deal in won) == 2_815_000
        assert sum(deal["Amount"] or 0 for deal in open_deals) == 2_115_000
        assert client.query("SELECT count() FROM Lead")["totalSize"] == 22
        assert client.query("SELECT count() FROM Lead WHERE IsConverted = true")["totalSize"] == 5
        history = client.query_all("SELECT OpportunityId, StageName FROM OpportunityHistory ORDER BY CreatedDate, Id")[
            "records"
        ]
        first: dict[str, str] = {}
        for row in history:
            first.setdefault(row["OpportunityId"], row["StageName"])
        assert len(history) == 48
        assert sum(stage in ("Closed Won", "Closed Lost") for stage in first.values()) == 18
