"""Writes and reads as fast as it can: `python -m tests.store.hammering TRANSACTIONS`, the URL in HAMMER_DATABASE.

Prints a line after each transaction that was kept.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

from sqlalchemy import delete, func, select

from auditor.store import blobs, journal
from auditor.store.engine import open_store
from auditor.store.sql import table_of
from auditor.store.tables import Blob, RuleRow

ROOT = Path(__file__).resolve().parents[2]
BLOBS, RULES = table_of(Blob), table_of(RuleRow)


def begin(url: str, transactions: int) -> "subprocess.Popen[str]":
    """Start a process that hammers."""
    command = [sys.executable, "-m", "tests.store.hammering", str(transactions)]
    environment = {**os.environ, "HAMMER_DATABASE": url}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def main(transactions: int) -> None:
    """Each transaction: a rule, three contents of which one goes again, a journal entry; and a look at all of it."""
    store, dice, me = open_store(os.environ["HAMMER_DATABASE"]), random.Random(os.getpid()), os.getpid()
    for number in range(transactions):
        with store.writing() as connection:
            contents = [dice.randbytes(dice.randrange(1, 30_000)) for _ in range(3)]
            idents = blobs.put_many(connection, contents)
            connection.execute(delete(BLOBS).where(BLOBS.c.id == idents[1]))
            connection.execute(RULES.insert(), {"rule": f"{me}-{number}"})
            journal.append(connection, str(me), "hammered", str(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        with store.reading() as connection:
            rules = connection.scalar(select(func.count()).select_from(RULES)) or 0
            kept = connection.scalar(select(func.count()).select_from(BLOBS)) or 0
            assert kept == 2 * rules, f"half a transaction was seen: {rules} rules, {kept} contents"


if __name__ == "__main__":
    main(int(sys.argv[1]))
