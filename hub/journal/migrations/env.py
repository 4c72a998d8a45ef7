"""Alembic's way in: run by ``hub.journal.opening.migrate``, never by hand."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from hub.journal.opening import engine_for
from hub.journal.tables import metadata

#: Several processes may start at once; one migrates, the others wait.
LOCK = 7_212_026

database = context.config.attributes["database"]
engine = engine_for(database)
# The transaction is ours, begun before Alembic looks: on SQLite it would else commit after each revision, and the next
# process would start in between.
with engine.connect() as connection, connection.begin():
    if database.dialect == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=database.dialect == "sqlite")
    context.run_migrations()
engine.dispose()
