"""Writes the fixtures of SaeLensFolderTest with SAELens 6 (made with 6.18.0), and checks folders that sae4j wrote.

    python write_saelens_fixtures.py SAELENS_SOURCE write
    python write_saelens_fixtures.py SAELENS_SOURCE check FOLDER

The SAEs, their weights and files, and the reconstructions are SAELens' own. What SAELens imports beside them (TransformerLens
and data-set libraries) may be absent: it is then replaced by stand-ins, of which only HookPoint and HookedRootModule matter,
and those only pass tensors through.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from unittest.mock import MagicMock

import torch
from safetensors.torch import load_file, save_file


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    NAMES = {"transformer_lens", "datasets", "nltk", "dotenv", "simple_parsing", "tenacity", "wandb", "plotly", "babe", "jaxtyping", "einops", "requests", "pandas",
             "mamba_lens", "plotly_express"}

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.NAMES else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__spec__, module.__path__ = spec, []
        if spec.name.startswith("transformer_lens"):
            module.HookPoint, module.HookedRootModule = torch.nn.Identity, Root
        return module

    def exec_module(self, module):
        pass


class Root(torch.nn.Module):
    def setup(self):
        pass


D_IN, D_SAE, K, TOKENS = 6, 10, 3, 8


def filled(shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def fixtures():
    from sae_lens import StandardSAE, StandardSAEConfig, TopKSAE, TopKSAEConfig

    def metadata():
        from sae_lens.saes.sae import SAEMetadata

        return SAEMetadata(model_name="gpt2", hook_name="blocks.2.hook_resid_post")

    common = dict(d_in=D_IN, d_sae=D_SAE, device="cpu", dtype="float32")
    for name, sae in {
        "standard": StandardSAE(StandardSAEConfig(**common, apply_b_dec_to_input=False, metadata=metadata())),
        "standard_centred": StandardSAE(StandardSAEConfig(**common, apply_b_dec_to_input=True, metadata=metadata())),
        "topk": TopKSAE(TopKSAEConfig(**common, k=K, apply_b_dec_to_input=True, rescale_acts_by_decoder_norm=False, metadata=metadata())),
        "topk_uncentred": TopKSAE(TopKSAEConfig(**common, k=K, apply_b_dec_to_input=False, rescale_acts_by_decoder_norm=False, metadata=metadata())),
    }.items():
        for seed, (_, parameter) in enumerate(sorted(sae.named_parameters())):
            parameter.data = filled(parameter.shape, seed)
        yield name, sae


def passed_through(sae, x):
    with torch.no_grad():
        codes = sae.encode(x)
        codes = codes.to_dense() if codes.is_sparse else codes
        return codes.contiguous(), sae.decode(codes).contiguous()


def write():
    here = Path(__file__).parent
    x = filled((TOKENS, D_IN), 100)
    for name, sae in fixtures():
        sae.save_model(here / name)
        codes, reconstruction = passed_through(sae, x)
        save_file({"activations": x, "codes": codes, "reconstruction": reconstruction}, here / name / "expected.safetensors")


def check(folder):
    from sae_lens import SAE

    sae = SAE.load_from_disk(folder, device="cpu")
    expected = load_file(Path(folder) / "expected.safetensors")
    codes, reconstruction = passed_through(sae, expected["activations"])
    print(folder, type(sae).__name__, sae.cfg.metadata.hook_name, "largest difference: codes",
          (codes - expected["codes"]).abs().max().item(), "of", expected["codes"].abs().max().item(),
          "reconstruction", (reconstruction - expected["reconstruction"]).abs().max().item(), "of", expected["reconstruction"].abs().max().item())


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    absent = {name for name in StandIns.NAMES if importlib.util.find_spec(name) is None}
    StandIns.NAMES = absent
    sys.meta_path.insert(0, StandIns())
    write() if sys.argv[2] == "write" else check(sys.argv[3])
