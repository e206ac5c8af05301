"""``crossfunnel init``: a commented crossfunnel.toml and copies of the packaged mapping files to start from."""

from __future__ import annotations

import shutil
from pathlib import Path

from connector.config import FILE_NAME
from connector.errors import UsageError

TEMPLATE = """\
# crossfunnel: which orgs to read, and what to count in.
# ${NAME} reads the environment, ${NAME:-default} has a default, ${file:/run/secrets/x} reads a file.

[store]
url = "sqlite:///crossfunnel.db"          # relative to this file's folder

[report]
base_currency = "USD"                     # every amount is valued in it
timezone = "UTC"                          # which day an instant falls on, e.g. Europe/Berlin
fiscal_year_start = 1                     # month

[mappings]
path = "mappings"                         # your files here override the packaged ones, file by file

# A Salesforce org. README.md says how to make the connected app and which permissions it needs.
#[sources.acme]
#kind = "salesforce"
#domain = "acme.my"                       # https://acme.my.salesforce.com
#auth = "client_credentials"              # or jwt, refresh_token, password, session
#client_id = "${SALESFORCE_CLIENT_ID}"
#client_secret = "${SALESFORCE_CLIENT_SECRET}"

# A Dynamics 365 org.
#[sources.contoso]
#kind = "dynamics"
#url = "https://contoso.crm.dynamics.com"
#tenant_id = "${DYNAMICS_TENANT_ID}"
#client_id = "${DYNAMICS_CLIENT_ID}"
#client_secret = "${DYNAMICS_CLIENT_SECRET}"
#timezone = "Europe/Berlin"                # the org's own zone: its goals begin at midnight there
"""


def scaffold(folder: Path, packaged: Path) -> list[Path]:
    """Writes what is not there yet and returns it; UsageError where the configuration exists already."""
    target = folder / FILE_NAME
    if target.exists():
        raise UsageError(f"{target} is there already", hint="edit it, or run init in an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(TEMPLATE, encoding="utf-8")
    written = [target]
    mappings = folder / "mappings"
    mappings.mkdir(exist_ok=True)
    for source in sorted(packaged.glob("*.yaml")):
        copy = mappings / source.name
        if not copy.exists():
            shutil.copyfile(source, copy)
            written.append(copy)
    return written
