"""Firefox for tests: Debian's, driven over WebDriver BiDi."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

FINE_AND_HOVERING = 2 | 4
PREFERENCES: dict[str, str | float | bool] = {
    # It asks for one itself, and a strict policy of the page is then reported as hurt.
    "browser.chrome.site_icons": False,
    # Without a screen it believes that there is no mouse.
    "ui.primaryPointerCapabilities": FINE_AND_HOVERING,
    "ui.allPointerCapabilities": FINE_AND_HOVERING,
}


@contextmanager
def firefox() -> Iterator[Browser]:
    """Yield a running Firefox, not one that Playwright patched; keep it no longer than `chromium()`.

    Raises:
        RuntimeError: if there is no Firefox on this machine, or Playwright cannot drive it.
    """
    path = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        raise RuntimeError("no Firefox: run `apt-get install firefox-esr` or set FIREFOX to its path")
    with sync_playwright() as playwright:
        try:
            # Playwright does not document this channel.
            browser = playwright.firefox.launch(
                channel="moz-firefox", executable_path=path, firefox_user_prefs=PREFERENCES
            )
        except Error as error:
            raise RuntimeError(
                'Playwright cannot drive Firefox by channel="moz-firefox" any more. It did at version 1.64.1; '
                f"pin that, or a version that knows this Firefox.\n{error}"
            ) from error
        yield browser
        browser.close()
