"""Reading: from the bytes of one mail to an ``InboundMessage``, and from that to what kind of mail it is.

The order of work: ``parse`` (with ``charset``, ``headers``, ``body``, ``quoting``, ``bounce``) → ``relay.unwrap``
(platform notice, web form, forward → the real buyer; with ``relay_senders``, ``labels``, ``form``, ``forward``) → ``language`` →
``signs.find_signs`` (with ``autoreply``, ``unsubscribe``, ``solicitation``) → ``kind.classify`` →
``facts`` (with ``phrases`` that are listed and ``wishes`` that are learnt); ``read`` is all of it.
Nothing here raises on a mail, and nothing here decides what happens next.
"""
