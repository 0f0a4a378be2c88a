"""The commands, in two rooms: ``house`` for the person who looks after mailagent, ``sales`` for those who work with it.

Each calls one job or asks the ledger one question; what it says is in ``terminal/``.
"""
