"""The keys that sign: restored beside the database as docs/how-to/upgrade.md says, they sign as before."""

import base64
import hashlib
import hmac
import secrets
import shutil
import sqlite3
from pathlib import Path

import pytest

from auditor.errors import InputError
from auditor.notify.addresses import networks
from auditor.notify.channels import checked_channel
from auditor.notify.messages import Message
from auditor.notify.senders import Ways, send
from auditor.store.engine import Store, open_store
from auditor.store.migrate import upgrade
from auditor.store.notify.subscribers import add_channel, find_channel
from tests.notify.peers import Receiver, web_server
from tests.simulators.pki import Authority

MESSAGE = Message("msg_1", "Auditor", "text\n", "<p>text</p>", {"type": "run.finished", "data": {"events": []}})


def sent(store: Store, receiver: Receiver, key: bytes) -> bool:
    """Send by the channel of this store; whether the receiver, who kept the key, takes the signature for genuine."""
    with store.reading() as connection:
        channel = find_channel(connection, "chat").channel
    send(channel, MESSAGE, Ways(networks("127.0.0.0/8")))
    got = receiver.got[-1]
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return got.headers["webhook-signature"] == f"v1,{expected}"


def test_a_restored_signing_key_signs_what_receivers_take(tmp_path: Path) -> None:
    """Database and key restored: the receiver notices nothing. Without the key nothing is sent, and the file that is
    missing is named; with another one, the receiver does not take it.
    """
    authority, receiver = Authority(tmp_path / "pki"), Receiver()
    file, backup, copy = tmp_path / "webhook.key", tmp_path / "backup.key", tmp_path / "copy.sqlite"
    file.write_text(secrets.token_urlsafe(32))
    key = file.read_bytes()
    store = open_store(f"sqlite:///{tmp_path}/auditor.sqlite")
    upgrade(store)
    with web_server(authority.issue("localhost", "127.0.0.1"), receiver):
        definition = {"kind": "webhook", "url": f"https://localhost:{receiver.port}/in", "secret": f"file:{file}"}
        with store.writing() as connection:
            channel = checked_channel({**definition, "ca_file": str(authority.ca_file)})
            add_channel(connection, "chat", channel, "tester")
        assert sent(store, receiver, key)
        shutil.copy2(file, backup)
        with sqlite3.connect(tmp_path / "auditor.sqlite") as old, sqlite3.connect(copy) as new:
            old.backup(new)
        store.close()

        file.unlink()
        restored = open_store(f"sqlite:///{copy}")
        with pytest.raises(InputError, match="webhook"):
            sent(restored, receiver, key)
        file.write_text(secrets.token_urlsafe(32))
        assert not sent(restored, receiver, key)
        shutil.copy2(backup, file)
        assert sent(restored, receiver, key)
        restored.close()
    assert len(receiver.got) == 3
