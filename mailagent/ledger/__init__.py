"""The ledger: one SQLite file with everything that must not be lost. All SQL of mailagent stands in this folder.

``db``        opening, transactions, times and ids
``schema``    the tables, as numbered migrations; ``migrations`` holds the later ones
``journal``   ``record(events)``: the one door by which sales state changes
``project``   what each event does to the tables
``inbox``     sources, locations, cursors, and what was made of each mail
``known``     what the ledger knows about a mail that has just been read
``send_facts``  what is asked about a letter before it leaves
``leads`` · ``outbox`` · ``tasks`` · ``suppressions`` · ``reports``   the questions that jobs, commands and pages ask
"""
