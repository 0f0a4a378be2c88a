"""The sandbox in which templates are filled; why it is so bare is said in ``templates.py``, which loads it for the first letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FILTERS = ("capitalize", "default", "first", "int", "join", "last", "length", "lower", "round", "trim", "upper")
_DICTIONARY_METHODS = ("get", "items", "keys", "values")


class Reading(Context):
    """The variables of one text; who watches hears which of them are read."""

    def resolve_or_missing(self, key: str):
        """A variable, as Jinja asks for it."""
        if self.environment.seen is not None:
            self.environment.seen.add(key)
        return super().resolve_or_missing(key)


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox: what a letter needs, and nothing else.

    Attributes:
        seen: the names of the variables that are read, while somebody watches.
    """

    context_class = Reading
    seen: set[str] | None = None
    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, texts: Mapping[str, str]):
        def load(name: str):
            text = texts.get(name)
            return None if text is None else (text, f"templates/{name}.txt", lambda: True)

        super().__init__(
            loader=FunctionLoader(load),
            undefined=StrictUndefined,
            # Text, not HTML: "Müller & Söhne" must stay as it is.
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            finalize=_refuse_nothing,
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}

    @contextmanager
    def watched(self) -> Iterator[set[str]]:
        """The names of all variables that templates read meanwhile."""
        self.seen = set()
        try:
            yield self.seen
        finally:
            self.seen = None

    def join_path(self, template: str, parent: str) -> str:
        """A part is looked for in the folder of the template that names it, so no language borrows from another."""
        return f"{parent.rpartition('/')[0]}/{template}"

    def is_safe_attribute(self, obj, attr, value) -> bool:
        """Strings and numbers have no methods here; dictionaries only the harmless ones."""
        if isinstance(obj, dict):
            return attr in _DICTIONARY_METHODS
        if isinstance(obj, (str, int, float, list, tuple)):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context, operator, left, right):
        """``*`` and ``%`` are for numbers: repeating or padding text is how a template eats all memory.

        ``"tier %s" % 2`` is harmless and may stay.
        """
        if operator == "%" and isinstance(left, str) and re.fullmatch(r"(?:[^%]|%[%ds]){0,200}", left):
            return super().call_binop(context, operator, left, right)
        if operator == "**" or not all(isinstance(side, (int, float)) for side in (left, right)):
            raise SecurityError(f'"{operator}" is for numbers only')
        return super().call_binop(context, operator, left, right)


def _refuse_nothing(value):
    if value is None:
        raise TemplateError("a value is None: give the template a text, or ask for it with {% if %}")
    return value
