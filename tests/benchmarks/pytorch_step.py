#!/usr/bin/env python3
# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""One SAE training step in PyTorch, which `beside-pytorch` compares with sae4j's. Needs only torch 2.

usage: pytorch_step.py relu|p-anneal|jumprelu|gated|topk|batchtopk|gathered|matmul D F B K STEPS THREADS

relu      the article's loss with dense codes: ReLU, L1, autograd, Adam
jumprelu  JumpReLU with its L0 penalty and both pseudo-gradients, dense throughout; threshold 0.5, bandwidth 1
p-anneal  as relu, of x less the decoder bias; p is 1, as in the first stage
gated     gate and magnitude of one product, and the loss of the gate alone with a decoder that does not learn from it
batchtopk the largest K·B codes of the batch, scattered to B×F
topk      TopK the usual way: top-k, scatter to B×F, dense decode
gathered  TopK with a decode that gathers rows (embedding_bag), the best that plain PyTorch does on a CPU
matmul    the encoder product alone

Prints one JSON object: the median seconds of a step, tokens/s, peak resident MiB.
"""
import json
import resource
import statistics
import sys
import time

import torch

mode = sys.argv[1]
D, F, B, K, STEPS, THREADS = (int(word) for word in sys.argv[2:8])
torch.set_num_threads(THREADS)
torch.manual_seed(0)

batches = [torch.randn(B, D) for _ in range(2)]
decoder_FD = torch.randn(F, D)
decoder_FD /= decoder_FD.norm(dim=1, keepdim=True)
encoder_FD = decoder_FD.clone().requires_grad_()
decoder_FD.requires_grad_()
b_enc = torch.zeros(F, requires_grad=True)
b_dec = torch.zeros(D, requires_grad=True)
b_gate = torch.zeros(F, requires_grad=True)
r_mag = torch.zeros(F, requires_grad=True)
threshold = torch.full((F,), 0.5, requires_grad=True)
adam = torch.optim.Adam([encoder_FD, decoder_FD, b_enc, b_dec, threshold, b_gate, r_mag], lr=1e-6, fused=True)


BANDWIDTH = 1.0


class Jump(torch.autograd.Function):
    """pre where it is above the threshold (arXiv 2407.14435, eq. 11)."""

    @staticmethod
    def forward(context, pre, threshold):
        context.save_for_backward(pre, threshold)
        return pre * (pre > threshold)

    @staticmethod
    def backward(context, gradient):
        pre, threshold = context.saved_tensors
        window = ((pre - threshold).abs() < BANDWIDTH / 2).float()
        return (pre > threshold) * gradient, (-threshold / BANDWIDTH * window * gradient).sum(0)


class Heaviside(torch.autograd.Function):
    """1 where pre is above the threshold (eq. 12)."""

    @staticmethod
    def forward(context, pre, threshold):
        context.save_for_backward(pre, threshold)
        return (pre > threshold).float()

    @staticmethod
    def backward(context, gradient):
        pre, threshold = context.saved_tensors
        window = ((pre - threshold).abs() < BANDWIDTH / 2).float()
        return None, (-window / BANDWIDTH * gradient).sum(0)


def l2(reconstruction, x):
    return (reconstruction + b_dec - x).pow(2).sum(-1).mean()


def loss_of(x):
    if mode == "gated":
        product = torch.nn.functional.linear(x - b_dec, encoder_FD)
        gate = torch.relu(product + b_gate)
        codes = (gate > 0) * torch.relu(product * torch.exp(r_mag) + b_enc)
        by_gate = gate @ decoder_FD.detach() + b_dec.detach()
        return l2(codes @ decoder_FD, x) + gate.sum() / B + (by_gate - x).pow(2).sum(-1).mean()
    pre = torch.nn.functional.linear(x if mode == "relu" else x - b_dec, encoder_FD, b_enc)
    if mode in ("relu", "p-anneal"):
        codes = torch.relu(pre)
        return l2(codes @ decoder_FD, x) + codes.sum() / B
    if mode == "jumprelu":
        return l2(Jump.apply(pre, threshold) @ decoder_FD, x) + Heaviside.apply(pre, threshold).sum() / B
    if mode == "batchtopk":
        values, index = torch.relu(pre).flatten().topk(K * B, sorted=False)
        return l2(torch.zeros_like(pre).flatten().scatter(0, index, values).view_as(pre) @ decoder_FD, x)
    values, index = pre.topk(K, dim=-1, sorted=False)
    values = torch.relu(values)
    if mode == "topk":
        return l2(torch.zeros_like(pre).scatter(-1, index, values) @ decoder_FD, x)
    return l2(torch.nn.functional.embedding_bag(index, decoder_FD, per_sample_weights=values, mode="sum"), x)


def step(x):
    if mode == "matmul":
        with torch.no_grad():
            return (x @ encoder_FD.t())[0, 0].item()
    loss = loss_of(x)
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    return loss.item()


for n in range(2):
    step(batches[n % 2])
seconds = []
for n in range(STEPS):
    start = time.perf_counter()
    step(batches[n % 2])
    seconds.append(time.perf_counter() - start)
median = statistics.median(seconds)
print(
    json.dumps(
        {
            "mode": mode,
            "torch": torch.__version__,
            "seconds": median,
            "tokens_per_s": B / median,
            "gflop_per_s": 2 * B * D * F / median / 1e9,
            "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
