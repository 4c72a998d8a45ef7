"""The journal's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.journal.tables import Id

revision = "0001"
down_revision = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # The database's clock in microseconds; SQLite gets a function of the same name from each connection.
        op.execute(
            "CREATE FUNCTION hub_now() RETURNS bigint LANGUAGE sql VOLATILE AS "
            "'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint'"
        )

    if op.get_bind().dialect.name == "postgresql":
        # Ciphertext does not compress.
        op.execute("ALTER TABLE contents ALTER COLUMN body SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE messages ALTER COLUMN data_key SET STORAGE PLAIN")
