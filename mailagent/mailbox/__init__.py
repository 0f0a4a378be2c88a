"""The IMAP side: reading mailboxes without disturbing the people who work in them. Start in ``base.py``."""
