"""The commands, in rooms: ``house`` for the person who looks after mailagent, ``sales`` and ``work`` for those who work with it, ``mail``,
``people``, ``rules``, ``ahead`` and ``auth`` for what their names say.

Each calls one job or asks the ledger one question; what it says is in ``terminal/``. Beside them: ``common`` (who is there), ``kinds``
(what can be typed), ``files`` (what is read and written where a person names a path), ``click_words`` and ``help_page``
(what ``--help`` says).
"""

from mailagent.commands import click_words

# Before any command is put together: some of Click's texts are looked up then.
click_words.speak()
