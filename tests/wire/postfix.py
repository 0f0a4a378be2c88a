"""A real Postfix (3.x, Debian) for tests: takes letters from our users, delivers to Dovecot, writes real bounces.

Only root can start Postfix. Nothing can leave the machine: every other domain has the transport ``error:``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from door import own_port
from dovecot import Dovecot, wait_until_it_answers

MAIN = """\
compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {d}/mail.log
maillog_file_prefixes = {d}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.acme.example
mydomain = acme.example
myorigin = acme.example
mydestination =
mynetworks =
alias_maps =
alias_database =
virtual_mailbox_domains = acme.example, cust.example
# Everybody is accepted at RCPT; Dovecot refuses unknown users later, so that Postfix writes a real bounce.
virtual_mailbox_maps = static:everybody
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
# A domain of ten thousand buyers who share one mailbox.
virtual_alias_domains = many.example
virtual_alias_maps = regexp:{d}/aliases
relay_domains =
transport_maps = texthash:{d}/transport
default_transport = error:5.1.2 nothing leaves the test machine
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sender_restrictions = check_sender_access texthash:{d}/senders
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificates}/cert.pem
smtpd_tls_key_file = {certificates}/key.pem
smtpd_tls_session_cache_database =
smtp_tls_session_cache_database =
minimal_backoff_time = 2s
queue_run_delay = 2s
delay_warning_time = 1s
maximal_queue_lifetime = 8s
bounce_queue_lifetime = 8s
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
message_size_limit = 2000000
"""

#: Addresses that are refused or put off at RCPT already.
TRANSPORT = """\
gone@cust.example error:5.1.1 User unknown here
blocked@cust.example error:5.7.1 Blocked by policy
later@cust.example retry:4.7.1 Greylisted, come back later
nohost@cust.example error:5.1.2 Host or domain name not found
full@cust.example error:5.2.2 Mailbox is full, quota exceeded
big@cust.example smtp:[127.0.0.1]:{strict}
disliked@cust.example smtp:[127.0.0.1]:{strict}
slow@cust.example smtp:[127.0.0.1]:{nobody}
"""
#: What the next server, which is strict, says of recipients.
STRICT = "disliked@cust.example 550 5.7.1 Message blocked by policy, see our rules\n"
ALIASES = "/@many\\.example$/ many@cust.example\n"
SENDERS = "stranger@acme.example 553 5.7.1 Sender address rejected: not owned by user\n"

MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{believing} inet n - n - - smtpd -o smtpd_reject_unlisted_recipient=no
127.0.0.1:{strict} inet n - n - - smtpd -o myhostname=strict.example -o message_size_limit=50000 -o smtpd_sender_restrictions=
  -o smtpd_relay_restrictions=reject_unauth_destination -o smtpd_recipient_restrictions=check_recipient_access,texthash:{d}/strict
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """The server; ``smtp`` speaks STARTTLS, ``smtps`` TLS from the first byte. Users and passwords are Dovecot's.

    ``believing`` takes every recipient, and reports afterwards whom it did not reach.
    """

    def __init__(self, dovecot: Dovecot) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pf", dir="/tmp"))
        self.folder.chmod(0o755)
        self.smtp, self.smtps, self.believing, self._strict = own_port(), own_port(), own_port(), own_port()
        self._dovecot = dovecot

    def start(self) -> None:
        for name in ("queue", "data", "etc"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        dovecot = self._dovecot
        files = {
            "etc/main.cf": MAIN.format(d=self.folder, lmtp=dovecot.lmtp, auth=dovecot.auth, certificates=dovecot.folder),
            "etc/master.cf": MASTER.format(d=self.folder, smtp=self.smtp, smtps=self.smtps, believing=self.believing, strict=self._strict),
            "transport": TRANSPORT.format(strict=self._strict, nobody=own_port()),
            "strict": STRICT,
            "senders": SENDERS,
            "aliases": ALIASES,
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
            # Postfix waits two seconds for a file that was written just now; so these look a minute old.
            os.utime(self.folder / name, (time.time() - 60,) * 2)
        with open(self.folder / "out", "wb") as out:
            self.process = subprocess.Popen(["postfix", "-c", self.folder / "etc", "start-fg"], stdout=out, stderr=out)
        wait_until_it_answers(self.smtp, self.process, (self.folder / "out", self.folder / "mail.log"))

    def stop(self) -> None:
        subprocess.run(["postfix", "-c", self.folder / "etc", "stop"], capture_output=True)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.terminate()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        return (self.folder / "mail.log").read_text(errors="replace")
