"""What is kept of one person: the rows that an export shows and an erasure empties (GDPR Art. 15 and 17, PIPL Art. 45 and 47)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonalData:
    """Everything that the ledger has of one person.

    Attributes:
        address: as it was asked for.
        names: what he is called, for the notices to our own people that speak of him.
        company_id: his company if he is the only person of it that we know, and it is no customer of ours; else None.
        mails: inbound rows from him, to him and about him.
        by_others: of these, mails that another buyer wrote in his matters; an erasure takes them, an export leaves them out.
        mentions: mails of other people's matters that name his address; they stay, and his address is taken out of what is kept of them.
        letters: letters to him; copies: letters to others that name him, as by a copy; notices: to our own people, naming him.
        files: of the large mails, below the folder of sources; ulids: names of the letters in the spool.
    """

    address: str
    names: tuple[str, ...] = ()
    contact_id: int | None = None
    company_id: int | None = None
    leads: tuple[int, ...] = ()
    mails: tuple[int, ...] = ()
    by_others: tuple[int, ...] = ()
    mentions: tuple[int, ...] = ()
    letters: tuple[int, ...] = ()
    copies: tuple[int, ...] = ()
    notices: tuple[int, ...] = ()
    tasks: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
    ulids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return self.contact_id is None and not (self.mails or self.letters or self.copies or self.notices or self.mentions)
