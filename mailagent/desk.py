"""Opens the desk (``web/``) on an office: the place where the private page gets its ledger, rules and verbs."""

from __future__ import annotations

from mailagent.jobs.simulate import simulate
from mailagent.office import Office
from mailagent.web.desk import create_desk, serve
from mailagent.web.serving import WebServer
from mailagent.web.session import login_link, read_desk_passwords


def open_desk(office: Office, *, port: int | None = None, open_as: str = "") -> WebServer:
    """Serve the desk in threads of its own; ``.stop()`` ends it.

    Args:
        port: instead of the one in ``mailagent.toml [desk]``; 0 takes a free one.
        open_as: everybody who opens the page is this person; only for the demo, where nothing is real.

    Raises:
        MailagentError: the port is taken.
    """
    desk = office.policy.desk
    app = create_desk(
        office.ledger,
        office.policy,
        secret=office.settings.desk_secret,
        now=office.now,
        reviewer_for=office.reviewer,
        passwords=read_desk_passwords(office.settings.home),
        open_as=open_as,
        foresee=lambda days, most, tell: simulate(office, days, most=most, tell=tell),
    )
    server = serve(app, desk.host, desk.port if port is None else port)
    server.start()
    return server


def link_for(office: Office, name: str) -> str:
    """A link that logs this person in once, within ten minutes; for people who sit at this computer."""
    desk = office.policy.desk
    return login_link(office.settings.desk_secret, name, f"http://{desk.host}:{desk.port}")
