"""What msgspec finds wrong with a value, said to a person: the path of the field, and what was expected there."""

import re

import msgspec

_AT = re.compile(r"^(?P<why>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)?$", re.DOTALL)
_MEMBERS = (
    (
        re.compile(r"Object contains unknown field `(.*)`$", re.DOTALL),
        "is not known here; check its spelling or leave it out",
    ),
    (re.compile(r"Object missing required field `(.*)`$", re.DOTALL), "is missing"),
)
_WRONG_TYPE = re.compile(r"Expected `(.*?)`, got `(.*?)`$")
_BOUND = re.compile(r"Expected `(\w+)` (of length )?(>=|<=) (\S+)$")
_WORDS = {
    "int": "an integer",
    "str": "a string",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_UNITS = {"str": "characters", "array": "entries", "object": "entries"}
_BOUNDS = {">=": "at least", "<=": "at most"}


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """Read a validation error.

    Args:
        error: As raised by msgspec's decoders and `msgspec.convert`.

    Returns:
        The path of the field, such as `fields.phonenumber` or `site[0].group` (empty for the value as a whole), and a
        phrase such as `expected a string`.
    """
    found = _AT.match(str(error))
    why, path = (found["why"], (found["path"] or "").lstrip(".")) if found else (str(error), "")
    phrase = "has a key that is not allowed: " if found and found["key"] else ""
    for pattern, words in _MEMBERS:
        member = pattern.match(why)
        if member:
            return f"{path}.{member[1]}" if path else member[1], words
    return path, phrase + _phrase(why)


def _phrase(why: str) -> str:
    wrong = _WRONG_TYPE.match(why)
    if wrong:
        return "expected " + _alternatives(wrong[1])
    if why == "Invalid RFC3339 encoded date":
        return "expected a date such as 2026-12-25"
    bound = _BOUND.match(why)
    if bound:
        unit = f" {_UNITS.get(bound[1], 'characters')}" if bound[2] else ""
        return f"expected {_BOUNDS[bound[3]]} {bound[4]}{unit}"
    return why[:1].lower() + why[1:].replace("`", "")


def _alternatives(kinds: str) -> str:
    names = kinds.split(" | ")
    # Whoever may send any number may send an integer; saying both only makes the sentence longer.
    words = [_WORDS.get(name, name) for name in names if not (name == "int" and "float" in names)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
