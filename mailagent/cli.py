"""The commands. Each one calls one job or asks the ledger one question; what it says is in ``terminal/``.

A mistake of the person or of the world ends in one clear line and exit code 1; a traceback never reaches him.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from mailagent import __version__, log
from mailagent import settings as places
from mailagent.commands import ahead, auth, files, house, mail, people, rules, sales, work
from mailagent.commands.help_page import named, summary
from mailagent.errors import BadFile, ConfigError, MailagentError
from mailagent.i18n import _, set_process_language
from mailagent.init_command import init_command
from mailagent.speech import mistakes
from mailagent.speech.sayings import told


class Commands(click.Group):
    """Turns our own errors into one line (or a list of problems), and everything else into a line and a log entry."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except ConfigError as error:
            if len(error.problems) > 1:
                click.echo(_("The configuration has {count} mistakes:").format(count=len(error.problems)), err=True)
            for problem in error.problems:
                click.echo(("  " if len(error.problems) > 1 else "") + mistakes.say(problem), err=True)
            context.exit(1)
        except BadFile as error:
            click.echo(mistakes.told(str(error)), err=True)
            context.exit(1)
        except MailagentError as error:
            click.echo(told(str(error)), err=True)
            context.exit(1)
        except (BrokenPipeError, KeyboardInterrupt):
            context.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            click.echo(files.went_wrong(error), err=True)
            context.exit(1)
        except Exception as error:
            logging.getLogger(__name__).debug("unexpected", exc_info=True)
            click.echo(_("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}"), err=True)
            click.echo(_("Run it again with --verbose and send us what it prints."), err=True)
            context.exit(1)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its first sentence, whole."""
        rows = [(name, summary(command)) for name, command in sorted(self.commands.items()) if not command.hidden]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


@click.group(cls=Commands, help=_("The agent that export companies run on their sales mailbox."))
@click.version_option(__version__, prog_name="mailagent")
@click.option("--home", type=click.Path(path_type=Path), help=_("The company's home folder (else MAILAGENT_HOME, else this folder)."))
@click.option("--lang", type=click.Choice(["en", "zh"]), help=_("Language of the programme."))
@click.option("--verbose", is_flag=True, help=_("Say more, and show the details of an unexpected error."))
@click.pass_context
def main(context: click.Context, home: Path | None, lang: str | None, verbose: bool) -> None:
    if lang:
        set_process_language(lang)
    context.obj = places.find_home(home)
    context.meta["verbose"] = verbose
    log.configure(None, verbose)
    if not verbose:
        # A command says what it found by itself; the log is the daemon's.
        logging.getLogger("mailagent").setLevel(logging.CRITICAL)


ROOMS = (ahead, auth, house, mail, people, rules, sales, work)
for command in (init_command, *(command for room in ROOMS for command in room.COMMANDS)):
    main.add_command(command)
named(main)


if __name__ == "__main__":
    sys.exit(main())
