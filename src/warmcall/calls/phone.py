"""Phone numbers: whatever a visitor types or a phone system reports becomes E.164, or an error that says why not."""

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from warmcall.calls.e164_table import CALLING_CODES
from warmcall.calls.errors import NumberInvalidError, NumberNotAllowedError
from warmcall.calls.model import E164

# What people and phones put between digits: spaces, dots, dashes, brackets, slashes, direction marks.
_DECORATION = re.compile(r"[\s.\-\u2010-\u2015()/\u00a0\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_DIGITS = re.compile(r"\+[1-9][0-9]{5,14}")
_MAX_TYPED = 40


def parse_number(text: str, countries: tuple[str, ...] = (), field: str = "phonenumber") -> E164:
    """Read a phone number.

    A number with a plus sign (or 00) needs no country. A national one is read as of the first of `countries`.

    Args:
        text: What was typed, with or without spaces and brackets.
        countries: ISO 3166-1 codes that numbers may come from; empty: all.
        field: The name that errors show.

    Raises:
        NumberInvalidError: if it is not a possible number.
        NumberNotAllowedError: if its country is not among `countries`.
    """
    if len(text) > _MAX_TYPED:
        raise NumberInvalidError(field, f"longer than {_MAX_TYPED} characters, so not a phone number.")
    bare, well_formed = text, _DIGITS.fullmatch(text)
    if not well_formed:
        bare = _undecorated(text)
        if not bare.startswith("+"):
            return _national(bare, countries, field)
        well_formed = _DIGITS.fullmatch(bare)
    code = _calling_code(bare)
    if not (well_formed and code and _is_possible(bare, code)):
        raise NumberInvalidError(
            field, "not a phone number. Expected the country code and number, such as +12025550123."
        )
    if countries and _region(bare, code) not in countries:
        raise NumberNotAllowedError(list(countries))
    return E164(bare)


def region_of(number: str) -> str:
    """The ISO 3166-1 code of the country a number belongs to; empty for numbers of no country, such as +800."""
    code = _calling_code(number)
    return _region(number, code) if code else ""


def _undecorated(text: str) -> str:
    bare = _DECORATION.sub("", text.strip().replace("(0)", ""))
    return "+" + bare[2:] if bare.startswith("00") else bare


def _calling_code(number: str) -> str:
    """The country calling code (ITU-T E.164) a number begins with; empty if there is none. No code begins another."""
    for end in (3, 2, 4):
        if number[1:end] in CALLING_CODES:
            return number[1:end]
    return ""


def _is_possible(number: str, code: str) -> bool:
    lengths = CALLING_CODES[code][0]
    return bool(lengths >> (len(number) - 1 - len(code)) & 1)


def _region(number: str, code: str) -> str:
    region = CALLING_CODES[code][1]
    if region:
        return region
    # The countries that share +1 are told apart by the area code alone, so one look-up serves all its numbers.
    return _full_region(number[:5] + "2002345" if code == "1" else number)


def _national(bare: str, countries: tuple[str, ...], field: str) -> E164:
    if not bare:
        raise NumberInvalidError(field, "a phone number is needed.")
    if not countries or not bare.isascii() or not bare.isdigit():
        raise NumberInvalidError(field, "not a phone number. Start with + and the country code, such as +12025550123.")
    library = _library()
    try:
        parsed = library.parse(bare, countries[0])
    except library.NumberParseException as error:
        raise NumberInvalidError(field, f"not a phone number of {countries[0]}.") from error
    if not library.is_possible_number(parsed):
        raise NumberInvalidError(field, f"not a phone number of {countries[0]}; digits are missing or too many.")
    return E164(library.format_number(parsed, library.PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def _full_region(number: str) -> str:
    library = _library()
    parsed = library.parse(number)
    return str(library.region_code_for_number(parsed) or library.region_code_for_country_code(parsed.country_code))


def _library() -> Any:
    # Imported on first need: it takes 75 ms and 7 MiB that a start without national numbers does not have to pay.
    return import_module("phonenumbers")


def tel_url(number: E164, code: str | None) -> str:
    """A `tel:` link (RFC 3966) that dials the number and, after two pauses, the code and a hash.

    The pauses are the commas that phones understand, not the `postd` parameter that RFC 3966 dropped.

    >>> tel_url(E164("+12025550100"), "482913")
    'tel:+12025550100,,482913%23'
    """
    return f"tel:{number},,{code}%23" if code else f"tel:{number}"
