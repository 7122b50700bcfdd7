"""Marks English texts for translation where no Django is: pure modules and the labels of stored words.

The site hands its translator over when it starts (tracker.apps). Until then, and in a program without the site, texts
are English. Everything else takes gettext, gettext_lazy and ngettext from django.utils.translation.
"""

from collections.abc import Callable


class Translator:
    """What texts are translated with; the functions of gettext, as Django has them."""

    gettext: Callable[[str], str] = staticmethod(str)
    ngettext: Callable[[str, str, int], str] = staticmethod(lambda one, many, number: one if number == 1 else many)


def gettext(text: str) -> str:
    """The text in the language of the site."""
    return Translator.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The text for so many, in the language of the site."""
    return Translator.ngettext(one, many, number)


def gettext_noop(text: str) -> str:
    """The text as it is: found by `make messages`, translated where it is shown."""
    return text
