"""The ledger in people's words and language, for the terminal, the desk and the notices.

``words``     codes (kinds, states), times and places
``reasons``   why something was stopped, held, moved or assigned
``story``     a lead's journal as sentences
``sayings``   the sentences that the core wrote down, in the reader's language; they stand in ``rhythm`` (leads and letters),
              ``refusals`` (what a person is refused) and ``breakdowns`` (what does not work)
"""
