"""The words of the trade and of dates: ``trade.toml`` as values, checked."""

from __future__ import annotations

from pydantic import Field, field_validator

from mailagent.core.model.company import Table

#: A list of phrases under the name of what they mean.
Phrases = dict[str, tuple[str, ...]]


class TimeWords(Table):
    """``trade.toml [dates]``: how people name a time.

    Attributes:
        nouns: units, days, weeks, quarters, seasons and feasts; the code knows when each of them is.
        months: number of the month → its names, for languages without a file of their own.
        around: the small words before and behind a noun ("after", "end of"), and what a sentence with a date is about.
    """

    nouns: Phrases = Field(default_factory=dict)
    months: Phrases = Field(default_factory=dict)
    around: Phrases = Field(default_factory=dict)

    @field_validator("months")
    @classmethod
    def _numbered(cls, months: Phrases) -> Phrases:
        for number in months:
            if number not in {str(month) for month in range(1, 13)}:
                raise ValueError(f'"{number}" is no month; months are 1 to 12')
        return months


class Trade(Table):
    """``trade.toml``: particulars of an inquiry and the phrases that buyers of all languages have for them.

    Attributes:
        payment: term of payment, as it is shown → phrases.
        certificates: paper → phrases.
        trade_roles: importer, wholesaler, retailer, oem, agent, end_user → phrases.
        decision_power: collects, asks_details, looks → words of titles; says_… → the same said in a sentence.
        questions: what asks without a question mark.
        promises: what we promise, and what makes a promise none.
        terms: trade term → how it is said in words ("ab Werk").
        ports, cities: country, two letters → names of its ports and towns.
        counted: units behind numbers; half, one_container, one_pallet and one_sample are said in words; take stands before goods.
        number_words: number → words that say it; 12, 100, 1000 and 1000000 multiply what stands before them.
    """

    dates: TimeWords = Field(default_factory=TimeWords)
    payment: Phrases = Field(default_factory=dict)
    certificates: Phrases = Field(default_factory=dict)
    trade_roles: Phrases = Field(default_factory=dict)
    decision_power: Phrases = Field(default_factory=dict)
    questions: Phrases = Field(default_factory=dict)
    promises: Phrases = Field(default_factory=dict)
    counted: Phrases = Field(default_factory=dict)
    number_words: Phrases = Field(default_factory=dict)
    terms: Phrases = Field(default_factory=dict)
    ports: Phrases = Field(default_factory=dict)
    cities: Phrases = Field(default_factory=dict)

    @field_validator("number_words")
    @classmethod
    def _said(cls, numbers: Phrases) -> Phrases:
        for number in numbers:
            if not number.replace(".", "", 1).isdecimal():
                raise ValueError(f'"{number}" is no number; write it in digits, as "12" or "1.5"')
        return numbers
