"""The ways out: one module for each. They talk to whom a channel names, and to nobody else."""

from dataclasses import dataclass

from auditor.notify.addresses import Network
from auditor.notify.channels import Channel, Email, Webhook
from auditor.notify.messages import Message

TIMEOUT = 15.0  # seconds for one step of a conversation
DEADLINE = 60.0  # seconds for all of it


class SendError(Exception):
    """It was not sent: why, in words of ours, with none of the peer's. `final`: another attempt would do no good."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Ways:
    """What the settings say about sending: the networks that are allowed beside the public ones."""

    allowed: tuple[Network, ...] = ()


def send(channel: Channel, message: Message, ways: Ways) -> None:
    """Send it once. Raises SendError, or InputError for a secret that cannot be read."""
    if isinstance(channel, Email):
        from auditor.notify.senders.mail import send_mail

        send_mail(channel, message, ways)
    elif isinstance(channel, Webhook):
        from auditor.notify.senders.webhook import post

        post(channel, message, ways)
    else:
        from auditor.notify.senders.services import notify

        notify(channel, message, ways)
