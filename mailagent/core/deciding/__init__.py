"""From what was read and judged to what happens: pure functions that answer with events or with reasons.

``inbound``   a mail and what is known about it → events
``cadence``   where a lead stands → its next step and when
``clock``     the buyer's hours
``guards``    why a letter may not go now
``retry``     when to try again
``digest``    the week's numbers → a letter to the manager
"""
