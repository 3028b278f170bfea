"""Single sign-on with OpenID Connect: authorization code flow with PKCE, state and nonce. No HTTP is served here.

`configured.relying` reads the settings, `provider.Provider` knows what the provider says about itself, `ways` sends
somebody there and learns who came back. Who that is here, `auditor.store.access.vouched` finds out.
docs/decisions/0015-single-sign-on.md says why it looks like this.
"""

from auditor.errors import AuditorError


class SsoError(AuditorError):
    """Nobody is signed in: `reason` is a word of ours for the journal, the message is for people.

    Neither has a text of the provider's in it, nor a secret.
    """

    def __init__(self, reason: str, says: str) -> None:
        self.reason = reason
        super().__init__(says)


class UnavailableError(SsoError):
    """The provider does not answer, or not as it should: another attempt may do better."""

    def __init__(self, says: str) -> None:
        super().__init__("provider-unavailable", says)
