"""What a parameter is: its type, range and words, and how its value is read and written.

A value travels as text (command line, database, audit log) or as JSON (API); both are
read by `Parameter.parse` and come out as the same Python value:

    SWITCH       bool                   "on", "off" (or "1", "0" where VOS3000 users expect it)
    WHOLE        int                    "3600"; a unit may follow when it is the parameter's own
    AUTO_OR_WHOLE  "auto" or int
    CHOICE       str                    one of `choices`
    ORDER        tuple of str           "MD5, SHA-256": some of `choices`, each once
    PACE         tuple of two int       "3000 per 500 ms"
    TEXT         str                    anything printable on one line

Errors:

    ParameterError             (a ValueError) names the parameter, the value, what is allowed
      UnknownParameterError    no parameter has this name
      NotPerPhoneError         a phone may not override it
"""

import re
from enum import Enum

import msgspec

Value = bool | int | str | tuple[str, ...] | tuple[int, int]

TEXT_LIMIT = 200
"""Longest TEXT value: a keepalive message must fit into one unfragmented datagram with room
for everything around it; nobody needs more."""


class ParameterError(ValueError):
    """A value that is not allowed; the message is one clear line for the operator."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        self.key = key
        self.value = value
        self.allowed = allowed
        super().__init__(f"{key}: {_shown(value)} is not allowed; allowed: {allowed}")


class UnknownParameterError(ParameterError):
    """No parameter has this name."""

    def __init__(self, name: str, near: str = "") -> None:
        super().__init__(name, name, "a name of `rollcall param list`")
        hint = f"; did you mean {near}?" if near else "; see rollcall param list"
        self.args = (f"there is no parameter {_shown(name)}{hint}",)


class NotPerPhoneError(ParameterError):
    """The parameter is one of the whole system and cannot be set for one phone."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "", "for the whole system only")
        self.args = (f"{key} cannot be set for one phone, only for the whole system",)


class Kind(Enum):
    """The types of the table above."""

    SWITCH = "switch"
    WHOLE = "whole number"
    AUTO_OR_WHOLE = "auto or whole number"
    CHOICE = "choice"
    ORDER = "ordered list"
    PACE = "pace"
    TEXT = "text"


_TRUE = frozenset({"1", "on", "true", "yes", "enabled"})
_FALSE = frozenset({"0", "off", "false", "no", "disabled"})
_PACE = re.compile(r"(\d{1,9})\s*(?:per|/)\s*(\d{1,9})\s*(?:ms)?", re.ASCII)
_WHOLE = re.compile(r"(-?\d{1,12})\s*([a-z%/]*)", re.ASCII)


class Parameter(msgspec.Struct, frozen=True):
    """One declared parameter. CLI, API, console, docs and validation come from these."""

    key: str
    kind: Kind
    default: Value
    explanation: str
    """One or two sentences for the operator."""
    aliases: tuple[str, ...] = ()
    """VOS3000's names for it, accepted wherever the key is."""
    unit: str = ""
    low: int = 0
    high: int = 0
    zero_is_off: bool = False
    """0 is allowed below `low` and switches the thing off."""
    choices: tuple[str, ...] = ()
    per_phone: bool = False
    """A phone may override it."""
    in_use: bool = True
    """False: listed and kept, but nothing acts on it yet."""
    numeric_switch: bool = False
    """A SWITCH that is shown as 1 and 0."""

    def parse(self, raw: object) -> Value:
        """Value for text or JSON input; raises `ParameterError`."""
        match self.kind:
            case Kind.SWITCH:
                return self._switch(raw)
            case Kind.WHOLE:
                return self._whole(raw)
            case Kind.AUTO_OR_WHOLE:
                if isinstance(raw, str) and raw.strip().lower() == "auto":
                    return "auto"
                return self._whole(raw)
            case Kind.CHOICE:
                return self._choice(raw)
            case Kind.ORDER:
                return self._order(raw)
            case Kind.PACE:
                return self._pace(raw)
            case Kind.TEXT:
                return self._text(raw)

    def text(self, value: Value) -> str:
        """Canonical text of a parsed value; `parse` reads it back to the same value."""
        if isinstance(value, bool):
            if self.numeric_switch:
                return "1" if value else "0"
            return "on" if value else "off"
        if isinstance(value, tuple):
            if self.kind is Kind.PACE:
                return f"{value[0]} per {value[1]} ms"
            return ", ".join(str(part) for part in value)
        return str(value)

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        unit = f" {self.unit}" if self.unit else ""
        match self.kind:
            case Kind.SWITCH:
                return "1 or 0" if self.numeric_switch else "on or off"
            case Kind.WHOLE | Kind.AUTO_OR_WHOLE:
                auto = "auto, " if self.kind is Kind.AUTO_OR_WHOLE else ""
                off = "0 (off), " if self.zero_is_off and self.low > 0 else ""
                suffix = " (0 = off)" if self.zero_is_off and self.low == 0 else ""
                return f"{auto}{off}{self.low} to {self.high}{unit}{suffix}"
            case Kind.CHOICE:
                return ", ".join(self.choices)
            case Kind.ORDER:
                return f"one or more of {', '.join(self.choices)}, each once"
            case Kind.PACE:
                return "COUNT per MILLISECONDS ms, such as 3000 per 500 ms"
            case Kind.TEXT:
                return f"one line of printable text, at most {TEXT_LIMIT} characters"

    def _switch(self, raw: object) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower() if isinstance(raw, int | str) else ""
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise ParameterError(self.key, raw, self.allowed)

    def _whole(self, raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int | str):
            raise ParameterError(self.key, raw, self.allowed)
        if isinstance(raw, str):
            found = _WHOLE.fullmatch(raw.strip())
            if found is None or found[2] not in ("", self.unit):
                raise ParameterError(self.key, raw, self.allowed)
            number = int(found[1])
        else:
            number = raw
        if not (self.low <= number <= self.high or (number == 0 and self.zero_is_off)):
            raise ParameterError(self.key, raw, self.allowed)
        return number

    def _choice(self, raw: object) -> str:
        if isinstance(raw, str):
            wanted = raw.strip().lower()
            for choice in self.choices:
                if choice.lower() == wanted:
                    return choice
        number = int(raw) if isinstance(raw, int) else -1
        if str(number) in self.choices:  # SIP codes are often sent as numbers
            return str(number)
        raise ParameterError(self.key, raw, self.allowed)

    def _order(self, raw: object) -> tuple[str, ...]:
        if isinstance(raw, str):
            parts: list[object] = [part for part in re.split(r"[,\s]+", raw.strip()) if part]
        elif isinstance(raw, list | tuple):
            parts = list(raw)
        else:
            raise ParameterError(self.key, raw, self.allowed)
        names = {choice.lower(): choice for choice in self.choices}
        chosen = [names.get(str(part).strip().lower(), "") for part in parts]
        if not chosen or "" in chosen or len(set(chosen)) != len(chosen):
            raise ParameterError(self.key, raw, self.allowed)
        return tuple(chosen)

    def _pace(self, raw: object) -> tuple[int, int]:
        if isinstance(raw, list | tuple) and len(raw) == 2:
            raw = f"{raw[0]} per {raw[1]}"
        found = _PACE.fullmatch(raw.strip()) if isinstance(raw, str) else None
        if found is None:
            raise ParameterError(self.key, raw, self.allowed)
        count, milliseconds = int(found[1]), int(found[2])
        if not (1 <= count <= self.high and 1 <= milliseconds <= self.high):
            raise ParameterError(self.key, raw, f"{self.allowed}, each 1 to {self.high}")
        return count, milliseconds

    def _text(self, raw: object) -> str:
        if not isinstance(raw, str) or not raw.isprintable() or not raw.strip():
            raise ParameterError(self.key, raw, self.allowed)
        if len(raw) > TEXT_LIMIT:
            raise ParameterError(self.key, f"{raw[:20]}...", self.allowed)
        return raw.strip()


def _shown(value: object) -> str:
    """The value as the operator wrote it, short and on one line."""
    text = value if isinstance(value, str) else repr(value)
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return f"'{clean[:60]}'"
