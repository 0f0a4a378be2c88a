"""What every command needs first: the office of the home folder, and who the person is."""

from __future__ import annotations

import click

from mailagent.core.model.policy import Person
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.office import Office, open_office

#: A person does not wait as long for the ledger as the daemon does, seconds.
PATIENCE = 5.0


def office_of(context: click.Context, busy_seconds: float = PATIENCE) -> Office:
    home = context.obj
    if not (home / "config").is_dir():
        raise MailagentError(_("{home} holds no configuration. Run “mailagent init” there, or name another --home.").format(home=home))
    return open_office(home, busy_seconds=busy_seconds)


def reviewer_of(office: Office, name: str | None):
    """The person at the terminal; without --as the only one there is."""
    people = office.policy.people
    if name is None and len(people) == 1:
        name = people[0].name
    if not name:
        raise MailagentError(_("Who are you? Use --as NAME with one of: {names}").format(names=known_people(office)))
    return office.reviewer(somebody(office, name))


def somebody(office: Office, name: str) -> Person:
    """One of our people, by name or address. Raises ``MailagentError`` with everybody's names."""
    person = office.policy.person(name)
    if person is None:
        text = _('"{name}" is nobody of mailagent.toml. Use one of: {names}')
        raise MailagentError(text.format(name=name[:80], names=known_people(office)))
    return person


def known_people(office: Office) -> str:
    return ", ".join(person.name for person in office.policy.people) or _("nobody; see mailagent.toml [[person]]")


as_option = click.option("--as", "name", help=_("Who you are: a name of mailagent.toml (recorded as local, not authenticated)."))
