"""Writing letters: a step of a cadence, a buyer's last mail and a template become a draft, and a draft becomes bytes.

``draft.write`` is the door in, ``compose.build`` the door out. Between them a person reads and approves.
"""
