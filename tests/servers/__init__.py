"""Real servers for tests, on loopback, ended by the id of their own process.

Fixtures (from `tests.servers.fixtures`, known to every test):

`database_url`
    The URL of a database of this test alone, with the tables of this release and no row. The test runs twice: on SQLite
    and on PostgreSQL.
`sqlite_url`, `postgres_url`
    One of the two.
`empty_database_url`, `empty_sqlite_url`, `empty_postgres_url`
    The same without a table, for tests of what makes them; of SQLite there is no file yet.
`postgres`
    The `Postgres` of this xdist worker: `postgres.new_database()` gives a URL; `stop()`, `start()`, `restart()` and
    `kill()` (SIGKILL of the whole tree) keep port, password and data. A test that stops it must start it again;
    whoever wants one for himself, without that duty: `with Postgres() as server:`.
`redis_server`
    A `RedisServer` of this test alone: `url` (TCP), `socket_url` and `celery_socket_url` (unix socket), `client()`,
    `kill()`, `stop()`, `start()`, `wipe()`. With an append-only file that outlives a kill:
    `with RedisServer(appendonly=True) as server:`.

Mark what uses a server without these fixtures with `needs_postgres` or `needs_redis`. As root, the servers run as
the user `postgres` or `nobody`; otherwise as whoever runs the tests. Passwords are random, and stand in files of mode
0600 and in the URLs that tests are given: never in a command line.
"""
