"""A whole company to try the programme on: a mail server on this machine, sample mail, and buyers who answer.

``server`` is the mail server (real IMAP and SMTP), ``samples`` the mails in ``mail/``, ``buyers`` those who get our
letters, ``company/`` the home folder of Lumena Lighting Co., Ltd., which makes LED lights in Ningbo and exists only here.
"""
