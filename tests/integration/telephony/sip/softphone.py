"""Debian's baresip, a softphone that people use and whose code has nothing to do with ours."""

import asyncio
import os
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.integration.telephony.sip.sipp import HOST, free_port

SILENCE_S = 30


@asynccontextmanager
async def calling(caller: str, number: str, server_port: int, folder: Path) -> AsyncIterator[None]:
    """Call a number at a server, and stay on the line; hang up at the end."""
    _configure(folder, caller)
    order = f"/dial sip:{number}@{HOST}:{server_port}"
    with (folder / "screen").open("wb") as screen:
        process = await asyncio.create_subprocess_exec(
            *("baresip", "-4", "-f", str(folder), "-e", order, "-t", str(SILENCE_S)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=screen,
            stderr=screen,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "TERM": "dumb"},
        )
    try:
        yield
        # It says goodbye to whoever it talks to.
        process.terminate()
        async with asyncio.timeout(10):
            await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _configure(folder: Path, caller: str) -> None:
    folder.mkdir(parents=True)
    modules = next(Path("/usr/lib").glob("**/baresip/modules"))
    with wave.open(str(folder / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * SILENCE_S))
    (folder / "accounts").write_text(f"<sip:{caller}@{HOST}>;regint=0;audio_codecs=PCMU\n")
    (folder / "contacts").write_text("")
    (folder / "config").write_text(
        f"""poll_method epoll
sip_listen {HOST}:{free_port()}
net_interface {HOST}
module_path {modules}
audio_source aufile,{folder}/silence.wav
audio_player aufile,{folder}/heard.wav
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
"""
    )
