"""Runs beside Plivo's SDK: signs and checks requests, and says which attributes of documents it has no name for."""

import inspect
import json
import re
import sys
from collections import defaultdict
from typing import Any
from xml.etree import ElementTree

from plivo import plivoxml  # type: ignore[import-not-found]
from plivo.utils import signature_v3 as v3  # type: ignore[import-not-found]


def signed(case: dict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = defaultdict(list)
    for name, value in case["pairs"]:
        form[name].append(value)
    params = {name: values if len(values) > 1 else values[0] for name, values in form.items()}
    url, nonce, token = case["url"], case["nonce"], case["token"]
    text = v3.construct_post_url(url, dict(params)).decode()
    signature = v3.get_signature_v3(token.encode(), text, nonce.encode()).decode()
    if case["forge"]:
        signature = signature[:3] + ("A" if signature[3] != "A" else "B") + signature[4:]
    header = ",".join([*case["others"], signature])
    return {"header": header, "valid": bool(v3.validate_v3_signature("POST", url, nonce, token, header, dict(params)))}


def unknown(xml: str) -> list[str]:
    found = []
    for element in ElementTree.fromstring(xml).iter():
        known = inspect.signature(getattr(plivoxml, f"{element.tag}Element").__init__).parameters
        names = {re.sub("(?<!^)([A-Z])", r"_\1", name).lower(): name for name in element.attrib}
        found += [f"{element.tag}.{name}" for snake, name in names.items() if snake not in known]
    return found


json.dump([unknown(case) if isinstance(case, str) else signed(case) for case in json.load(sys.stdin)], sys.stdout)
