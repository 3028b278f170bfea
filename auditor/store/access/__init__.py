"""Who somebody is: users and their grants, passwords, sessions, tokens, and how often somebody guessed.

`signing_in.sign_in`, `sessions.signed_in` and `tokens.bearer` find out who asks and give a `Principal`; what it may do
is `auditor.access`'s to say. Every change is written into the journal in its own transaction, without any secret.
"""
