"""Runs beside SignalWire's SDK: signs and checks requests by both of its schemes."""

import json
import sys
from typing import Any

from signalwire.request_validator import RequestValidator  # type: ignore[import-not-found]


def signed(case: dict[str, Any]) -> dict[str, Any]:
    validator = RequestValidator(case["token"])
    if case["compatible"]:
        seen: Any = dict(case["pairs"])
        signature = validator.build_signature_with_compatibility(case["signed_url"], seen)
    else:
        seen = case["body"]
        signature = validator.build_signature(case["signed_url"], seen)
    if case["forge"]:
        signature = signature[:3] + ("a" if signature[3] != "a" else "b") + signature[4:]
    return {"signature": signature, "valid": bool(validator.validate(case["seen_url"], seen, signature))}


json.dump([signed(case) for case in json.load(sys.stdin)], sys.stdout)
