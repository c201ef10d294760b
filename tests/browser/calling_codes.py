"""The calling codes of the world as the page script has them, from the data of `phonenumbers`.

`python -m tests.browser.calling_codes` writes `widget/countries/codes.ts`.
"""

from itertools import groupby
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneMetadata

PATH = Path(__file__).parents[2] / "widget/countries/codes.ts"
NO_TRUNK_PREFIX = "-"


def _entry(region: str) -> tuple[int, str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    assert metadata.country_code is not None
    return metadata.country_code, metadata.national_prefix or NO_TRUNK_PREFIX


def source() -> str:
    """Return the module: calling code, trunk prefix and regions of each, the main region first."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS, key=lambda region: (_entry(region), not _is_main(region), region))
    entries = [f"{code}:{trunk}:{''.join(members)}" for (code, trunk), members in groupby(regions, key=_entry)]
    return (
        "/** Calling code, trunk prefix (`-`: none) and regions (ISO 3166-1) of every country; "
        "made by tests/browser/calling_codes.py. */\n"
        f'export const CODES =\n  "{" ".join(entries)}";\n'
    )


def _is_main(region: str) -> bool:
    return phonenumbers.region_code_for_country_code(_entry(region)[0]) == region


if __name__ == "__main__":
    PATH.write_text(source())
