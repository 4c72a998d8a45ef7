"""Alembic's way in, for the core's revisions and every exchange's: run by ``hub.journal.opening.migrate``, never by hand."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table=context.config.attributes["versions"],
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
