"""What the system says of a file that cannot be read or written, in the reader's language."""

from __future__ import annotations

import errno

from mailagent.i18n import _


def why(error: OSError) -> str:
    """Why it was refused, as a part of a sentence; what is rare is said in the system's own words."""
    said = {
        errno.ENOENT: _("there is no such file or folder"),
        errno.EACCES: _("this user has no right to it"),
        errno.EPERM: _("this user has no right to it"),
        errno.EROFS: _("the disk can only be read"),
        errno.EISDIR: _("it is a folder"),
        errno.ENOTDIR: _("a file stands where a folder must be"),
        errno.EEXIST: _("it is there already"),
        errno.ENOSPC: _("the disk is full; make some room"),
        errno.EDQUOT: _("the disk is full; make some room"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.ELOOP: _("its links lead in a circle"),
        errno.EMFILE: _("too many files are open"),
    }
    return said.get(error.errno or 0) or error.strerror or str(error)
