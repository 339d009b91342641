#!/usr/bin/env python3
# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Training steps of sae4j on a GPU and of PyTorch compiled by torch.compile, size by size, in the same minutes.

usage: beside_pytorch.py --out FOLDER [--sizes D,F,B,K …] [--modes topk relu] -- COMMAND OF sae …

First the ceilings: the largest TF32 product and the largest copy that PyTorch reaches here. Then for each size: tokens/s of both, their
ratio, which part of the ceilings the encoder product and the bytes of Adam alone account for, and the device memory that each takes.
sae4j's batches come from the host in every step. PyTorch is timed twice: with batches that are on the device already, which is what the
ratio is taken with, and with batches that come from pinned memory. Writes results.json and prints each result.
"""
import argparse
import gc
import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import torch

SIZES = [
    (d, f, b, k)
    for d, f, k in [(768, 24576, 32), (2304, 65536, 64), (12288, 49152, 64)]
    for b in (4096, 16384)
]


def steps_of(D, F, B):
    """Steps to warm up with and steps that are timed: a JVM has compiled what it needs for them after some dozens."""
    if B * D * F < 1e12:
        return 60, 60
    return (40, 20) if B * D * F < 1e13 / 3 else (10, 10)


def seconds_of(work, warm_up=3, repeat=10):
    for _ in range(warm_up):
        work()
    torch.cuda.synchronize()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def ceilings():
    n = 8192
    a, b = torch.randn(n, n, device="cuda"), torch.randn(n, n, device="cuda")
    tflops = 2 * n**3 / seconds_of(lambda: a @ b) / 1e12
    source = torch.empty(2**30, device="cuda")
    target = torch.empty_like(source)
    terabytes = 2 * source.numel() * 4 / seconds_of(lambda: target.copy_(source)) / 1e12
    return {"tf32_tflop_per_s": tflops, "copy_tb_per_s": terabytes}


class Training:
    """TopK or the article's dense ReLU with Adam, as one would write them."""

    def __init__(self, mode, D, F, K):
        self.mode, self.K = mode, K
        self.decoder_FD = torch.nn.functional.normalize(torch.randn(F, D, device="cuda"), dim=1).requires_grad_()
        self.encoder_FD = self.decoder_FD.detach().clone().requires_grad_()
        self.b_enc = torch.zeros(F, device="cuda", requires_grad=True)
        self.b_dec = torch.zeros(D, device="cuda", requires_grad=True)
        parameters = [self.encoder_FD, self.decoder_FD, self.b_enc, self.b_dec]
        self.adam = torch.optim.Adam(parameters, lr=1e-6, fused=True)
        self.loss = torch.compile(self.loss_of)

    def loss_of(self, x):
        pre = torch.nn.functional.linear(x - self.b_dec, self.encoder_FD, self.b_enc)
        codes = torch.relu(pre)
        if self.mode == "topk":
            values, index = codes.topk(self.K, dim=-1, sorted=False)
            codes = torch.zeros_like(codes).scatter(-1, index, values)
        loss = (codes @ self.decoder_FD + self.b_dec - x).pow(2).sum(-1).mean()
        return loss + codes.sum() / x.shape[0] if self.mode == "relu" else loss

    def step(self, x):
        loss = self.loss(x)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()


def pytorch(mode, D, F, B, K):
    torch._dynamo.reset()  # each size is compiled separately and keeps nothing of the previous one
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    training = Training(mode, D, F, K)
    batches = [torch.randn(B, D, device="cuda") for _ in range(2)]
    pinned = [batch.cpu().pin_memory() for batch in batches]
    turn = iter(range(10**9))
    seconds = seconds_of(lambda: training.step(batches[next(turn) % 2]), *steps_of(D, F, B))
    from_host = seconds_of(lambda: training.step(pinned[next(turn) % 2].to("cuda", non_blocking=True)), *steps_of(D, F, B))
    gib = torch.cuda.max_memory_allocated() / 2**30
    del training, batches
    torch.cuda.empty_cache()
    return {"tokens_per_s": B / seconds, "seconds": seconds, "tokens_per_s_from_host": B / from_host, "device_gib": gib}


def device_gib():
    free, total = torch.cuda.mem_get_info()
    return (total - free) / 2**30


def sae(command, mode, D, F, B, K):
    words = ["bench", "--backend", "tornadovm", "--precision", "tf32", "--architecture", mode, "--d-model", D, "--features", F]
    warm_up, steps = steps_of(D, F, B)
    words += ["--batch", B, "--k", K, "--steps", steps, "--warm-up", warm_up, "--json"]
    before, peak, ended = device_gib(), [0.0], threading.Event()

    def watch():
        while not ended.wait(0.2):
            peak[0] = max(peak[0], device_gib() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        finished = subprocess.run([*command, *map(str, words)], capture_output=True, text=True)
    finally:
        ended.set()
        watcher.join()
    if finished.returncode:
        return {"error": finished.stderr.strip().splitlines()[-1] if finished.stderr.strip() else f"exit {finished.returncode}"}
    return {**json.loads(finished.stdout.strip().splitlines()[-1]), "device_gib": peak[0]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--modes", nargs="*", default=["topk", "relu"])
    arguments.add_argument("--sizes", nargs="*", default=[",".join(map(str, size)) for size in SIZES])
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, command = arguments.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    results = {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "ceilings": ceilings(), "runs": []}
    print(json.dumps(results["ceilings"]))
    for text in given.sizes:
        D, F, B, K = (int(number) for number in text.split(","))
        for mode in given.modes:
            run = {"mode": mode, "D": D, "F": F, "B": B, "K": K}
            run["sae4j"] = sae(command, mode, D, F, B, K)
            try:
                run["pytorch"] = pytorch(mode, D, F, B, K)
            except torch.cuda.OutOfMemoryError:
                run["pytorch"] = {"error": "out of device memory"}
                torch.cuda.empty_cache()
            if "error" not in run["sae4j"]:
                seconds = B / run["sae4j"]["tokens_per_s"]
                run["encoder_part_of_tf32"] = 2 * B * D * F / seconds / 1e12 / results["ceilings"]["tf32_tflop_per_s"]
                run["adam_part_of_copy"] = 28 * 2 * D * F / seconds / 1e12 / results["ceilings"]["copy_tb_per_s"]
                if "error" not in run["pytorch"]:
                    run["ratio"] = run["sae4j"]["tokens_per_s"] / run["pytorch"]["tokens_per_s"]
            results["runs"].append(run)
            print(json.dumps(run), flush=True)
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / "results.json").write_text(json.dumps(results, indent=1))


main()
