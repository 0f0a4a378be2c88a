"""Click's own words ("Usage:", "Missing argument", "[default: …]") in the language of the programme.

Theory. Click says its texts through ``gettext.gettext``, which asks the environment for the language, once for the whole process. Ours can
be chosen by ``--lang`` and ``MAILAGENT_LANG`` as well, and in one catalogue. So the two functions by which Click's modules look
a text up are replaced by ours; a text that our catalogue does not have stays as it is. ``TEXTS`` puts them into the catalogue.
"""

from __future__ import annotations

import gettext
import sys

import click

from mailagent.i18n import N_, _

TEXTS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Positional arguments"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("%(prog)s, version %(version)s"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("Missing parameter: {param_name}"),
    N_("Missing {param_type}"),
    N_("Missing command."),
    N_("No such option {name!r}."),
    N_("No such option: {name}"),
    N_("No such command {name!r}."),
    N_("Did you mean {possibility}?"),
    N_("(Did you mean one of: {possibilities}?)"),
    N_("(Possible options: {possibilities})"),
    N_("Got unexpected extra argument ({args})"),
    N_("Got unexpected extra arguments ({args})"),
    N_("Option {name!r} does not take a value."),
    N_("Option {name!r} requires an argument."),
    N_("Option {name!r} requires {nargs} arguments."),
    N_("Argument {name!r} takes {nargs} values."),
    N_("{value!r} is not {choice}."),
    N_("{value!r} is not one of {choices}."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("{value!r} is not a valid boolean. Recognized values: {states}"),
    N_("Choose from:\n\t{choices}"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    N_("Could not open file {filename!r}: {message}"),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("File"),
    N_("Directory"),
    N_("Path"),
    N_("default: {default}"),
    N_("required"),
    N_("(dynamic)"),
    N_("env var: {var}"),
    N_("Aborted!"),
    N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."),
    N_("Error: invalid input"),
)


def speak() -> None:
    """Let Click speak our language from now on; to be called before the commands are put together."""
    for name, module in list(sys.modules.items()):
        if name == "click" or name.startswith("click."):
            if getattr(module, "_", None) is gettext.gettext:
                module._ = _
            if getattr(module, "ngettext", None) is gettext.ngettext:
                module.ngettext = counted
    # What a value is called where it has no name of its own: "TEXT" in a usage, "integer" in an error.
    click.STRING.name, click.INT.name, click.FLOAT.name = _("text"), _("integer"), _("number")
    click.IntRange.name, click.FloatRange.name = _("integer"), _("number")


def counted(singular: str, plural: str, number: int) -> str:
    """One of two of Click's texts, by how many there are."""
    return _(singular if number == 1 else plural)
