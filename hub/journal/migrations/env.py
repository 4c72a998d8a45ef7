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
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=database.dialect == "sqlite")
    with context.begin_transaction():
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.run_migrations()
    connection.commit()
engine.dispose()
