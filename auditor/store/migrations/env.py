"""What Alembic runs: the steps, on the connection and inside the transaction that `store.migrate` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,  # SQLite too: its driver is told to leave transactions to us (`store.engine`)
)
context.run_migrations()
