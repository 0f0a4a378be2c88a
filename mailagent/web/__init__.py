"""Pages for people. ``desk`` is the private one, where drafts are read, edited, approved and rejected.

``desk``      the app and its server        ``session``    who is signed in
``pages``     what can be read (GET)        ``deeds``      what can be done (POST)

Templates lie beside, in ``templates/``. Everything works without JavaScript: forms are POSTed and answered with 303.
"""
