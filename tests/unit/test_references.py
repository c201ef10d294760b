from pathlib import Path

import pytest

from warmcall.calls.concealment import concealed, revealed
from warmcall.calls.errors import InvalidFieldError
from warmcall.references import UnresolvedError, look_up, shown

DOCUMENT = {
    "site": [
        {
            "id": "demo",
            "challenge": {
                "kind": "captcha",
                "secret": "for the provider",
                "verify_url": "https://provider.example/siteverify",
            },
            "webhook": [{"name": "crm", "secrets": ["whsec_new", "env:OLD_SECRET", "file:/run/secrets/older"]}],
        }
    ]
}


def test_a_text_stands_for_itself_or_a_variable_or_a_line_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SECRET", "from the environment")
    (tmp_path / "crm").write_text("from a file\n")
    assert look_up("itself") == "itself"
    assert look_up("env:CRM_SECRET") == "from the environment"
    assert look_up(f"file:{tmp_path}/crm") == "from a file"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("env:NO_SUCH_VARIABLE", "the environment variable NO_SUCH_VARIABLE is not set"),
        ("file:crm", "expected a file with its whole path"),
        ("file:FOLDER/none", "cannot be read: No such file"),
        ("file:FOLDER", "is no file"),
        ("file:/run\0", "cannot be read"),
        ("file:FOLDER/two", "does not hold a secret: expected one line"),
        ("file:FOLDER/long", "does not hold a secret"),
        ("file:FOLDER/binary", "cannot be read: it is no text"),
        ("file:FOLDER/empty", "does not hold a secret"),
        ("kept:12345678", "stands for a secret that a store keeps"),
    ],
)
def test_what_is_not_there_or_no_secret_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "two").write_text("one\ntwo\n")
    (tmp_path / "long").write_text("x" * 5000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(UnresolvedError, match=complaint):
        look_up(text.replace("FOLDER", str(tmp_path)))


def test_what_is_shown_names_references_and_hides_secrets() -> None:
    text = str(told := concealed(DOCUMENT))
    assert "for the provider" not in text
    assert "whsec_new" not in text
    assert told["site"][0]["webhook"][0]["secrets"][1:] == ["env:OLD_SECRET", "file:/run/secrets/older"]
    assert shown("whsec_new") != shown("whsec_other")
    assert concealed(told) == told


def test_what_was_shown_gets_its_secrets_again_where_they_are_kept() -> None:
    assert revealed(concealed(DOCUMENT), DOCUMENT) == DOCUMENT
    with pytest.raises(InvalidFieldError, match=r"site\[0\].challenge.secret.*Give the secret"):
        revealed(concealed(DOCUMENT), {})


def test_a_kept_secret_is_not_sent_to_another_address() -> None:
    told = concealed(DOCUMENT)
    told["site"][0]["challenge"]["verify_url"] = "https://elsewhere.example/siteverify"
    with pytest.raises(InvalidFieldError, match=r"is kept for https://elsewhere\.example/siteverify\. Give the secret"):
        revealed(told, DOCUMENT)


def test_a_webhooks_kept_secret_does_not_become_a_challenges() -> None:
    told = concealed(DOCUMENT)
    told["site"][0]["challenge"]["secret"] = told["site"][0]["webhook"][0]["secrets"][0]
    with pytest.raises(InvalidFieldError, match=r"challenge.secret.*Give the secret"):
        revealed(told, DOCUMENT)
