"""The nouns of the trade as frozen dataclasses: address, message, lead, letter, policy, events."""
