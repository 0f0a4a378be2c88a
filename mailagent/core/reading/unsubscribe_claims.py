"""What makes a request to stop surer than its words alone: the law that it names, and the question where we have the address from.

A lawyer needs many words, and a long mail is otherwise for a person to confirm; but nobody names the article of a law by chance
(``Beside.law``). And "Stop it." is a wish about anything, unless "Who gave you my address?" stands before it.
"""

from __future__ import annotations

from mailagent.core.reading.unsubscribe_beside import Beside


def prepared(text: str, beside: Beside) -> str:
    """The text with the question where the address is from joined to what follows it, and articles of laws not called as goods are."""
    # Articles 17 and 21 of the European regulation: to be forgotten, and to object.
    text = beside.article.sub("art", text) if "21" in text or "17" in text else text
    if "?" not in text and "？" not in text:
        return text
    spaced, glued = beside.whence
    return glued.sub(r"\1，", spaced.sub(r"\1, ", text))
