"""Logging in without a password (OAuth 2.0): getting tokens, keeping them, and leading a person through his consent.

Theory. A mail server takes an *access token*, which lives for about an hour. It is got in one of four ways (*flows*): a person agrees
once in a browser (RFC 6749 §4.1 with PKCE, RFC 7636, on this computer, RFC 8252) or by a code on another device (RFC 8628), which
leaves a *refresh token* here that fetches the next ones; or the app speaks for itself, with a secret (RFC 6749 §4.4) or with a key
that signs (RFC 7523). Whatever is fetched lies in one file a mailbox, for its owner only. Refresh tokens may change with every use,
so that two at once must never use the same one: the file has a lock. A refresh token that is refused is never tried again.

``mailbox/`` and ``delivery/`` do not know this room: ``office.py`` hands them a ``TokenSource``.
"""
