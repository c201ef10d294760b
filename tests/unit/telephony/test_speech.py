from pathlib import Path

import pytest

from warmcall.telephony.ivr import Gather, HangUp, Prompt
from warmcall.telephony.prompts import Prompts, PromptsError


def own(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("prompt", Prompt)
def test_every_prompt_is_there_in_every_language(prompt: Prompt, language: str) -> None:
    speech = Prompts().say(prompt, language, 6)

    assert speech.language.startswith(f"{language}-")
    assert "{" not in speech.text
    assert speech.text.endswith(".")


def test_languages_do_not_share_a_sentence() -> None:
    texts = [Prompts().say(prompt, language, 6).text for prompt in Prompt for language in Prompts().languages]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("prompt", [Prompt.ASK_CODE, Prompt.WRONG_CODE, Prompt.NOTHING_HEARD])
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_caller_hears_how_many_digits_to_key_in(prompt: Prompt, language: str) -> None:
    asked = Gather(prompt=prompt, digits=5, timeout_s=8, attempt=1, language=language)

    assert "5" in Prompts().speech(asked).text


@pytest.mark.parametrize(
    ("language", "voice"), [("de-CH", "de-DE"), ("DE", "de-DE"), ("xx", "en-US"), ("", "en-US"), ("../de", "en-US")]
)
def test_a_language_nobody_wrote_falls_back(language: str, voice: str) -> None:
    assert Prompts().speech(HangUp(prompt=Prompt.NUMBER_UNKNOWN, reason="x", language=language)).language == voice


def test_an_owners_text_replaces_one_prompt_and_leaves_the_others(tmp_path: Path) -> None:
    prompts = Prompts(own(tmp_path, de='voice = "de-CH"\nask_code = "Grüezi! Die {digits} Ziffern, bitte."'))

    asked = prompts.say(Prompt.ASK_CODE, "de", 4)
    assert (asked.text, asked.language) == ("Grüezi! Die 4 Ziffern, bitte.", "de-CH")
    assert prompts.say(Prompt.CONNECTING, "de").text == Prompts().say(Prompt.CONNECTING, "de").text


def test_an_owner_may_add_a_language(tmp_path: Path) -> None:
    prompts = Prompts(own(tmp_path, **{"pt-br": 'voice = "pt-BR"\nconnecting = "Um momento."'}))

    assert prompts.say(Prompt.CONNECTING, "pt-BR").text == "Um momento."
    assert prompts.say(Prompt.CONNECTING, "pt-BR").language == "pt-BR"
    assert "pt-br" in prompts.languages


def test_an_owners_recording_is_named_by_address_and_path(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "ask_code.wav").write_bytes(b"RIFF")
    prompts = Prompts(tmp_path, "https://call.example.com/telephony/prompts")

    speech = prompts.say(Prompt.ASK_CODE, "de-AT", 6)
    assert speech.audio_url == "https://call.example.com/telephony/prompts/de-ask_code.wav"
    assert speech.audio_path == tmp_path / "de" / "ask_code.wav"
    assert prompts.audio == {"de-ask_code.wav": tmp_path / "de" / "ask_code.wav"}
    assert prompts.say(Prompt.ASK_CODE, "en", 6).audio_url is None


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("de", 'ask_cod = "x"', "there is no prompt ask_cod"),
        ("de", "ask_code = 3", "expected a line of text"),
        ("de", 'ask_code = "a\\nb"', "expected a line of text"),
        ("de", "ask_code", "cannot be read"),
        ("de_CH", 'ask_code = "x"', "name it by its language"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(PromptsError, match=why):
        Prompts(own(tmp_path, **{name: text}))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptsError, match="is not a folder"):
        Prompts(tmp_path / "nowhere")
