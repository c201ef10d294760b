"""Query parameters that are numbers."""

from starlette.requests import Request

from warmcall.calls.errors import InvalidFieldError


def number_of(request: Request, name: str, default: int | None, most: int) -> int | None:
    """A whole number from 1 to `most`.

    Args:
        request: Whose query.
        name: The parameter.
        default: Where it is not there.
        most: The greatest that is allowed.

    Raises:
        InvalidFieldError: if it is something else.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= most):
        raise InvalidFieldError(name, f"must be a whole number from 1 to {most}.")
    return int(text)
