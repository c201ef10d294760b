"""Runs beside Telnyx's SDK, of which only the module for signatures is loaded: it needs no other part."""

import importlib.util
import json
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

spec = importlib.util.spec_from_file_location(
    "verification", Path(sysconfig.get_path("purelib")) / "telnyx" / "lib" / "webhook_verification.py"
)
assert spec is not None
assert spec.loader is not None
verification = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verification)


def valid(case: dict[str, Any]) -> bool:
    time.time = lambda: case["now_s"]
    try:
        verification.verify_webhook_signature(case["body"], case["headers"], case["key"])
    except verification.WebhookVerificationError:
        return False
    return True


json.dump([valid(case) for case in json.load(sys.stdin)], sys.stdout)
