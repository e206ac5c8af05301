"""Runs migrations over the connection that upgrade.py hands in; alembic loads this file by its name.

A new migration: change the tables, then add ``versions/<revision>_<idea>.py`` and its revision to schema.REVISIONS;
tests/store/test_migrated_schema_is_todays.py tells what is missing.
"""

from alembic import context

from connector.store.tables import METADATA

# SQLite alters most of a table by copying it, which alembic calls a batch
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
# the caller's transaction is around this one, so nothing is committed here
with context.begin_transaction():
    context.run_migrations()
