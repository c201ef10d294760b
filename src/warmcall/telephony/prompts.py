"""What is said to a caller, in the caller's language: texts for a synthetic voice, or the owner's recordings."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from warmcall.errors import WarmcallError
from warmcall.telephony.ivr import LANGUAGE, Decision, Gather, Prompt

AUDIO = (".wav", ".mp3")
VOICE = "voice"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LANGUAGES = ("en", "de", "fr", "es")


class PromptsError(WarmcallError):
    """The owner's folder of prompts cannot be used."""

    code = "prompts_invalid"


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to say.

    Attributes:
        text: For a synthetic voice.
        language: The voice's language as BCP 47 with a region, such as `en-US`.
        audio_url: Where a provider fetches the owner's recording; `None`: say `text`.
        audio_path: The same file on this machine.
    """

    text: str
    language: str
    audio_url: str | None = None
    audio_path: Path | None = None


class Prompts:
    """The prompts of all languages.

    Args:
        folder: The owner's own: `de.toml` with texts, `de/ask_code.wav` (or `.mp3`) with recordings; what is missing is
            taken from Warmcall's own. `None`: only Warmcall's own.
        url: Where the folder's recordings are fetched from, without a final slash; `None`: nowhere.

    Raises:
        PromptsError: if the folder, or a file in it, cannot be used.
    """

    def __init__(self, folder: Path | None = None, url: str | None = None) -> None:
        self._url = url
        self._texts = {language: _own(language) for language in _LANGUAGES}
        self._audio: dict[tuple[str, Prompt], Path] = {}
        if folder is not None:
            self._read(folder)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are texts for."""
        return tuple(self._texts)

    @property
    def audio(self) -> Mapping[str, Path]:
        """The owner's recordings by the last part of their address, such as `de-ask_code.wav`."""
        return {f"{language}-{path.name}": path for (language, _), path in self._audio.items()}

    def speech(self, decision: Decision) -> Speech:
        """What to say for a decision."""
        digits = decision.digits if isinstance(decision, Gather) else 0
        return self.say(decision.prompt, decision.language, digits)

    def say(self, prompt: Prompt, language: str = LANGUAGE, digits: int = 0) -> Speech:
        """What to say.

        Args:
            prompt: Which prompt.
            language: A BCP 47 tag such as `de` or `de-CH`; of languages nobody wrote, English.
            digits: How many digits are asked for.
        """
        known = self._closest(language)
        texts = self._texts[known]
        path = self._audio.get((known, prompt))
        url = f"{self._url}/{known}-{path.name}" if path and self._url else None
        text = texts[prompt.value].replace("{digits}", str(digits))
        return Speech(text=text, language=texts[VOICE], audio_url=url, audio_path=path)

    def _closest(self, language: str) -> str:
        tag = language.lower()
        if tag in self._texts:
            return tag
        primary = tag.partition("-")[0]
        return primary if primary in self._texts else LANGUAGE

    def _read(self, folder: Path) -> None:
        if not folder.is_dir():
            raise PromptsError(f"{folder} is not a folder; name the one with your prompts, or leave the setting out.")
        for file in sorted(folder.glob("*.toml")):
            language = file.stem.lower()
            if _LANGUAGE.fullmatch(language) is None:
                raise PromptsError(f"{file}: name it by its language, such as de.toml or pt-br.toml.")
            base = self._texts.get(language) or self._texts[LANGUAGE] | {VOICE: file.stem}
            self._texts[language] = {**base, **_texts_of(file)}
        for language in self._texts:
            for prompt in Prompt:
                for path in (folder / language / f"{prompt.value}{ending}" for ending in AUDIO):
                    if path.is_file():
                        self._audio.setdefault((language, prompt), path)


@cache
def _own(language: str) -> dict[str, str]:
    return tomllib.loads(files(__package__).joinpath("texts", f"{language}.toml").read_text(encoding="utf-8"))


def _texts_of(file: Path) -> dict[str, str]:
    known = {*(prompt.value for prompt in Prompt), VOICE}
    try:
        texts = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PromptsError(f"{file} cannot be read: {error}") from error
    for name, text in texts.items():
        if name not in known:
            raise PromptsError(f"{file}: there is no prompt {name}; the names are {', '.join(sorted(known))}.")
        if not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise PromptsError(f"{file}: {name}: expected a line of text.")
    return texts
