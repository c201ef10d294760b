"""What the domain says no with.

WarmcallError
├── RefusalError               no number for this visitor now; the panel shows a sentence and a way on
│   ├── OutsideHoursError          outside_hours
│   ├── CapacityReachedError       capacity_reached
│   ├── NoAccessNumberError        no_access_number
│   ├── NumberNotAllowedError      number_not_allowed
│   ├── NumberInvalidError         number_invalid
│   ├── TooManyRequestsError       too_many_requests
│   ├── OriginNotAllowedError      origin_not_allowed
│   ├── ConsentRequiredError       consent_required
│   ├── ChallengeRequiredError     challenge_required
│   ├── ChallengeFailedError       challenge_failed
│   └── ChallengeUnavailableError  challenge_unavailable (retryable)
├── InvalidFieldError          invalid_field: input that breaks a rule, naming the field
│   └── UserDataTooLargeError      user_data_too_large
├── UnknownError               something named that does not exist
│   ├── SiteUnknownError           site_unknown
│   ├── GroupUnknownError          group_unknown
│   ├── AccessNumberUnknownError   access_number_unknown
│   ├── RequestUnknownError        request_unknown
│   ├── CallUnknownError           call_unknown
│   ├── HookUnknownError           webhook_unknown
│   └── DeliveryUnknownError       delivery_unknown
├── RequestNotWaitingError     request_not_waiting: cancelled too late
├── StateChangeError           state_change_not_allowed
├── WouldStrandError           would_strand: a configuration that would lose waiting requests
├── ConfigurationChangedError  configuration_changed: somebody else applied one meanwhile (retryable)
└── StoreUnavailableError      store_unavailable (retryable)
"""

from typing import Any

import msgspec

from warmcall.calls.model import Json, State
from warmcall.errors import WarmcallError
from warmcall.validation import explain


class RefusalError(WarmcallError):
    """The request is well formed, and still no number is given out."""

    code = "refused"


class OutsideHoursError(RefusalError):
    """The group is closed. `details["nextOpening"]` is an RFC 3339 time, or `None` if it never opens again."""

    code = "outside_hours"

    def __init__(self, group: str, next_opening: str | None) -> None:
        when = f"It opens again at {next_opening}." if next_opening else "No opening is planned."
        super().__init__(f"The group {group!r} takes no calls now. {when}", {"nextOpening": next_opening})


class CapacityReachedError(RefusalError):
    """As many requests are live as the group allows."""

    code = "capacity_reached"
    retryable = True

    def __init__(self, group: str, capacity: int) -> None:
        super().__init__(
            f"The group {group!r} has {capacity} live call requests, all it allows. Try again in a minute.",
            {"capacity": capacity},
        )


class NoAccessNumberError(RefusalError):
    """Every number of the pool is taken for this caller, or held exclusively by others."""

    code = "no_access_number"
    retryable = True

    def __init__(self, group: str) -> None:
        super().__init__(f"No access number of the group {group!r} is free. Try again in a minute.")


class NumberNotAllowedError(RefusalError):
    """A real phone number, but from a country or pattern that the group does not serve."""

    code = "number_not_allowed"

    def __init__(self, countries: list[str], *, blocked: bool = False) -> None:
        why = "of this country are not served here; allowed: " + ", ".join(countries)
        if blocked:
            why = "of this kind are not served here; use another one"
        super().__init__(f"Phone numbers {why}.", {"field": "fields.phonenumber", "countries": countries})


class NumberInvalidError(RefusalError):
    """Not a phone number."""

    code = "number_invalid"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", {"field": field})


class TooManyRequestsError(RefusalError):
    """A limit per address or per caller number was reached."""

    code = "too_many_requests"
    retryable = True

    def __init__(self, limit: str, retry_after_s: int) -> None:
        super().__init__(
            f"Too many call requests ({limit}). Try again in {retry_after_s} s.",
            {"limit": limit, "retryAfterS": retry_after_s},
        )


class OriginNotAllowedError(RefusalError):
    """The page that asks is not one of the site's own."""

    code = "origin_not_allowed"

    def __init__(self, site: str, origin: str) -> None:
        super().__init__(
            f"Pages of {origin} may not use the site {site!r}. Add the origin to the site's `origins`.",
            {"origin": origin},
        )


class ConsentRequiredError(RefusalError):
    """The group's text was not agreed to, or another version of it. `details["consent"]` has the text."""

    code = "consent_required"

    def __init__(self, version: str, text: str, url: str | None) -> None:
        super().__init__(
            f"Send consent: {version!r} once the visitor has agreed to the text.",
            {"consent": {"version": version, "text": text, "url": url}},
        )


class ChallengeRequiredError(RefusalError):
    """The visitor must solve a challenge first. Extensions may ask for one of their own.

    Args:
        detail: What to do.
        challenge: What to solve; `details["challenge"]`.
    """

    code = "challenge_required"

    def __init__(
        self, detail: str = "Solve the challenge and send the request again.", challenge: Json | None = None
    ) -> None:
        super().__init__(detail, {"challenge": challenge} if challenge else {})


class ChallengeFailedError(RefusalError):
    """The solution is not good; `details["challenge"]` is a new challenge."""

    code = "challenge_failed"

    def __init__(self, why: str, challenge: Json | None = None) -> None:
        super().__init__(f"{why} Solve a new challenge.", {"challenge": challenge} if challenge else {})


class ChallengeUnavailableError(RefusalError):
    """The provider that checks solutions does not answer."""

    code = "challenge_unavailable"
    retryable = True

    def __init__(self) -> None:
        super().__init__("The provider of the challenge does not answer. Try again in a moment.")


class InvalidFieldError(WarmcallError):
    """Input that breaks a rule. `details["field"]` is its path, such as `fields.firstname`."""

    code = "invalid_field"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", {"field": field})

    @classmethod
    def of(cls, error: msgspec.ValidationError) -> "InvalidFieldError":
        """Say a validation error of msgspec to a person."""
        path, phrase = explain(error)
        return cls(path or "body", f"{phrase}.")


class UserDataTooLargeError(InvalidFieldError):
    """User data above its bound once written as JSON."""

    code = "user_data_too_large"


class UnknownError(WarmcallError):
    """Something was named that does not exist."""

    code = "unknown"


class SiteUnknownError(UnknownError):
    """No site has this id."""

    code = "site_unknown"

    def __init__(self, site: str) -> None:
        super().__init__(f"There is no site {site!r}. Check `data-site` in the page and `id` in the configuration.")


class GroupUnknownError(UnknownError):
    """The site has no such group."""

    code = "group_unknown"

    def __init__(self, site: str, group: str) -> None:
        super().__init__(
            f"The site {site!r} has no group {group!r}. Check `data-group` in the page and `name` in the configuration."
        )


class AccessNumberUnknownError(UnknownError):
    """A call came in on a number that belongs to no group."""

    code = "access_number_unknown"

    def __init__(self, number: str) -> None:
        super().__init__(
            f"dialledNumber: no group has the access number {number}. Add it to a group's `numbers`.",
            {"field": "dialledNumber"},
        )


class RequestUnknownError(UnknownError):
    """No call request has this id, or it was purged."""

    code = "request_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such call request, or it was deleted after its retention time.")


class CallUnknownError(UnknownError):
    """No inbound call was reported with this id."""

    code = "call_unknown"

    def __init__(self, call_id: str) -> None:
        super().__init__(f"callId: no call {call_id!r} was reported to match.", {"field": "callId"})


class HookUnknownError(UnknownError):
    """No webhook of this name is configured."""

    code = "webhook_unknown"

    def __init__(self, hook: str) -> None:
        super().__init__(f"There is no webhook {hook!r}. `warmcall webhooks list` shows those there are.")


class DeliveryUnknownError(UnknownError):
    """No delivery with this id can be replayed."""

    code = "delivery_unknown"

    def __init__(self, delivery_id: int | str) -> None:
        super().__init__(f"No delivery {delivery_id} that was settled. It waits, was purged, or never existed.")


class RequestNotWaitingError(WarmcallError):
    """Only a waiting call request can be cancelled."""

    code = "request_not_waiting"

    def __init__(self, state: State) -> None:
        super().__init__(f"The call request is {state}; only a waiting one can be cancelled.", {"state": state.value})


class StateChangeError(WarmcallError):
    """A change that the state machine does not know."""

    code = "state_change_not_allowed"

    def __init__(self, current: State, to: State) -> None:
        details: dict[str, Any] = {"state": current.value, "to": to.value}
        super().__init__(f"A call request that is {current} cannot become {to}.", details)


class WouldStrandError(WarmcallError):
    """A configuration under which calls of waiting requests would not find them any more."""

    code = "would_strand"

    def __init__(self, stranded: list[Any]) -> None:
        waiting = sum(lost["waiting"] for lost in stranded)
        places = "; ".join(f"{lost['waiting']} on {lost['number']}: {lost['why']}" for lost in stranded[:10])
        super().__init__(
            f"Nothing was changed: {waiting} call request(s) wait whose calls would be lost ({places}). Try again when "
            "they have called or expired, or force it.",
            {"stranded": stranded},
        )


class ConfigurationChangedError(WarmcallError):
    """Somebody else applied a configuration at the same time."""

    code = "configuration_changed"
    retryable = True

    def __init__(self) -> None:
        super().__init__("Somebody else applied a configuration just now; nothing was changed. Look again, try again.")


class StoreUnavailableError(WarmcallError):
    """The store did not take the change; nothing was written."""

    code = "store_unavailable"
    retryable = True
