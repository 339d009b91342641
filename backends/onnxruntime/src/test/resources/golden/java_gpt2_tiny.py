# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Numbers that the embedded model must reproduce: python java_gpt2_tiny.py MODEL_FOLDER (needs torch, safetensors, tokenizers).

Writes java_gpt2_tiny.safetensors (GPT-2's forward pass in float64, written out here, every hook point and the logits of the last
position, stored as float32) and java_gpt2_tiny_tokens.json (ids and character ranges of awkward strings) beside itself.
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

folder = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
weights = {k.removeprefix("transformer."): v.double() for k, v in load_file(folder / "model.safetensors").items()}
config = json.loads((folder / "config.json").read_text())
layers, heads, width = config["n_layer"], config["n_head"], config["n_embd"]
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))


def norm(x, module):
    return torch.nn.functional.layer_norm(x, (width,), weights[module + ".weight"], weights[module + ".bias"], config["layer_norm_epsilon"])


def conv(x, module):
    return x @ weights[module + ".weight"] + weights[module + ".bias"]


def attention(x, module):
    batch, tokens, _ = x.shape
    q, k, v = (part.view(batch, tokens, heads, -1).transpose(1, 2) for part in conv(x, module + ".c_attn").split(width, -1))
    scores = q @ k.transpose(-1, -2) / math.sqrt(width // heads)
    scores = scores.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -math.inf)
    mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width)
    return conv(mixed, module + ".c_proj")


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def forward(ids):
    golden = {}
    x = weights["wte.weight"][ids] + weights["wpe.weight"][: ids.shape[1]]
    for layer in range(layers):
        golden[f"blocks.{layer}.hook_resid_pre"] = x
        a = attention(norm(x, f"h.{layer}.ln_1"), f"h.{layer}.attn")
        golden[f"blocks.{layer}.hook_attn_out"] = a
        x = x + a
        golden[f"blocks.{layer}.hook_resid_mid"] = x
        m = conv(gelu_new(conv(norm(x, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc")), f"h.{layer}.mlp.c_proj")
        golden[f"blocks.{layer}.hook_mlp_out"] = m
        x = x + m
        golden[f"blocks.{layer}.hook_resid_post"] = x
    logits = norm(x, "ln_f") @ weights["wte.weight"].T
    golden["last_logits"] = logits[:, -1]
    golden["losses"] = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return golden


with torch.no_grad():
    text = ["package java.util;\n\nimport java.io.IOException;", "/** Returns the size.\n * @return the number of elements */"]
    ids = torch.tensor([[0] + tokenizer.encode(t).ids[:7] for t in text])
    golden = forward(ids)
    golden["ids"] = ids
    save_file({k: v.float().contiguous() for k, v in golden.items()}, here / "java_gpt2_tiny.safetensors")

strings = [
    "", " ", "\n", "\t\tint x;\r\n", "package a.b;", "int[] größe = {1_000, 0xFFp3};", "// naïve café — “quotes”", "日本語 テキスト",
    "𝒳 = 🙂👩‍👩‍👧; // astral", "e\u0301 combining", "<|endoftext|>package a;", "a<|endoftext|>b", "\u0000\u001b\ufeff", "    " * 9, "x" * 300,
    "{@link #foo(int, String...)}", "'\\u0041' + \"\\n\"",
]
cases = []
for s in strings:
    e = tokenizer.encode(s, add_special_tokens=False)
    cases.append({"text": s, "ids": e.ids, "offsets": [list(o) for o in e.offsets], "decoded": tokenizer.decode(e.ids, skip_special_tokens=False)})
(here / "java_gpt2_tiny_tokens.json").write_text(json.dumps(cases, ensure_ascii=True, indent=0) + "\n")
print({k: tuple(v.shape) for k, v in golden.items()}, golden["losses"].mean())
