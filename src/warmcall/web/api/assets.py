"""`GET /warmcall.js` and what it loads on demand."""

from starlette.requests import Request
from starlette.responses import Response

from warmcall.web.assets import Asset, Assets
from warmcall.web.errors import NotFoundError

# Short, because the address never changes: a new version reaches every page within minutes.
_SCRIPT_CACHE = "public, max-age=300"
# The address has the content's hash in it.
_CHUNK_CACHE = "public, max-age=31536000, immutable"
_SHARED = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "vary": "accept-encoding",
}


class AssetViews:
    """Starlette endpoints of the page script."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    async def script(self, request: Request) -> Response:
        """The script a page loads."""
        return self._serve(request, self._assets.find("warmcall.js"), _SCRIPT_CACHE)

    async def types(self, request: Request) -> Response:
        """The TypeScript types of the page API."""
        return self._serve(request, self._assets.find("warmcall.d.ts"), _SCRIPT_CACHE)

    async def chunk(self, request: Request) -> Response:
        """A part of the script that is loaded when it is needed."""
        file = request.path_params["file"]
        asset = self._assets.find(f"warmcall/{request.path_params['hash']}/{file}")
        if asset is not None:
            return self._serve(request, asset, _CHUNK_CACHE)
        # A page that was loaded before an upgrade asks for the part of its own version; the current one serves it,
        # but must not be kept under that address.
        return self._serve(request, self._assets.current(file), "no-cache")

    def _serve(self, request: Request, asset: Asset | None, cache: str) -> Response:
        if asset is None:
            raise NotFoundError
        coding, content = asset.best(request.headers.get("accept-encoding", ""))
        # Each coding is a representation of its own, so each has its own tag.
        etag = f'"{asset.etag}-{coding}"'
        headers = {**_SHARED, "cache-control": cache, "etag": etag}
        if etag in (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        if coding != "identity":
            headers["content-encoding"] = coding
        return Response(content, headers={**headers, "content-type": asset.media_type})
