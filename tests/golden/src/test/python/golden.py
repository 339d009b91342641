# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Computes the golden numbers: what PyTorch makes of the article's own listing.

Made with torch 2.13.0 (CPU), einops 0.8.2, safetensors 0.8.0, from this folder, by

    pip install torch einops safetensors numpy && python golden.py

It writes article-float64.safetensors and article-float32.safetensors into ../resources/sae4j/golden. The code that is
measured is listing.py there, as published, after the three repairs that it needs in order to run (see `article`).
Inputs and initial parameters are float32 numbers in both files, so the two runs start from the same point.
"""

import copy
from pathlib import Path

import torch
import torch.nn as nn
from safetensors.torch import save_file

RESOURCES = Path(__file__).parent.parent / "resources" / "sae4j" / "golden"

B, D, F, H = 16, 12, 40, 6  # batch, model width, dictionary, width of the plain autoencoder
BATCHES = 5
L1_COEFFICIENT = 0.01
STEPS = 100
SEED = 1  # the first whose training stays away from ReLU's kink, see KINK_MARGIN
PARAMETERS_EVERY = 10
# No pre-activation except the deliberate ties may be closer to ReLU's kink than this in any step. Otherwise float32
# rounding could switch a feature on or off, and the two runs would differ by more than rounding.
KINK_MARGIN = 5e-6


def article() -> dict:
    """The listing's names, after its repairs."""
    source = (RESOURCES / "listing.py").read_text()
    for published, repaired in [
        ("import torch\n", "import einops\nimport torch\n"),
        ("        self.activation_dim =", "        super().__init__()\n        self.activation_dim ="),
        ("l1_coeffient", "l1_coefficient"),
    ]:
        assert source.count(published) == 1, published
        source = source.replace(published, repaired)
    names = {}
    exec(compile(source, "listing.py", "exec"), names)
    return names


ARTICLE = article()
SparseAutoEncoder = ARTICLE["SparseAutoEncoder"]
calculate_loss = ARTICLE["calculate_loss"]
perform_intervention = ARTICLE["perform_intervention"]


def batches(generator: torch.Generator) -> list[torch.Tensor]:
    """Activations with large and small columns, zeros, a row of zeros, and a row that occurs twice."""
    scale_D = torch.logspace(-2, 0.5, D)
    result = []
    for _ in range(BATCHES):
        activations_BD = torch.randn(B, D, generator=generator) * scale_D
        activations_BD[torch.rand(B, D, generator=generator) < 0.1] = 0
        activations_BD[3] = 0
        activations_BD[11] = activations_BD[2]
        result.append(activations_BD)
    return result


def initial_autoencoder() -> nn.Module:
    """PyTorch's defaults, with three exceptions. Feature 7 has encoder weights and bias 0, so its pre-activation is exactly
    0, the kink, for every token. Feature 8 is dead. Features 3 and 4 have the same encoder vector, so their codes are
    equal."""
    autoencoder = SparseAutoEncoder(D, F)
    with torch.no_grad():
        autoencoder.encoder_DF.weight[7] = 0
        autoencoder.encoder_DF.bias[7] = 0
        autoencoder.encoder_DF.weight[8] *= 0.01
        autoencoder.encoder_DF.bias[8] = -1
        autoencoder.encoder_DF.weight[4] = autoencoder.encoder_DF.weight[3]
        autoencoder.encoder_DF.bias[4] = autoencoder.encoder_DF.bias[3]
    return autoencoder


def both_terms(autoencoder: nn.Module, activations_BD: torch.Tensor) -> dict[str, torch.Tensor]:
    """The listing returns only the sum of its two terms. Without the penalty the sum is the first term."""
    _, encoded_representation_BF = autoencoder.forward_pass(activations_BD)
    return {
        "loss": calculate_loss(autoencoder, activations_BD, L1_COEFFICIENT),
        "l2_loss": calculate_loss(autoencoder, activations_BD, 0.0),
        "l1_loss": L1_COEFFICIENT * encoded_representation_BF.sum(),
    }


def parameters(module: nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": parameter for name, parameter in module.named_parameters()}


def gradients(module: nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": parameter.grad for name, parameter in module.named_parameters()}


def one_step(initial: nn.Module, activations_BD: torch.Tensor) -> dict[str, torch.Tensor]:
    autoencoder = copy.deepcopy(initial)
    reconstructed_BD, encoded_BF = autoencoder.forward_pass(activations_BD)
    terms = both_terms(autoencoder, activations_BD)
    terms["loss"].backward()
    return (
        {"forward.reconstructed_model_activations_BD": reconstructed_BD, "forward.encoded_representation_BF": encoded_BF}
        | {f"forward.{name}": value for name, value in terms.items()}
        | gradients(autoencoder, "gradient")
    )


def training(initial: nn.Module, data: list[torch.Tensor], prefix: str, steps: int, **adam) -> dict[str, torch.Tensor]:
    autoencoder = copy.deepcopy(initial)
    optimiser = torch.optim.Adam(autoencoder.parameters(), **adam)
    made = {}
    losses = {"loss": [], "l2_loss": [], "l1_loss": []}
    for step in range(1, steps + 1):
        activations_BD = data[(step - 1) % len(data)]
        pre_activations_BF = autoencoder.encoder_DF(activations_BD)
        away_from_ties = torch.cat([pre_activations_BF[:, :7], pre_activations_BF[:, 8:]], dim=1)
        nearest = away_from_ties.abs().min().item()
        assert nearest > KINK_MARGIN, f"{prefix}, step {step}: a pre-activation is {nearest:.1e} from the kink"
        terms = both_terms(autoencoder, activations_BD)
        for name, value in terms.items():
            losses[name].append(value.detach())
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        if step == 1 or step % PARAMETERS_EVERY == 0:
            snapshot = copy.deepcopy(autoencoder)
            made |= parameters(snapshot, f"{prefix}.after{step}")
    return made | {f"{prefix}.{name}": torch.stack(values) for name, values in losses.items()}


class AutoEncoder(nn.Module):
    """The standard autoencoder of the article's first diagram, which the article draws but does not list."""

    def __init__(self, input_dim: int, compressed_dim: int):
        super().__init__()
        self.encoder_DH = nn.Linear(input_dim, compressed_dim)
        self.decoder_HD = nn.Linear(compressed_dim, input_dim)

    def calculate_loss(self, input_BD: torch.Tensor) -> torch.Tensor:
        return (self.decoder_HD(self.encoder_DH(input_BD)) - input_BD).pow(2).sum(dim=1).mean()


def plain_autoencoder(initial: AutoEncoder, activations_BD: torch.Tensor) -> dict[str, torch.Tensor]:
    autoencoder = copy.deepcopy(initial)
    loss = autoencoder.calculate_loss(activations_BD)
    loss.backward()
    return parameters(initial, "plain.initial") | gradients(autoencoder, "plain.gradient") | {"plain.loss": loss}


def worked_example(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The example that docs/gradients.md works by hand. B = 2, D = 2, F = 3."""
    autoencoder = SparseAutoEncoder(2, 3).to(dtype)
    with torch.no_grad():
        autoencoder.encoder_DF.weight.copy_(torch.tensor([[1.0, -1.0, 0.0], [0.0, 1.0, 1.0]]).T)
        autoencoder.encoder_DF.bias.copy_(torch.tensor([0.0, 0.0, 0.0]))
        autoencoder.decoder_FD.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]).T)
        autoencoder.decoder_FD.bias.copy_(torch.tensor([0.0, 0.5]))
    activations_BD = torch.tensor([[1.0, 2.0], [3.0, 0.0]], dtype=dtype)
    loss = calculate_loss(autoencoder, activations_BD, 0.1)
    loss.backward()
    return {"example.loss": loss} | gradients(autoencoder, "example.gradient")


def golden(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    data = [batch.to(dtype) for batch in batches(generator)]
    initial = initial_autoencoder().to(dtype)
    plain = AutoEncoder(D, H).to(dtype)
    decoder_FD = torch.randn(318, 4, generator=generator).to(dtype)
    activations_BD = torch.randn(3, 4, generator=generator).to(dtype)
    return (
        {f"batch{i}.model_activations_BD": batch for i, batch in enumerate(data)}
        | {"l1_coefficient": torch.tensor(L1_COEFFICIENT, dtype=torch.float64)}
        | parameters(initial, "initial")
        | one_step(initial, data[0])
        | training(initial, data, "adam", STEPS, lr=1e-3)
        | training(initial, data, "adam_changed", 30, lr=1e-2, betas=(0.8, 0.95), eps=1e-3)
        | plain_autoencoder(plain, data[0])
        | worked_example(dtype)
        | {
            "intervention.model_activations_BD": activations_BD,
            "intervention.decoder_FD": decoder_FD,
            "intervention.modified_model_activations_BD": perform_intervention(activations_BD, decoder_FD, 2.5),
        }
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    for dtype in (torch.float64, torch.float32):
        name = str(dtype).removeprefix("torch.")
        tensors = {key: value.detach().clone().contiguous() for key, value in golden(dtype).items()}
        file = RESOURCES / f"article-{name}.safetensors"
        save_file(tensors, file, metadata={"torch": torch.__version__})
        print(f"{file.name}: {len(tensors)} tensors, {file.stat().st_size} bytes")
