# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Trained SAEs in the formats of other tools, checked with these tools.

    python sae_formats.py write FOLDER            writes an SAE of every kind with the tool that has it, and what that
                                                  tool computes
    python sae_formats.py convert FOLDER TO       lets `sae` (or $SAE) convert every SAE under FOLDER into every format
                                                  that can express it
    python sae_formats.py check FOLDER [WRITTEN]  loads every SAE under FOLDER with its tool and compares what it
                                                  computes; also compares the tensors of those whose format is the same
                                                  under WRITTEN

Environment variables name a checkout of each tool's sources:

    SAELENS      jbloomAus/SAELens                    6.18.0
    DICTIONARY   saprmarks/dictionary_learning        60ec6bf
    SPARSIFY     EleutherAI/sparsify                  9d3b136
    OPENAI       openai/sparse_autoencoder            4965b94
    LLAMASCOPE   OpenMOSS/Language-Model-SAEs         26ab6a6
    CROSSCODER   science-of-finetuning/dictionary_learning  173f7fa

Every SAE has a separate folder, which also holds `expected.safetensors`: activations, and the tool's codes and
reconstruction. `write` uses the tool that the folder's name begins with. `check` recognises the tool by the files.
Besides torch (2.13.0) and numpy the script needs safetensors, transformers, PyYAML and tqdm, and for crosscoders einops
and huggingface_hub. Libraries that the tools
import for other purposes (models, data sets, logging) may be absent; stand-ins then replace them.
"""

import dataclasses
import importlib.abc
import importlib.machinery
import importlib.util
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch
from safetensors.torch import load_file, save_file

D, D_OUT, F, K, TOKENS = 6, 5, 10, 3, 8


class Root(torch.nn.Module):
    def setup(self):
        pass


class Serializable:
    """The part of simple_parsing's class that a saved configuration needs."""

    def to_dict(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values, drop_extra_fields=False):
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known or not drop_extra_fields})


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules that are absent here and that no saved SAE needs."""

    NAMES = set(
        "transformer_lens datasets nltk dotenv simple_parsing tenacity wandb plotly babe jaxtyping einops requests pandas mamba_lens plotly_express "
        "nnsight zstandard natsort blobfile mpi4py pymongo umap openai pydantic matplotlib bson gridfs safetensors accelerate schedulefree  tiktoken s3fs boto3".split()
    )

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.NAMES else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__spec__, module.__path__, module.__name__ = spec, [], spec.name
        if spec.name.startswith("transformer_lens"):
            module.HookPoint, module.HookedRootModule = torch.nn.Identity, Root
        if spec.name == "simple_parsing":
            module.Serializable, module.list_field = Serializable, lambda *d: dataclasses.field(default_factory=lambda: list(d))
        return module

    def exec_module(self, module):
        pass


def filled(shape, seed, scale=1.0):
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def fill(module):
    """Fills every parameter with different numbers. Thresholds are positive."""
    for seed, (name, parameter) in enumerate(sorted(module.named_parameters())):
        values = filled(parameter.shape, seed)
        parameter.data = (values.abs() * 0.3 if name == "threshold" else values).to(parameter.dtype)
    return module


def dense(codes):
    return codes.to_dense() if codes.is_sparse else codes


# What each tool computes from activations: (codes, reconstruction).


@torch.no_grad()
def saelens_run(sae, x):
    codes = dense(sae.encode(x))
    return codes, sae(x)


@torch.no_grad()
def dictionary_run(dictionary, x):
    return dictionary.encode(x), dictionary(x)


@torch.no_grad()
def sparsify_run(coder, x):
    values, indices, _ = coder.encode(x)
    return torch.zeros(len(x), coder.num_latents).scatter_(1, indices, values), coder(x).sae_out


@torch.no_grad()
def openai_run(autoencoder, x):
    codes, info = autoencoder.encode(x)
    return codes, autoencoder.decode(codes, info)


@torch.no_grad()
def gemma_run(params, x):
    """The function in Gemma Scope's own notebook."""
    p = {name: torch.tensor(value) for name, value in params.items()}
    before = x @ p["W_enc"] + p["b_enc"]
    codes = (before > p["threshold"]) * torch.relu(before)
    return codes, codes @ p["W_dec"] + p["b_dec"]


@torch.no_grad()
def gemma2_run(p, x):
    before = x @ p["w_enc"] + p["b_enc"]
    codes = before * (before > p["threshold"])
    skip = x @ p["affine_skip_connection"] if "affine_skip_connection" in p else 0
    return codes, codes @ p["w_dec"] + p["b_dec"] + skip


@torch.no_grad()
def goodfire_run(p, x):
    linear = torch.nn.functional.linear
    codes = torch.relu(linear(x, p["encoder_linear.weight"], p["encoder_linear.bias"]))
    return codes, linear(codes, p["decoder_linear.weight"], p["decoder_linear.bias"])


@torch.no_grad()
def qwen_run(state, x, k):
    before = x @ state["W_enc"].T + state["b_enc"]
    values, indices = before.topk(k, dim=-1)
    codes = torch.zeros_like(before).scatter_(-1, indices, values)
    return codes, codes @ state["W_dec"].T + state["b_dec"]


@torch.no_grad()
def circuit_run(state, x, k=None):
    """As SingleLayerTranscoder of circuit-tracer 4bb8c0e."""
    before = torch.nn.functional.linear(x, state["W_enc"], state["b_enc"])
    if "activation_function.threshold" in state:
        codes = before * (before > state["activation_function.threshold"])
    elif k is None:
        codes = torch.relu(before)
    else:
        codes = before * torch.zeros_like(before).scatter_(-1, before.topk(k, dim=-1).indices, 1)
    skip = x @ state["W_skip"].T if "W_skip" in state else 0
    return codes, codes @ state["W_dec"] + state["b_dec"] + skip


@torch.no_grad()
def llama_run(sae, x):
    codes = sae.encode(x)
    return codes, sae.decode(codes) / sae.compute_norm_factor(x, hook_point="out")


# Loading. The files in the folder decide how.


def load(folder):
    import sae_lens

    folder = Path(folder)
    if (folder / "sae_weights.safetensors").exists():
        config = json.loads((folder / "cfg.json").read_text())
        if config.get("architecture") == "matching_pursuit":
            options = (config["max_iterations"] or config["d_in"], config["residual_threshold"], config["stop_on_duplicate_support"])
            return lambda sae, x: pursuit_run(sae, x, *options), load_file(folder / "sae_weights.safetensors")
        if "batchtopk" not in config.get("architecture", ""):
            return saelens_run, sae_lens.SAE.load_from_disk(folder, device="cpu")
        with tempfile.TemporaryDirectory() as inference:  # a training checkpoint: see its inference model
            sae_lens.TrainingSAE.load_from_disk(folder, device="cpu").save_inference_model(inference)
            return saelens_run, sae_lens.SAE.load_from_disk(inference, device="cpu")
    if (folder / "ae.pt").exists():
        from dictionary_learning.utils import load_dictionary
        from dictionary_learning.dictionary import AutoEncoder

        if json.loads((folder / "config.json").read_text())["trainer"]["dict_class"] == "AutoEncoder":
            return dictionary_run, AutoEncoder.from_pretrained(folder / "ae.pt", normalize_decoder=False)
        return dictionary_run, load_dictionary(str(folder), "cpu")[0]
    if (folder / "sae.safetensors").exists():
        from sparsify import SparseCoder

        return sparsify_run, SparseCoder.load_from_disk(folder)
    if (folder / "params.npz").exists():
        with np.load(folder / "params.npz") as params:
            return gemma_run, dict(params)
    if (folder / "params.safetensors").exists():
        return gemma2_run, load_file(folder / "params.safetensors")
    if (folder / "model.safetensors").exists():
        return crosscoder_run, crosscoder(folder)
    if (folder / "hyperparams.json").exists():
        return llama_run, llama(folder)
    if layers := [*folder.glob("layer_*.safetensors")]:
        k = re.search(r'^k: (\d+)', (folder / "config.yaml").read_text(), re.M)
        return lambda sae, x: circuit_run(sae, x, k and int(k[1])), load_file(layers[0])
    if layers := [*folder.glob("layer*.sae.pt")]:
        k = int(re.search(r"L0_(\d+)", str(folder.absolute()))[1])
        return lambda sae, x: qwen_run(sae, x, k), torch.load(layers[0])
    from sparse_autoencoder import Autoencoder

    [file] = [*folder.glob("*.pt"), *folder.glob("*.pth")]
    if "encoder_linear.weight" in torch.load(file):
        return goodfire_run, torch.load(file)
    if "decoder.bias" in torch.load(file):
        return crosscoder_run, crosscoder(folder)
    return openai_run, Autoencoder.from_state_dict(torch.load(file))


def llama(folder):
    from lm_saes.config import SAEConfig
    from lm_saes.sae import SparseAutoEncoder

    hyperparams = json.loads((folder / "hyperparams.json").read_text())
    known = {field.name for field in dataclasses.fields(SAEConfig)}
    config = SAEConfig(**{name: value for name, value in hyperparams.items() if name in known and name not in ("dtype", "device")}, dtype=torch.float32, device="cpu")
    config.sae_pretrained_name_or_path = str(folder)
    return SparseAutoEncoder.from_config(config)  # what from_pretrained does with the configuration


# Writing.


def expect(folder, run, sae, x=None):
    x = filled((TOKENS, D), 100) if x is None else x
    codes, reconstruction = run(sae, x)
    save_file({"activations": x, "codes": codes.contiguous(), "reconstruction": reconstruction.contiguous()}, folder / "expected.safetensors")


def write_saelens(root):
    import sae_lens as sl
    from sae_lens.saes.sae import SAEMetadata

    def common(**more):
        return dict(d_in=D, d_sae=F, device="cpu", dtype="float32", metadata=SAEMetadata(model_name="gpt2", hook_name="blocks.2.hook_resid_post", context_size=128), **more)

    trans = dict(d_out=D_OUT, apply_b_dec_to_input=False)
    for name, sae in {
        "gated": sl.GatedSAE(sl.GatedSAEConfig(**common())),
        "jumprelu": sl.JumpReLUSAE(sl.JumpReLUSAEConfig(**common())),
        "jumprelu_uncentred": sl.JumpReLUSAE(sl.JumpReLUSAEConfig(**common(apply_b_dec_to_input=False))),
        "topk_rescaled": sl.TopKSAE(sl.TopKSAEConfig(**common(k=K, rescale_acts_by_decoder_norm=True))),
        "layer_norm": sl.StandardSAE(sl.StandardSAEConfig(**common(normalize_activations="layer_norm"))),
        "topk_layer_norm": sl.TopKSAE(sl.TopKSAEConfig(**common(k=K, normalize_activations="layer_norm"))),
        "constant_norm": sl.JumpReLUSAE(sl.JumpReLUSAEConfig(**common(normalize_activations="constant_norm_rescale"))),
        "transcoder": sl.Transcoder(sl.TranscoderConfig(**common(**trans))),
        "skip_transcoder": sl.SkipTranscoder(sl.SkipTranscoderConfig(**common(**trans))),
        "jumprelu_transcoder": sl.JumpReLUTranscoder(sl.JumpReLUTranscoderConfig(**common(**trans))),
    }.items():
        folder = root / f"saelens_{name}"
        fill(sae).save_model(folder)
        expect(folder, saelens_run, sae)
    for name, sae in {
        "batchtopk": sl.BatchTopKTrainingSAE(sl.BatchTopKTrainingSAEConfig(**common(k=K))),
        "matryoshka": sl.MatryoshkaBatchTopKTrainingSAE(sl.MatryoshkaBatchTopKTrainingSAEConfig(**common(k=K, matryoshka_widths=[4, F]))),
    }.items():
        fill(sae).topk_threshold.fill_(0.75)
        sae.save_inference_model(root / f"saelens_{name}")
        inference = sl.SAE.load_from_disk(root / f"saelens_{name}", device="cpu")
        expect(root / f"saelens_{name}", saelens_run, inference)
        # a training checkpoint computes afterwards what its inference model computes
        sae.save_model(root / f"saelens_{name}_training")
        expect(root / f"saelens_{name}_training", saelens_run, inference)
    legacy(root)


@torch.no_grad()
def pursuit_run(state, x, rounds, threshold, stop):
    """SAELens' matching pursuit, token by token."""
    codes = torch.zeros(len(x), len(state["W_dec"]))
    for token, row in enumerate(x):
        left, support = row - state["b_dec"], None
        for _ in range(rounds):
            values = torch.relu(state["W_dec"] @ left)
            best = values.argmax()
            codes[token, best] += values[best]
            left = left - values[best] * state["W_dec"][best]
            before, support = support, codes[token] != 0
            repeats = not support.any() if before is None else torch.equal(before, support)
            if (stop and repeats) or (threshold > 0 and left.norm() < threshold):
                break
    return codes, codes @ state["W_dec"] + state["b_dec"]


def write_pursuit(root):
    """By a later source of SAELens than 6.18, which does not have it."""
    rows = filled((F, D), 3)
    state = {"W_dec": rows / rows.norm(dim=1, keepdim=True), "b_dec": 0.3 * filled((D,), 4)}
    for name, options in {
        "matching_pursuit": dict(residual_threshold=0.4, max_iterations=None, stop_on_duplicate_support=True),
        "matching_pursuit_rounds": dict(residual_threshold=0.0, max_iterations=4, stop_on_duplicate_support=False),
    }.items():
        folder = root / f"saelens_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        metadata = {"sae_lens_version": "6.49.2", "sae_lens_training_version": "6.49.2", "model_name": "gpt2", "hook_name": "blocks.2.hook_resid_post"}
        config = dict(d_in=D, d_sae=F, dtype="float32", device="cpu", apply_b_dec_to_input=True, normalize_activations="none", reshape_activations="none",
                      metadata=metadata, architecture="matching_pursuit", **options)
        (folder / "cfg.json").write_text(json.dumps(config))
        save_file(state, folder / "sae_weights.safetensors")
        rounds = options["max_iterations"] or D
        expect(folder, lambda sae, x: pursuit_run(sae, x, rounds, options["residual_threshold"], options["stop_on_duplicate_support"]), state)


def legacy(root):
    """As SAELens 3 and 4 wrote them: one flat configuration, and a scaling factor of ones."""
    import sae_lens as sl

    base = dict(d_in=D, d_sae=F, dtype="torch.float32", device="cpu", model_name="gpt2-small", hook_point="blocks.8.hook_resid_pre",
                hook_point_layer=8, hook_point_head_index=None, activation_fn_str="relu", context_size=128, prepend_bos=True,
                dataset_path="Skylion007/openwebtext", normalize_activations="none", finetuning_scaling_factor=False, l1_coefficient=8e-5)
    names = {"W_enc": (D, F), "b_enc": (F,), "W_dec": (F, D), "b_dec": (D,)}
    for name, config, more in [
        ("legacy", dict(base), {"scaling_factor": torch.ones(F)}),
        ("legacy_topk", dict(base, activation_fn_str="topk", activation_fn_kwargs={"k": K}, apply_b_dec_to_input=False, normalize_activations=None), {}),
        ("legacy_gated", dict(base, architecture="gated", normalize_activations=False), {"b_gate": filled((F,), 7), "b_mag": filled((F,), 8), "r_mag": filled((F,), 9)}),
    ]:
        folder = root / f"saelens_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cfg.json").write_text(json.dumps(config))
        state = {tensor: filled(shape, seed) for seed, (tensor, shape) in enumerate(names.items()) if not (name == "legacy_gated" and tensor == "b_enc")}
        save_file({**state, **more}, folder / "sae_weights.safetensors")
        expect(folder, saelens_run, sl.SAE.load_from_disk(folder, device="cpu"))


def write_dictionary(root):
    from dictionary_learning.dictionary import AutoEncoder, AutoEncoderNew, GatedAutoEncoder, JumpReluAutoEncoder
    from dictionary_learning.trainers.batch_top_k import BatchTopKSAE
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKSAE
    from dictionary_learning.trainers.top_k import AutoEncoderTopK

    for dictionary in [
        AutoEncoder(D, F), AutoEncoderNew(D, F), GatedAutoEncoder(D, F), JumpReluAutoEncoder(D, F),
        AutoEncoderTopK(D, F, K), BatchTopKSAE(D, F, K), MatryoshkaBatchTopKSAE(D, F, K, [4, 6]),
    ]:
        kind = type(dictionary).__name__
        folder = root / f"dictionary_{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        fill(dictionary)
        trainer = {"trainer_class": "Trainer", "dict_class": kind, "lr": 1e-4, "activation_dim": D, "dict_size": F, "layer": 8,
                   "lm_name": "EleutherAI/pythia-70m-deduped", "wandb_name": kind, "submodule_name": "resid_post_layer_8", "seed": 0}
        if hasattr(dictionary, "k"):
            dictionary.threshold.fill_(0.625)
            trainer["k"] = K
        torch.save(dictionary.state_dict(), folder / "ae.pt")
        (folder / "config.json").write_text(json.dumps({"trainer": trainer, "buffer": {"d_submodule": D, "ctx_len": 128}}))
        expect(folder, dictionary_run, dictionary)


def write_sparsify(root):
    from sparsify import SparseCoder, SparseCoderConfig

    for name, config in {
        "sae": SparseCoderConfig(num_latents=F, k=K),
        "skip_transcoder": SparseCoderConfig(num_latents=F, k=K, skip_connection=True, transcode=True),
        "expanded": SparseCoderConfig(expansion_factor=2, k=K),
    }.items():
        coder = fill(SparseCoder(D, config))
        coder.save_to_disk(root / f"sparsify_{name}")
        expect(root / f"sparsify_{name}", sparsify_run, coder)


def write_openai(root):
    from sparse_autoencoder.model import Autoencoder, TopK

    for name, autoencoder in {"relu": Autoencoder(F, D), "topk": Autoencoder(F, D, activation=TopK(K), normalize=True)}.items():
        folder = root / f"openai_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        state = fill(autoencoder).state_dict()
        # TopK's state is in the file twice. The published files have it once, and the tool loads only those
        state = {key: value for key, value in state.items() if key not in ("activation.k", "activation.postact_fn")}
        torch.save(state, folder / "autoencoder.pt")
        expect(folder, openai_run, autoencoder)


def write_gemma(root):
    folder = root / "gemma_jumprelu"
    folder.mkdir(parents=True, exist_ok=True)
    params = {"W_dec": filled((F, D), 0), "W_enc": filled((D, F), 1), "b_dec": filled((D,), 2), "b_enc": filled((F,), 3), "threshold": filled((F,), 4).abs()}
    params = {name: value.numpy() for name, value in params.items()}
    np.savez(folder / "params.npz", **params)
    expect(folder, gemma_run, params)


def write_gemma2(root):
    """By the layout that public loaders read; no tool of the project itself is public."""
    for place, inputs, outputs, affine in (("resid_post", "output", "output", False), ("transcoder", "pre_feedforward_layernorm.output", "post_feedforward_layernorm.output", True)):
        folder = root / f"gemma2_{place}"
        folder.mkdir(parents=True, exist_ok=True)
        params = {"w_enc": filled((D, F), 0), "b_enc": filled((F,), 1), "threshold": filled((F,), 2).abs(), "w_dec": filled((F, D), 3), "b_dec": filled((D,), 4)}
        if affine:
            params["affine_skip_connection"] = filled((D, D), 5)
        save_file(params, folder / "params.safetensors")
        config = dict(hf_hook_point_in=f"model.layers.3.{inputs}", hf_hook_point_out=f"model.layers.3.{outputs}", width=F, model_name="gemma-v3-1b-pt", architecture="jump_relu", l0=10, affine_connection=affine)
        (folder / "config.json").write_text(json.dumps(config, indent=4))
        expect(folder, gemma2_run, params)


def write_goodfire(root):
    """By the layout that public loaders read."""
    folder = root / "goodfire_relu"
    folder.mkdir(parents=True, exist_ok=True)
    state = {"encoder_linear.weight": filled((F, D), 0), "encoder_linear.bias": filled((F,), 1), "decoder_linear.weight": filled((D, F), 2), "decoder_linear.bias": filled((D,), 3)}
    torch.save(state, folder / "sae.pth")
    expect(folder, goodfire_run, state)


def write_qwen(root):
    """By the layout that public loaders read. Biases far below 0 make codes below 0 win their places."""
    folder = root / "qwen_L0_3"
    folder.mkdir(parents=True, exist_ok=True)
    state = {"W_enc": filled((F, D), 0), "b_enc": filled((F,), 1) - 3.5, "W_dec": filled((D, F), 2), "b_dec": filled((D,), 3)}
    torch.save(state, folder / "layer2.sae.pt")
    expect(folder, lambda sae, x: qwen_run(sae, x, 3), state)


def write_circuit(root):
    state = {"W_enc": filled((F, D), 0), "W_dec": filled((F, D), 1), "b_enc": filled((F,), 2), "b_dec": filled((D,), 3)}
    for name, more, activation in (
        ("jumprelu_skip", {"activation_function.threshold": filled((F,), 4).abs(), "W_skip": filled((D, D), 5)}, ""),
        ("relu", {}, "activation: relu\n"),
        ("topk", {"b_enc": filled((F,), 2) - 3.5}, f"activation: topk\nk: {K}\n"),
    ):
        folder = root / f"circuit_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        save_file(state | more, folder / "layer_3.safetensors")
        (folder / "config.yaml").write_text(
            "model_kind: transcoder_set\nmodel_name: google/gemma-2-2b\nfeature_input_hook: mlp.hook_in\nfeature_output_hook: hook_mlp_out\n"
            f"scan: gemma-2-2b\n{activation}transcoders:\n" + "".join(f"- hf://someone/transcoders/layer_{i}.safetensors\n" for i in range(5)))
        expect(folder, lambda sae, x: circuit_run(sae, x, K if name == "topk" else None), state | more)


def crosscoders():
    """The fork's module, under another name than that of the tool that it was forked from."""
    import types

    package = types.ModuleType("crosscoders")
    package.__path__ = [str(Path(os.environ["CROSSCODER"]) / "dictionary_learning")]
    sys.modules["crosscoders"] = package
    return importlib.import_module("crosscoders.dictionary")


@torch.no_grad()
def crosscoder_run(crosscoder, x):
    """Hook points side by side."""
    by_hook = x.reshape(len(x), 2, D)
    return crosscoder.encode(by_hook), crosscoder(by_hook).reshape(len(x), 2 * D)


def crosscoder(folder):
    files = list(folder.glob("*.pt"))
    state = torch.load(files[0]) if files else load_file(folder / "model.safetensors")
    kind = crosscoders().BatchTopKCrossCoder if "k" in state else crosscoders().CrossCoder
    return kind.from_pretrained(str(files[0])) if files else kind.from_pretrained(str(folder), from_hub=True)


def write_crosscoder(root):
    tool = crosscoders()
    x = filled((TOKENS, 2 * D), 100)
    normaliser = dict(activation_mean=filled((2, D), 7), activation_std=filled((2, D), 8).abs() + torch.tensor([[1.0], [0.2]]), target_rms=2.5)
    for name, made in {
        "relu": tool.CrossCoder(D, F, 2, code_normalization="DECOUPLED"),
        "relu_normalised": tool.CrossCoder(D, F, 2, **normaliser),
        "batchtopk": tool.BatchTopKCrossCoder(D, F, 2, k=K, code_normalization="CROSSCODER"),
        "batchtopk_normalised": tool.BatchTopKCrossCoder(D, F, 2, k=K, code_normalization="SAE", **normaliser),
        "batchtopk_plain": tool.BatchTopKCrossCoder(D, F, 2, k=K, code_normalization="NONE"),
    }.items():
        folder = root / f"crosscoder_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        fill(made)
        if name.startswith("batchtopk"):
            made.threshold.fill_({"batchtopk": 9.0, "batchtopk_plain": 2.0}.get(name, 6.0))
        if name.endswith("normalised"):  # tensors are no JSON: such a model is saved as training saves it
            torch.save(made.state_dict(), folder / "autoencoder.pt")
        else:
            made.save_pretrained(folder)
            (folder / "README.md").unlink(missing_ok=True)
        expect(folder, crosscoder_run, made, x)


def write_llama(root):
    for name, more in {
        "jumprelu": dict(act_fn="jumprelu", jump_relu_threshold=0.5, norm_activation="dataset-wise", dataset_average_activation_norm={"in": 3.7, "out": 4.1}, apply_decoder_bias_to_pre_encoder=False),
        "jumprelu_without_norms": dict(act_fn="jumprelu", jump_relu_threshold=0.5, norm_activation="dataset-wise", dataset_average_activation_norm={"in": 3.7, "out": 3.7}, sparsity_include_decoder_norm=False),
        "topk": dict(act_fn="topk", top_k=K, norm_activation="token-wise", sparsity_include_decoder_norm=True),
    }.items():
        folder = root / f"llama_{name}"
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        config = dict(hook_point_in="blocks.3.hook_resid_post", hook_point_out="blocks.3.hook_resid_post", d_model=D, d_sae=F, expansion_factor=2,
                      use_decoder_bias=True, use_glu_encoder=False, top_k=K, lp=1, l1_coefficient=8e-5, dtype="torch.float32", seed=42, device="cpu") | more
        (folder / "hyperparams.json").write_text(json.dumps(config, indent=4))
        state = {"encoder.weight": filled((F, D), 0), "encoder.bias": filled((F,), 1), "decoder.weight": filled((D, F), 2), "decoder.bias": filled((D,), 3)}
        save_file(state, folder / "checkpoints/final.safetensors")
        expect(folder, llama_run, llama(folder))


def convert(root, to):
    sae = os.environ.get("SAE", "sae").split()
    for folder in sorted(path.parent for path in root.rglob("expected.safetensors")):
        files = [*folder.glob("*.pt"), *folder.glob("*.pth")]
        source = files[0] if files and files[0].name != "ae.pt" else folder
        for form in ("saelens", "dictionary-learning", "sparsify", "openai", "gemma-scope", "gemma-scope-2", "llama-scope", "goodfire", "qwen-scope", "circuit-tracer", "dictionary-learning-crosscoder"):
            target = to / folder.name / (form + "-L0_3" if form == "qwen-scope" else form)
            target.parent.mkdir(parents=True, exist_ok=True)
            out = target
            if form in ("openai", "goodfire"):
                target.mkdir()
                out = target / "autoencoder.pt"
            ended = subprocess.run([*sae, "convert", str(source), str(out), "--to", form], capture_output=True, text=True)
            if ended.returncode == 0:
                shutil.copy(folder / "expected.safetensors", target)
            else:
                print(ended.stderr.strip().splitlines()[-1])


def tensors(folder):
    found = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".safetensors" and file.name != "expected.safetensors":
            found |= load_file(file)
        elif file.suffix == ".pt":
            found |= {name: value for name, value in torch.load(file).items() if isinstance(value, torch.Tensor)}
        elif file.suffix == ".npz":
            with np.load(file) as arrays:
                found |= {name: torch.tensor(value) for name, value in arrays.items()}
    return found


def compare_tensors(root, written):
    """Whether every SAE that kept its format kept its tensors. Two of SAELens' kinds change: a training checkpoint becomes
    the inference SAE, and a legacy folder loses its factors of 1."""
    kept, all_equal = 0, True
    for folder in sorted(path.parent for path in root.rglob("expected.safetensors")):
        original = written / folder.parent.name
        names = [{file.name for file in each.rglob("*") if file.is_file()} for each in (original, folder)]
        if names[0] == names[1] and not original.name.endswith("_training"):
            before, after = tensors(original), tensors(folder)
            if original.name == "saelens_legacy" and bool((before["scaling_factor"] == 1).all()):
                del before["scaling_factor"]
            equal = before.keys() == after.keys() and all(before[name].dtype == after[name].dtype and torch.equal(before[name], after[name]) for name in before)
            print(f"{folder.relative_to(root)}: {len(before)} tensors {'equal' if equal else 'DIFFER'}")
            kept, all_equal = kept + 1, all_equal and equal
    print(f"{kept} SAEs in the format they had: tensors {'equal' if all_equal and kept else 'differ'}")
    return all_equal and kept > 0


def check(root, written=None):
    worst = 0.0
    folders = sorted(path.parent for path in Path(root).rglob("expected.safetensors"))
    for folder in folders:
        expected = load_file(folder / "expected.safetensors")
        run, sae = load(folder)
        _, reconstruction = run(sae, expected["activations"])
        difference = (reconstruction - expected["reconstruction"]).abs().max().item()
        worst = max(worst, difference / expected["reconstruction"].abs().max().item())
        print(f"{folder.relative_to(root)}: {type(sae).__name__}, reconstruction differs by at most {difference:.2e} of {expected['reconstruction'].abs().max().item():.3g}")
    print(f"{len(folders)} SAEs, largest relative difference {worst:.2e}")
    same = written is None or compare_tensors(Path(root), Path(written))
    sys.exit(0 if folders and worst <= 1e-5 and same else 1)


if __name__ == "__main__":
    for variable, sub in {"SAELENS": "", "DICTIONARY": "", "SPARSIFY": "", "OPENAI": "", "LLAMASCOPE": "src"}.items():
        if variable in os.environ:
            sys.path.insert(0, str(Path(os.environ[variable]) / sub))
    sys.meta_path.append(StandIns())
    importlib.import_module("torch.distributed.tensor")
    command, root = sys.argv[1], Path(sys.argv[2])
    if command == "check":
        check(root, *sys.argv[3:])
    if command == "convert":
        convert(root, Path(sys.argv[3]))
        sys.exit()
    for write in (write_saelens, write_dictionary, write_sparsify, write_openai, write_gemma, write_gemma2, write_goodfire, write_qwen, write_circuit, write_llama, write_pursuit, write_crosscoder):
        write(root)
