"""Sentences by which a person is refused something, and why a letter cannot be written or sent. Told by ``sayings.py``."""

from __future__ import annotations

from mailagent.i18n import N_

SAYINGS = (
    N_('"{what}" is no country of calendar.toml; write its two letters, as DE.'),
    N_('"{what}" is no time zone; write one as "America/Denver".'),
    N_('"{what}" is no code of a state or province; write it as in ISO 3166-2, as BY.'),
    # what only its owner or the manager may
    N_("Lead {lead} lies in the pool: take it yourself, or ask the manager to give it to somebody."),
    N_("Lead {lead} is {name}'s. Only its owner or the manager gives it to somebody else."),
    N_("Lead {lead} is {name}'s. Only its owner or the manager lets it go on."),
    N_("Only {name} or the manager lets sending from the mailbox {mailbox} go on."),
    N_("Only the manager, or who paused it, lets sending go on."),
    # what is refused to a person
    N_("Letter {letter} is {state} already."),
    N_("Letter {letter} was changed after you opened it. Read it again, then approve."),
    N_("Letter {letter} was changed after you opened it. Read it again, then save."),
    N_("Letter {letter} needs the manager's approval."),
    N_("Nothing may be sent to {address}: {reason}."),
    N_("No copy may go to {address}. Read letter {letter} again as it is now, then approve."),
    N_("Lead {lead} shows signs of fraud. Verify it first."),
    N_("{address} may have asked for no more letters. Decide that first."),
    N_("A letter needs a subject and a text."),
    N_("A subject may have {subject} letters and a text {text}."),
    N_("There is a control character in the subject or text. Type that line again."),
    N_("Letter {letter} is {state}; it can no longer be changed."),
    N_("Letter {letter} is {state}; it can no longer be rejected."),
    N_("Letter {letter} is not in doubt."),
    N_('"{address}" is not a mail address.'),
    N_("{address} belongs to a provider of free mail: name the addresses instead."),
    N_("{address} is our own domain."),
    N_("Type why he is answered all the same: what does he ask?"),
    N_("Nothing keeps us from writing to {address}."),
    N_("{address} has asked nothing since he was silenced; only that may be answered."),
    N_("A draft for lead {lead} waits already."),
    N_("cadences.toml has no cadence with an answer for it; answer from your own mail program."),
    N_("The law of his country allows no further follow-up to {address}."),
    N_("A letter to {address} is being handed over at this moment. Try again in a minute."),
    N_("{address} is not suppressed."),
    N_("Say with --evidence why it may be written to again."),
    N_("{address} asked for silence: only his own new consent lifts it. Say when and how he gave it."),
    N_("Lead {lead} is not paused."),
    N_("There is no task {task}."),
    N_("There is no letter {letter}."),
    N_("There is no lead {lead}. mailagent leads lists them."),
    # what keeps a letter from being written or sent
    N_("mailagent.toml names no [[person]], so nobody can sign a letter"),
    N_("mailagent.toml: company.{key}: fill it in, no letter may leave without it"),
    N_('"{address}" is no address that a letter can be sent to'),
    N_('lead {lead}: "{address}" is no address that a letter can be sent to'),
    N_('"{address}" needs SMTPUTF8, which is not spoken here: ask for another address'),
    N_("letter {letter}: the text holds half a character (position {position}): type that word again"),
    N_('"{day}" is no day of the year; write it as 05-17.'),
    N_('"{show_class}" is no class of people met at a show; known are: {classes}.'),
    N_('cadences.toml has no cadence with "{show_class}" among its shows.'),
)
