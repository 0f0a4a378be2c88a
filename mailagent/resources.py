"""Where the files lie that mailagent ships: ``config/``, ``templates/`` and the translations."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
LOCALE = PACKAGE / "locale"


def shipped(name: str) -> Path:
    """The folder that came with the programme, whether it was installed or cloned.

    Args:
        name: ``config`` or ``templates``.
    """
    # The wheel carries the folders inside the package (pyproject, force-include); a checkout has them beside it.
    inside = PACKAGE / "shipped" / name
    return inside if inside.is_dir() else PACKAGE.parent / name
