"""What callers hear."""

from tests.integration.telephony.providers.provider import Story

WRONG = "999999"
ASK = "Please key in the 6 digits"
SORRY = "That was not the right code"
SILENCE = "I did not hear any keys"
CONNECTING = "Thank you. You are being connected."
GENERAL = "You are being connected to our general line."


def heard(story: Story) -> list[str]:
    """What was said, by the beginnings above."""
    known = (ASK, SORRY, SILENCE, CONNECTING, GENERAL)
    return [next((text for text in known if said.startswith(text)), said) for said in story.heard]
