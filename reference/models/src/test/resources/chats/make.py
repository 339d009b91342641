# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Renders the chat templates beside this script with transformers into cases.json.

pip install transformers==5.18.0 jinja2==3.1.6; python make.py

The date is given, because transformers gives the day's own to templates that ask for it.
"""

import glob
import json
import os
import sys

from transformers.utils.chat_template_utils import render_jinja_template

here = os.path.dirname(os.path.abspath(__file__))
folder = sys.argv[1] if len(sys.argv) > 1 else here
out = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "cases.json")

U = lambda content, **more: {"role": "user", "content": content, **more}
A = lambda content, **more: {"role": "assistant", "content": content, **more}
S = lambda content: {"role": "system", "content": content}
CALL = {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": [2.5, "ü"]}}}
CHATS = {
    "one": [U("Hi")],
    "two": [U("  What is 2+2? "), A("4\n")],
    "long": [S("Be brief.\n"), U("ä𝄞\n\nx"), A("<think>\nhm\n</think>\n\nyes"), U("and?"), A("no")],
    "system last": [U("a"), S("b")],
    "twice user": [U("a"), U("b")],
    "null": [U("a"), A(None)],
    "thought": [U("a"), A("b", reasoning_content="why\n"), U("c"), A("d", reasoning_content="how")],
    "call": [U("add"), A("", tool_calls=[CALL]), {"role": "tool", "content": "3.5"}, A("3.5")],
    "parts": [U([{"type": "text", "text": " a "}, {"type": "text", "text": "b"}]), A([{"type": "text", "text": "c"}])],
    "empty": [U(""), A("")],
    "name": [U("a", name="Bo"), A("b")],
}
VALUES = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "date_string": "26 Jul 2024"}

cases = []
for path in sorted(glob.glob(os.path.join(folder, "*.jinja"))):
    source = open(path, encoding="utf-8", newline="").read()
    for name, chat in CHATS.items():
        try:
            rendered, _ = render_jinja_template(conversations=[chat], chat_template=source, **VALUES)
            rendered = rendered[0]
        except Exception as error:
            rendered = None
            reason = f"{type(error).__name__}: {error}"
        case = {"template": os.path.basename(path), "chat": name, "messages": chat, "rendered": rendered}
        if rendered is None:
            case["error"] = reason
        cases.append(case)
with open(out, "w", encoding="utf-8") as file:
    file.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")
print(len(cases), sum(case["rendered"] is None for case in cases))
