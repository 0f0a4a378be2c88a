"""Pages for people. ``desk`` is the private one, where drafts are read, edited, approved and rejected.

``desk``      the app                             ``session``   who is signed in
``pages``     today, a letter, signing in (GET)   ``leads``, ``lists``   what else can be read (GET)
``work``      a person's day, talks, tasks        ``ahead``, ``outlook``   what is ahead, worked out beside the desk
``deeds``     what can be done (POST)             ``serving``   an app on a port

``unsubscribe`` is the other app, on a port of its own and open to everybody: it can stop letters and nothing else.

Templates lie beside, in ``templates/``. Everything works without JavaScript: forms are POSTed and answered with 303.
"""
