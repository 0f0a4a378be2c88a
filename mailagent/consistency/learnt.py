"""What was learnt about the wishes of a language (``languages/<xx>.wishes``): a broken file is passed over when mail is read."""

from __future__ import annotations

from collections.abc import Iterator

from mailagent.consistency.scene import Scene
from mailagent.errors import Problem

BROKEN = "cannot be read ({why}); only phrases are looked for until it is replaced: take the file that was shipped"
UNKNOWN = "names wishes that mailagent does not know: {names}; take the file that was shipped with this version"


def wishes(scene: Scene) -> Iterator[Problem]:
    """The files hold what they should."""
    files = {code: learnt for code, learnt in scene.policy.wishes.items() if code not in scene.trusted}
    if not files:
        return
    # Late: what reads mail is slow to load, and what was shipped is looked at only by ``mailagent check``.
    from mailagent.core.reading.ear import Ear
    from mailagent.core.reading.facts import INTENTS
    from mailagent.core.reading.wishes import BESIDE

    for code, learnt in files.items():
        file = f"languages/{code}.wishes"
        try:
            ear = Ear(learnt)
        except ValueError as error:
            yield Problem(file, "", BROKEN.format(why=error))
            continue
        unknown = sorted({*ear.wishes} - {*INTENTS, *BESIDE})
        if unknown:
            yield Problem(file, "", UNKNOWN.format(names=", ".join(unknown)))
