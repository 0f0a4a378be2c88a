"""Sentences about our own people's work: deadlines, talks, tasks, who works on what. Told by ``sayings.py``."""

from __future__ import annotations

from mailagent.i18n import N_

SAYINGS = (
    # until when a buyer is answered
    N_("buyers in {country} are answered within {number} of our working hours"),
    N_("buyers in {country} are answered within {number} of our working days"),
    N_("buyers in {country} are answered by {time} our time"),
    N_("buyers in {country} are answered before we leave"),
    N_("buyers of whom nobody knows where they sit are answered within {number} of our working hours"),
    N_("buyers of whom nobody knows where they sit are answered within {number} of our working days"),
    N_("buyers of whom nobody knows where they sit are answered by {time} our time"),
    N_("buyers of whom nobody knows where they sit are answered before we leave"),
    N_("tier {tier} is answered within {number} of our working hours"),
    N_("tier {tier} is answered within {number} of our working days"),
    N_("tier {tier} is answered by {time} our time"),
    N_("tier {tier} is answered before we leave"),
    N_("The answer is late: it was due on {since}"),
    N_("the answer will be late: he is told so, and when it comes"),
    # tasks
    N_("Call him: {number} working days without an answer"),
    N_("This is overdue since {since}: {text}"),
    N_("The deposit must be here before production begins"),
    N_("The letter of credit must be here a month before delivery"),
    N_("Check the letter of credit word by word: two people, each by himself"),
    N_("Our own inspection, a week before delivery"),
    N_("Arrange the customer's inspection, a week before delivery"),
    N_("Arrange the third party's inspection, two weeks before delivery"),
    N_("The sample has been with him for five days: ask how it did"),
    N_("He said something on the {channel} that may be an order: check it, and write him what you have noted"),
    N_("He named a date on the {channel}: {day}"),
    N_("Nobody has touched this lead for {days} days: write, call, or say why not"),
    N_("Nobody has touched this lead for {days} days: does it return to the pool?"),
    N_("Two of us would write to one company: {names}. Give it to one of them: mailagent assign {lead} NAME"),
    # letters beside the cadence
    N_("a call was made: what was said, for him to correct"),
    N_("{name} works with him now: one letter to say so"),
    N_("one of us talked with him"),
    # what is refused
    N_("There is no lead {lead}."),
    N_("There is no task {task}."),
    N_("Task {task} is done already."),
    N_("Type what was said."),
    N_("That is longer than {number} letters. Type the gist."),
    N_('"{channel}" is no channel. Use one of: {names}'),
    N_("A talk cannot lie in the future."),
    N_("A talk cannot lie before the first mail of its lead, {since}."),
    N_('"{name}" is nobody of mailagent.toml. Use one of: {names}'),
    N_("Lead {lead} is {name}'s already."),
    N_("{name} takes no leads."),
    N_("{name} has nothing to hand over."),
    N_("Name two different people."),
    N_("Only the manager decides that."),
    N_("Choose a time that lies ahead."),
    N_("Nobody waits for a decision about this lead."),
    N_("Name at least one date or paper of the order."),
    N_('"{day}" is no date. Write it as 2026-12-31.'),
    N_("The first day must not lie after the last one."),
    N_("The text of templates/{file}.txt says “{text}”: an acknowledgement holds no money and no promise."),
    N_("Nobody has approved “{file}” beforehand."),
)
