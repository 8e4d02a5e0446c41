"""Where Alembic runs the migrations: on the connection it is given, inside its transaction."""

from __future__ import annotations

from alembic import context

from seedance_nb.ledger._schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
