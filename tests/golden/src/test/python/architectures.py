# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Computes the golden numbers of the SAE architectures with the field's own programs.

Made with torch 2.13.0 (CPU), safetensors 0.8.0, einops 0.8.2, and the sources of SAELens 6.18.0 and dictionary_learning
60ec6bf, from this folder, by

    pip install torch safetensors numpy einops
    python architectures.py FOLDER_WITH_sae_lens FOLDER_WITH_dictionary_learning

It writes architectures-float64.safetensors and architectures-float32.safetensors into ../resources/sae4j/golden. Each
case holds activations `x`, targets `y`, the parameters, what the forward pass gives (`codes`, `reconstruction`), the
losses, and the gradients of `loss`. Encoder weights are D×F and decoder weights F×D, as SAELens has them.

The script runs the tools' own code wherever they have the required loss:

    norm-weighted    SAELens, StandardTrainingSAE
    gated            dictionary_learning, GatedSAETrainer
    topk             SAELens, TopK and the dead codes of its TopKTrainingSAE
    signed-topk      torch.topk, scattered as in Qwen-Scope's example; dead codes as for topk
    abs-topk         torch.topk of magnitudes, arXiv 2510.00404; dead codes as for topk
    matching-pursuit written out below, one token after the other, as arXiv 2506.03093 and SAELens have it
    batchtopk        dictionary_learning, BatchTopKSAE and BatchTopKTrainer
    jumprelu-*       SAELens, JumpReLU and Step
    matryoshka       SAELens, MatryoshkaBatchTopKTrainingSAE
    p-anneal         dictionary_learning, PAnnealTrainer
    transcoder-*     SAELens' forward passes; the losses are written out below
    crosscoder-*     written out below, hook point after hook point, as Lindsey et al. 2024 have it

Both tools import far more than is used here. Mocks replace what is missing.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from pathlib import Path
from unittest.mock import MagicMock

import torch
import torch.nn as nn
from safetensors.torch import save_file

RESOURCES = Path(__file__).parent.parent / "resources" / "sae4j" / "golden"

B, D, F, OUT = 24, 10, 40, 7  # batch, model width, dictionary, a transcoder's output
WIDTH_OF_FIRST_HOOK = 4  # a crosscoder reads two: 4 and 6 wide
K = 6
K_SIGNED = 24  # more than a token's pre-activations above 0, mostly
K_AUX = 5
RESIDUAL_THRESHOLD = 1.5  # under which matching pursuit ends
LAMBDA = 0.3
BANDWIDTH = 0.4
SEED = 1  # the first for which no selection is closer than MARGIN
SINGLE = torch.float32
# The least distance between a pre-activation and the value that decides its selection (0, a threshold, the next in the
# order). With less, rounding to float32 could select other elements.
MARGIN = 1e-5


class Mocks(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for packages that the tools import and this script does not need."""

    NAMES = {"transformer_lens", "jaxtyping", "datasets", "nnsight", "tqdm", "huggingface_hub", "transformers", "wandb"}
    NAMES |= {"sae_lens.loading", "sae_lens.util", "sae_lens.config", "sae_lens.registry", "requests", "boto3", "yaml"}

    def find_spec(self, name, path=None, target=None):
        if any(name == mocked or name.startswith(mocked + ".") for mocked in self.NAMES):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        mock = MagicMock(name=spec.name)
        mock.__path__ = []
        return mock

    def exec_module(self, module):
        pass


def package(name: str, folder: Path) -> types.ModuleType:
    """A package without its __init__."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    module.__version__ = ""
    sys.modules[name] = module
    return module


sys.meta_path.insert(0, Mocks())
for tool, parts in (("sae_lens", ["saes"]), ("dictionary_learning", ["trainers"])):
    folder = Path(sys.argv[1 if tool == "sae_lens" else 2]) / tool
    package(tool, folder)
    for part in parts:
        package(f"{tool}.{part}", folder / part)
hook_points = types.ModuleType("transformer_lens.hook_points")
hook_points.HookPoint = nn.Identity
hook_points.HookedRootModule = type("HookedRootModule", (nn.Module,), {"setup": lambda self: None})
sys.modules["transformer_lens.hook_points"] = hook_points
jaxtyping = types.ModuleType("jaxtyping")
jaxtyping.Float = type("Float", (), {"__class_getitem__": classmethod(lambda cls, item: item[0])})
sys.modules["jaxtyping"] = jaxtyping

from dictionary_learning.dictionary import AutoEncoder, GatedAutoEncoder  # noqa: E402
from dictionary_learning.trainers.batch_top_k import BatchTopKSAE, BatchTopKTrainer  # noqa: E402
from dictionary_learning.trainers.gdm import GatedSAETrainer  # noqa: E402
from dictionary_learning.trainers.p_anneal import PAnnealTrainer  # noqa: E402
from sae_lens.saes.jumprelu_sae import JumpReLU, Step  # noqa: E402
from sae_lens.saes.matryoshka_batchtopk_sae import (  # noqa: E402
    MatryoshkaBatchTopKTrainingSAE,
    MatryoshkaBatchTopKTrainingSAEConfig,
)
from sae_lens.saes.sae import TrainStepInput  # noqa: E402
from sae_lens.saes.standard_sae import StandardTrainingSAE, StandardTrainingSAEConfig  # noqa: E402
from sae_lens.saes.topk_sae import TopK, _calculate_topk_aux_acts  # noqa: E402


class Data:
    """Activations and parameters: float32 numbers in both precisions, and the same for every case."""

    def __init__(self, dtype: torch.dtype):
        self.dtype = dtype
        generator = torch.Generator().manual_seed(SEED)

        def normal(*shape: int, scale: float = 1.0) -> torch.Tensor:
            return (torch.randn(*shape, generator=generator, dtype=SINGLE) * scale).to(dtype)

        self.x = normal(B, D)
        self.y = normal(B, OUT)
        self.W_enc = normal(D, F, scale=0.5)
        self.b_enc = normal(F, scale=0.3)
        self.W_dec = normal(F, D, scale=0.4)
        self.b_dec = normal(D, scale=0.3)
        self.b_mag = normal(F, scale=0.3)
        self.r_mag = normal(F, scale=0.3)
        self.threshold = (normal(F).to(SINGLE).abs() * 0.4 + BANDWIDTH / 2).to(dtype)
        self.W_dec_out = normal(F, OUT, scale=0.4)
        self.b_dec_out = normal(OUT, scale=0.3)
        self.W_skip = normal(D, OUT, scale=0.3)
        self.dead = (torch.rand(F, generator=generator, dtype=SINGLE) < 0.3).to(dtype)
        self.later_x = [normal(B, D) for _ in range(40)]

    def leaf(self, name: str) -> torch.Tensor:
        return getattr(self, name).clone().requires_grad_()

    def leaves(self, *names: str) -> dict[str, torch.Tensor]:
        return {name.removesuffix("_out"): self.leaf(name) for name in names}


def apart(values: torch.Tensor, *decisive) -> None:
    for other in decisive:
        nearest = (values - other).abs().min().item()
        assert nearest > MARGIN, f"a choice is {nearest:.1e} from falling otherwise; take another seed"


def apart_in_order(values: torch.Tensor, k: int) -> None:
    """Requires that the k-th and the next largest differ in each row."""
    ordered = values.sort(dim=-1, descending=True).values
    apart(ordered[..., k - 1], ordered[..., k])


def case(parameters, codes, reconstruction, l2_loss, loss, **more) -> dict[str, torch.Tensor]:
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return (
        {f"parameter.{name}": value for name, value in parameters.items()}
        | {
            f"gradient.{name}": torch.zeros_like(value) if gradient is None else gradient
            for (name, value), gradient in zip(parameters.items(), gradients)
        }
        | {"codes": codes, "reconstruction": reconstruction, "l2_loss": l2_loss, "loss": loss}
        | more
    )


def pre_activations(p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    return (x - p["b_dec"]) @ p["W_enc"] + p["b_enc"]


def squared_error(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).pow(2).sum(dim=-1).mean()


def saelens(kind, configuration, data: Data):
    """One of SAELens' training SAEs with our parameters as leaves."""
    sae = kind(configuration).to(data.dtype)
    with torch.no_grad():
        for name in ("W_enc", "b_enc", "W_dec", "b_dec"):
            getattr(sae, name).copy_(getattr(data, name))
    return sae, {name: getattr(sae, name) for name in ("W_enc", "b_enc", "W_dec", "b_dec")}


def norm_weighted(data: Data) -> dict[str, torch.Tensor]:
    configuration = StandardTrainingSAEConfig(d_in=D, d_sae=F)
    sae, p = saelens(StandardTrainingSAE, configuration, data)
    apart(pre_activations(p, data.x), 0)
    out = sae.training_forward_pass(TrainStepInput(data.x, {"l1": LAMBDA}, None, 0))
    return case(p, out.feature_acts, out.sae_out, out.losses["mse_loss"], out.loss)


def gated(data: Data) -> dict[str, torch.Tensor]:
    sae = GatedAutoEncoder(D, F).to(data.dtype)
    with torch.no_grad():
        sae.encoder.weight.copy_(data.W_enc.T)
        sae.decoder.weight.copy_(data.W_dec.T)
        sae.decoder_bias.copy_(data.b_dec)
        sae.gate_bias.copy_(data.b_enc)
        sae.mag_bias.copy_(data.b_mag)
        sae.r_mag.copy_(data.r_mag)
    trainer = types.SimpleNamespace(ae=sae, l1_penalty=LAMBDA, sparsity_warmup_fn=lambda step: 1.0)
    x_enc = sae.encoder(data.x - sae.decoder_bias)
    apart(x_enc + sae.gate_bias, 0)
    apart(sae.r_mag.exp() * x_enc + sae.mag_bias, 0)
    codes = sae.encode(data.x)
    reconstruction = sae.decode(codes)
    loss = GatedSAETrainer.loss(trainer, data.x, step=0)
    named = {
        "W_enc": sae.encoder.weight,
        "W_dec": sae.decoder.weight,
        "b_dec": sae.decoder_bias,
        "b_gate": sae.gate_bias,
        "b_mag": sae.mag_bias,
        "r_mag": sae.r_mag,
    }
    made = case(named, codes, reconstruction, squared_error(data.x, reconstruction), loss)
    for matrix in ("parameter.W_enc", "gradient.W_enc", "parameter.W_dec", "gradient.W_dec"):
        made[matrix] = made[matrix].T
    return made


def auxiliary_loss(data: Data, error: torch.Tensor, pre: torch.Tensor, W_dec: torch.Tensor) -> torch.Tensor:
    """AuxK with SAELens' dead codes, which may be negative. SAELens' loss adds the decoder's bias,
    unlike the paper's."""
    dead = data.dead > 0
    apart_in_order(torch.where(dead, pre, -torch.inf), K_AUX)
    dead_codes = _calculate_topk_aux_acts(k_aux=K_AUX, hidden_pre=pre, dead_neuron_mask=dead)
    return squared_error(dead_codes @ W_dec, error.detach())


def largest(k: int, pre: torch.Tensor, magnitude: bool) -> torch.Tensor:
    """The k largest of each token, with their signs."""
    order = pre.abs() if magnitude else pre
    apart_in_order(order, k)
    chosen = torch.topk(order, k, dim=-1).indices
    return torch.zeros_like(pre).scatter(-1, chosen, pre.gather(-1, chosen))


def topk(data: Data, multi: bool, signed: bool = False, magnitude: bool = False) -> dict[str, torch.Tensor]:
    p = data.leaves("W_enc", "b_enc", "W_dec", "b_dec")
    pre = pre_activations(p, data.x)
    apart(pre, 0)
    apart_in_order(pre, K)
    apart_in_order(pre, 4 * K)
    k = K_SIGNED if signed else K
    codes = largest(k, pre, magnitude) if signed else TopK(k)(pre)
    reconstruction = codes @ p["W_dec"] + p["b_dec"]
    l2_loss = squared_error(reconstruction, data.x)
    loss = l2_loss + auxiliary_loss(data, data.x - reconstruction, pre, p["W_dec"]) / 32
    if multi:  # Gao et al., appendix A.4
        loss = loss + squared_error(TopK(4 * K)(pre) @ p["W_dec"] + p["b_dec"], data.x) / 8
    return case(p, codes, reconstruction, l2_loss, loss, dead=data.dead)


def matching_pursuit(data: Data) -> dict[str, torch.Tensor]:
    p = data.leaves("W_dec", "b_dec")
    rows = []
    for x in data.x:
        left, code, support = x - p["b_dec"], torch.zeros(F), set()
        for _ in range(K):
            products = p["W_dec"] @ left
            best, next_best = products.detach().topk(2).values
            apart(best, next_best, 0)
            chosen = int(products.argmax())
            value = products[chosen].relu()
            code = code + value * torch.nn.functional.one_hot(torch.tensor(chosen), F)
            left = left - value * p["W_dec"][chosen]
            found = support | ({chosen} if value > 0 else set())
            apart(left.detach().norm(), RESIDUAL_THRESHOLD)
            if found == support or left.norm() < RESIDUAL_THRESHOLD:
                break
            support = found
        rows.append(code)
    codes = torch.stack(rows)
    assert len(set((codes != 0).sum(dim=1).tolist())) > 2, "all tokens take as many rounds"
    reconstruction = codes @ p["W_dec"] + p["b_dec"]
    l2_loss = squared_error(reconstruction, data.x)
    return case(p, codes, reconstruction, l2_loss, l2_loss)


def batchtopk(data: Data) -> dict[str, torch.Tensor]:
    sae = BatchTopKSAE(D, F, K).to(data.dtype)
    with torch.no_grad():
        sae.encoder.weight.copy_(data.W_enc.T)
        sae.encoder.bias.copy_(data.b_enc)
        sae.decoder.weight.copy_(data.W_dec.T)
        sae.b_dec.copy_(data.b_dec)
    codes, _, after_relu = sae.encode(data.x, return_active=True, use_threshold=False)
    apart(sae.encoder(data.x - sae.b_dec), 0)
    apart_in_order(after_relu.flatten(), K * B)
    reconstruction = sae.decode(codes)
    l2_loss = squared_error(data.x, reconstruction)
    pre = sae.encoder(data.x - sae.b_dec)
    loss = l2_loss + auxiliary_loss(data, data.x - reconstruction, pre, sae.decoder.weight.T) / 32
    trainer = types.SimpleNamespace(ae=sae, threshold_beta=0.99)
    thresholds = []
    for x in [data.x, *data.later_x[:3]]:
        BatchTopKTrainer.update_threshold(trainer, sae.encode(x, use_threshold=False))
        thresholds.append(sae.threshold.clone())
    apart(sae.encoder(data.x - sae.b_dec), sae.threshold)
    named = {"W_enc": sae.encoder.weight, "b_enc": sae.encoder.bias, "W_dec": sae.decoder.weight, "b_dec": sae.b_dec}
    made = case(
        named,
        codes,
        reconstruction,
        l2_loss,
        loss,
        dead=data.dead,
        later_x=torch.stack(data.later_x[:3]).flatten(0, 1),
        thresholds=torch.stack(thresholds),
        inference_codes=sae.encode(data.x),
    )
    for matrix in ("parameter.W_enc", "gradient.W_enc", "parameter.W_dec", "gradient.W_dec"):
        made[matrix] = made[matrix].T
    return made


def matryoshka(data: Data) -> dict[str, torch.Tensor]:
    configuration = MatryoshkaBatchTopKTrainingSAEConfig(
        d_in=D, d_sae=F, k=K, matryoshka_widths=[4, 16, F], rescale_acts_by_decoder_norm=False
    )
    sae, p = saelens(MatryoshkaBatchTopKTrainingSAE, configuration, data)
    out = sae.training_forward_pass(TrainStepInput(data.x, {}, None, 0))
    apart(pre_activations(p, data.x), 0)
    apart_in_order(pre_activations(p, data.x).relu().flatten(), K * B)
    return case(p, out.feature_acts, out.sae_out, out.losses["mse_loss"], out.loss)


def jumprelu(data: Data, sparsity: str) -> dict[str, torch.Tensor]:
    p = data.leaves("W_enc", "b_enc", "W_dec", "b_dec", "threshold")
    pre = pre_activations(p, data.x)
    apart(pre, p["threshold"], p["threshold"] - BANDWIDTH / 2, p["threshold"] + BANDWIDTH / 2)
    codes = JumpReLU.apply(pre, p["threshold"], BANDWIDTH)
    active = Step.apply(pre, p["threshold"], BANDWIDTH)
    reconstruction = codes @ p["W_dec"] + p["b_dec"]
    l2_loss = squared_error(reconstruction, data.x)
    loss = l2_loss + LAMBDA * {
        "step": lambda: active.sum(dim=-1).mean(),
        "tanh": lambda: torch.tanh(4 * codes * p["W_dec"].norm(dim=1)).sum(dim=-1).mean(),
        "quadratic": lambda: (active.sum(dim=-1).mean() / 5 - 1).pow(2),
    }[sparsity]()
    return case(p, codes, reconstruction, l2_loss, loss)


def p_anneal(data: Data) -> dict[str, torch.Tensor]:
    """40 steps on 40 batches with fixed weights, so only the penalty changes. The trainer changes p after a step's loss,
    so its step numbers are one less than ours."""
    sae = AutoEncoder(D, F).to(data.dtype)
    with torch.no_grad():
        sae.bias.copy_(data.b_dec)
        sae.encoder.weight.copy_(data.W_enc.T)
        sae.encoder.bias.copy_(data.b_enc)
        sae.decoder.weight.copy_(data.W_dec.T)
    trainer = PAnnealTrainer(
        steps=40,
        activation_dim=D,
        dict_size=F,
        layer=0,
        lm_name="",
        dict_class=lambda *_: sae,
        sparsity_function="Lp^p",
        initial_sparsity_penalty=LAMBDA,
        anneal_start=9,
        anneal_end=39,
        p_end=0.2,
        n_sparsity_updates=4,
        sparsity_queue_length=10,
        sparsity_warmup_steps=None,
        warmup_steps=0,
        device="cpu",
    )
    named = {"W_enc": sae.encoder.weight, "b_enc": sae.encoder.bias, "W_dec": sae.decoder.weight, "b_dec": sae.bias}
    losses = []
    for step, x in enumerate(data.later_x):
        apart(sae.encoder(x - sae.bias), 0)
        loss = trainer.loss(x, step)
        losses.append(loss)
    codes = sae.encode(x)
    reconstruction = sae.decode(codes)
    made = case(
        named,
        codes,
        reconstruction,
        squared_error(reconstruction, x),
        loss,
        losses=torch.stack(losses),
        later_x=torch.stack(data.later_x).flatten(0, 1),
    )
    for matrix in ("parameter.W_enc", "gradient.W_enc", "parameter.W_dec", "gradient.W_dec"):
        made[matrix] = made[matrix].T
    return made


def transcoder(data: Data, activation: str, skip: bool) -> dict[str, torch.Tensor]:
    names = ["W_enc", "b_enc", "W_dec_out", "b_dec_out"]
    p = data.leaves(*names, *(["threshold"] if activation == "jumprelu" else []), *(["W_skip"] if skip else []))
    pre = data.x @ p["W_enc"] + p["b_enc"]
    apart(pre, 0, data.threshold, data.threshold - BANDWIDTH / 2, data.threshold + BANDWIDTH / 2)
    apart_in_order(pre, K)
    codes = {
        "relu": lambda: pre.relu(),
        "topk": lambda: TopK(K)(pre),
        "jumprelu": lambda: JumpReLU.apply(pre, p["threshold"], BANDWIDTH),
    }[activation]()
    output = codes @ p["W_dec"] + p["b_dec"]
    if skip:
        output = output + data.x @ p["W_skip"]
    l2_loss = squared_error(output, data.y)
    loss = l2_loss + {
        "relu": lambda: LAMBDA * codes.sum(dim=-1).mean(),
        "topk": lambda: auxiliary_loss(data, data.y - output, pre, p["W_dec"]) / 32,
        "jumprelu": lambda: LAMBDA * Step.apply(pre, p["threshold"], BANDWIDTH).sum(dim=-1).mean(),
    }[activation]()
    return case(p, codes, output, l2_loss, loss, y=data.y, dead=data.dead)


def crosscoder(data: Data, activation: str) -> dict[str, torch.Tensor]:
    p = data.leaves("W_enc", "b_enc", "W_dec", "b_dec")
    hooks = [slice(0, WIDTH_OF_FIRST_HOOK), slice(WIDTH_OF_FIRST_HOOK, D)]
    pre = sum(data.x[:, hook] @ p["W_enc"][hook] for hook in hooks) + p["b_enc"]
    apart(pre, 0)
    if activation == "topk":
        codes = largest(K, pre, magnitude=False).relu()
    elif activation == "batchtopk":
        apart_in_order(pre.relu().flatten(), K * B)
        chosen = pre.flatten().topk(K * B).indices
        codes = torch.zeros(B * F).scatter(0, chosen, pre.flatten()[chosen]).reshape(B, F).relu()
    else:
        codes = pre.relu()
    outputs = [codes @ p["W_dec"][:, hook] + p["b_dec"][hook] for hook in hooks]
    l2_loss = sum(squared_error(output, data.x[:, hook]) for output, hook in zip(outputs, hooks))
    loss = l2_loss
    if activation == "relu":
        norms = sum(p["W_dec"][:, hook].norm(dim=1) for hook in hooks)
        loss = loss + LAMBDA * (codes * norms).sum(dim=-1).mean()
    return case(p, codes, torch.cat(outputs, dim=-1), l2_loss, loss)


def numbers(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    torch.set_default_dtype(dtype)
    torch.Tensor.float = lambda self: self.to(dtype)  # the tools' casts would break the run in double precision
    torch.float32 = dtype
    try:
        data = Data(dtype)
        cases = {
            "norm-weighted": norm_weighted(data),
            "gated": gated(data),
            "topk": topk(data, multi=False),
            "multi-topk": topk(data, multi=True),
            "signed-topk": topk(data, multi=False, signed=True),
            "abs-topk": topk(data, multi=False, signed=True, magnitude=True),
            "matching-pursuit": matching_pursuit(data),
            "batchtopk": batchtopk(data),
            "matryoshka": matryoshka(data),
            "jumprelu-step": jumprelu(data, "step"),
            "jumprelu-tanh": jumprelu(data, "tanh"),
            "jumprelu-quadratic": jumprelu(data, "quadratic"),
            "p-anneal": p_anneal(data),
            "transcoder-relu": transcoder(data, "relu", skip=False),
            "transcoder-topk": transcoder(data, "topk", skip=False),
            "transcoder-topk-skip": transcoder(data, "topk", skip=True),
            "transcoder-jumprelu-skip": transcoder(data, "jumprelu", skip=True),
            "crosscoder-relu": crosscoder(data, "relu"),
            "crosscoder-topk": crosscoder(data, "topk"),
            "crosscoder-batchtopk": crosscoder(data, "batchtopk"),
        }
    finally:
        torch.float32 = SINGLE
    made = {"x": data.x}
    for name, tensors in cases.items():
        made |= {f"{name}.{part}": tensor for part, tensor in tensors.items()}
    return {name: tensor.detach().to(dtype).clone().contiguous() for name, tensor in made.items()}


if __name__ == "__main__":
    for dtype in (torch.float64, torch.float32):
        save_file(numbers(dtype), RESOURCES / f"architectures-{str(dtype).removeprefix('torch.')}.safetensors")
