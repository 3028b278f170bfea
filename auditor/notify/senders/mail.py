"""Mail over SMTP. The server is verified before it hears a name or a password; headers are made by `email`."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from auditor.notify import secrets
from auditor.notify.addresses import within
from auditor.notify.channels import Email
from auditor.notify.messages import Message
from auditor.notify.senders import TIMEOUT, SendError, Ways
from auditor.notify.senders.peers import cut, ended_after, verifying

_HERE = ("127.0.0.1", "::1", "localhost")


def made(channel: Email, message: Message) -> EmailMessage:
    """The mail. `EmailMessage` refuses a header with an end of line in it; ours have none."""
    mail = EmailMessage()
    domain = channel.sender.rpartition("@")[2]
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    if message.again:
        mail["X-Auditor-Repeated"] = "true"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def send_mail(channel: Email, message: Message, ways: Ways) -> None:
    """Send it. Raises SendError, InputError."""
    if channel.security == "none" and not _near(channel.host, ways):
        raise SendError("mail without TLS is for this machine and addresses in notify_networks only")
    context = verifying(channel.ca_file) if channel.security != "none" else None
    password = secrets.read(channel.password) if channel.password else ""
    client = _client(channel, context)
    try:
        with ended_after(lambda: cut(client.sock)):
            client.connect(channel.host, channel.port)
            if channel.security == "starttls" and context:
                client.starttls(context=context)
            if password:
                client.login(channel.username, password)
            refused = client.send_message(made(channel, message), channel.sender, list(channel.to))
        if refused:
            raise SendError(f"{len(refused)} of {len(channel.to)} recipients were refused", final=True)
    except ssl.SSLCertVerificationError:
        raise SendError("the server's certificate was not accepted") from None
    except smtplib.SMTPAuthenticationError as problem:
        raise SendError(f"user name or password was refused ({problem.smtp_code})") from None
    except smtplib.SMTPRecipientsRefused:
        raise SendError("every recipient was refused") from None
    except smtplib.SMTPResponseException as problem:
        raise SendError(f"the server answered {problem.smtp_code}") from None
    except smtplib.SMTPNotSupportedError:
        raise SendError("the server lacks what the channel asks for (starttls, or a login)") from None
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise SendError(f"the conversation broke off ({type(problem).__name__})") from None
    finally:
        client.close()


def _client(channel: Email, context: ssl.SSLContext | None) -> smtplib.SMTP:
    name = channel.sender.rpartition("@")[2]
    if channel.security == "tls" and context:
        client: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=name, timeout=TIMEOUT, context=context)
    else:
        client = smtplib.SMTP(local_hostname=name, timeout=TIMEOUT)
    client._host = channel.host  # type: ignore[attr-defined]  # smtplib knows it only from its constructor: for SNI
    return client


def _near(host: str, ways: Ways) -> bool:
    try:
        return host in _HERE or within(host, ways.allowed)
    except ValueError:  # a name: what it leads to may change
        return False
