"""Settings: values for parameters that come from outside the spec, each with the text in which its caller wrote it.

From the command line that is `classes=10`, from Python `"classes": 10` of a dict or `classes=10` of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..record import record
from ..source import ARGUMENTS, OPTION, PARAMS, SourceFile, Span


@record
class Setting:
    """A value for a parameter: where its name and the value stand; either is empty where it is missing.

    `example` is what one looks like that is right.
    """

    name: Span
    value: Span
    example: str

    @property
    def source(self) -> SourceFile:
        """The text of the whole."""
        return self.name.source

    def __str__(self) -> str:
        return f"{self.name.text}={self.value.text}"


def from_options(texts: Iterable[str]) -> tuple[Setting, ...]:
    """What `--set` is given: `name=value`."""
    return tuple(map(_from_option, texts))


def from_dict(values: Mapping[str, object]) -> tuple[Setting, ...]:
    """What Python gives in a dict, `params={"classes": 10}`."""
    example = 'params={"classes": 10}'
    return tuple(_setting(PARAMS, '"', name, '": ', value, example) for name, value in values.items())


def from_keywords(values: Mapping[str, object]) -> tuple[Setting, ...]:
    """What Python gives as arguments, `classes=10`."""
    return tuple(_setting(ARGUMENTS, "", name, "=", value, "classes=10") for name, value in values.items())


def _from_option(text: str) -> Setting:
    source = SourceFile(OPTION, text)
    before, equals, _ = text.partition("=")
    value = Span(source, len(before + equals), len(text))
    return Setting(_stripped(Span(source, 0, len(before))), _stripped(value), "--set classes=10")


def _setting(called: str, opening: str, name: str, between: str, value: object, example: str) -> Setting:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    quote = '"' if isinstance(value, str) else ""
    begin = len(opening + name + between + quote)
    source = SourceFile(called, f"{opening}{name}{between}{quote}{shown}{quote}")
    named = Span(source, len(opening), len(opening) + len(name))
    return Setting(_stripped(named), _stripped(Span(source, begin, begin + len(shown))), example)


def _stripped(at: Span) -> Span:
    """Without the blanks at both ends."""
    text = at.text
    start = at.start + len(text) - len(text.lstrip())
    return Span(at.source, start, start + len(text.strip()))
