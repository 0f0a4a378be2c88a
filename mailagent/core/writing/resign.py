"""A letter under another person's name: the lines of his signature take the place of the former one's; what was typed stays."""

from __future__ import annotations

from mailagent.core.model.policy import Person

#: So many of the last lines may be the signature.
SIGNATURE_LINES = 16


def re_sign(body: str, former: Person, new: Person) -> str:
    """The same text with the signature of another person.

    Only whole lines below are changed: where somebody names his colleague in a sentence, that stays what he wrote.
    """
    lines = body.splitlines()
    first = max(0, len(lines) - SIGNATURE_LINES)
    signed: list[str] = lines[:first]
    for line in lines[first:]:
        bare = line.strip()
        if former.phone and bare.endswith(former.phone):
            if new.phone:
                signed.append(line.replace(former.phone, new.phone))
        elif former.title and bare == former.title:
            if new.title:
                signed.append(new.title)
        elif bare == former.name:
            signed.append(new.name)
        elif former.email and bare.casefold() == former.email.casefold():
            signed.append(new.email)
        else:
            signed.append(line)
    return "\n".join(signed)
