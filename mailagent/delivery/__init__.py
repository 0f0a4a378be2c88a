"""The SMTP side: handing over one letter, and knowing afterwards what became of it. Start in ``base.py``."""
