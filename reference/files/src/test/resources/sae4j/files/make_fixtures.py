# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Writes the files beside this script with the real Python libraries.

    pip install numpy torch safetensors && python make_fixtures.py

The tests know the values by the same rules: counting tensors hold 0, 1, 2, … and the special values are listed in the tests.
"""
import os

import numpy as np
import torch
from safetensors.torch import save_file

os.chdir(os.path.dirname(os.path.abspath(__file__)))
NAN_WITH_PAYLOAD = {torch.float64: (0x7FF8000012345678, torch.int64), torch.float32: (0x7FC12345, torch.int32),
                    torch.float16: (0x7E55, torch.int16), torch.bfloat16: (0x7FE5, torch.int16)}
SMALLEST = {torch.float64: 5e-324, torch.float32: 1e-45, torch.float16: 2.0 ** -24, torch.bfloat16: 2.0 ** -133}


def special(dtype):
    """0, -0, 1, -2.5, the smallest subnormal, inf, -inf, a NaN whose payload must survive."""
    values = torch.tensor([0.0, -0.0, 1.0, -2.5, SMALLEST[dtype], float("inf"), float("-inf")], dtype=torch.float64).to(dtype)
    bits, integer = NAN_WITH_PAYLOAD[dtype]
    return torch.cat([values, torch.tensor([bits], dtype=integer).view(dtype)])


def counting(dtype, *shape):
    return torch.arange(int(np.prod(shape)), dtype=torch.float64).reshape(shape).to(dtype)


TENSORS = {
    "double": special(torch.float64), "float": special(torch.float32),
    "half": special(torch.float16), "brain": special(torch.bfloat16),
    "matrix": counting(torch.float32, 3, 5), "matrix.brain": counting(torch.bfloat16, 4, 3), "cube": counting(torch.float16, 2, 3, 4),
    "scalar": torch.tensor(-7.25), "empty": torch.zeros(0, 4),
    "long": torch.tensor([-2 ** 63, -1, 2 ** 63 - 1]), "int": torch.tensor([-2 ** 31, 2 ** 31 - 1], dtype=torch.int32),
    "short": torch.tensor([-2 ** 15, 2 ** 15 - 1], dtype=torch.int16), "byte": torch.tensor([-128, 127], dtype=torch.int8),
    "unsigned": torch.tensor([0, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    # Above U+FFFF and just below: UTF-16 would sort them the other way round.
    "\U0001F600": torch.tensor([1.0]), "\uFF5E": torch.tensor([2.0]), 'quote" back\\slash \n\t\x01 é': torch.tensor([3.0]),
}
save_file(TENSORS, "all.safetensors", {"made by": "torch \u00e9 \n\x1f"})
save_file({}, "none.safetensors")

ARRAYS = {name: t.numpy() for name, t in TENSORS.items() if t.dtype != torch.bfloat16 and name.isascii()}
np.savez("all.npz", **ARRAYS)
np.savez_compressed("deflated.npz", zeros=np.zeros((300, 7), np.float32), **ARRAYS)

matrix = np.arange(15, dtype=np.float32).reshape(3, 5)
np.save("matrix.npy", matrix)
np.save("fortran.npy", np.asfortranarray(matrix))
np.save("fortran3d.npy", np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)))
for code in ["f8", "f4", "f2", "i8", "i4", "i2"]:
    np.save(f"big_endian_{code}.npy", np.array([-2, 0, 1, 3], dtype=">" + code))
np.save("scalar.npy", np.float64(0.1))
np.save("object.npy", np.array([{}], dtype=object), allow_pickle=True)
np.save("structured.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))
np.save("complex.npy", np.zeros(2, dtype=np.complex64))
np.save("void.npy", np.zeros(2, dtype="V2"))
for version in [(2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, matrix, version)

# Conversions: NumPy rounds float64 and float32 to float16 once, torch rounds float32 to bfloat16 once.
rng = np.random.default_rng(1)
doubles = rng.standard_normal(400) * 2.0 ** rng.integers(-30, 18, 400)
ties = (1 + (2 * rng.integers(0, 512, 100) + 1) * 2.0 ** -11) * 2.0 ** rng.integers(-10, 10, 100)
doubles = np.concatenate([doubles, ties, ties * (1 + 2.0 ** -40), ties * (1 - 2.0 ** -40),
                          [65504, 65519.99999999999, 65520, 65535, 1e300, 2.0 ** -25, 2.0 ** -25 * (1 + 2.0 ** -50), -0.0]])
with np.errstate(over="ignore"):
    floats = doubles.astype(np.float32)
    np.savez_compressed("rounding.npz", f64=doubles, f32=floats, f16_of_f64=doubles.astype(np.float16).view(np.int16),
                        f16_of_f32=floats.astype(np.float16).view(np.int16),
                        bf16_of_f32=torch.from_numpy(floats).to(torch.bfloat16).view(torch.int16).numpy())

# Pickles. Each file is one way to save tensors, or one thing that must be refused.
NESTED = {
    **TENSORS,
    "state": torch.nn.Linear(3, 2).state_dict(), "parameter": torch.nn.Parameter(counting(torch.float32, 2, 2)),
    "transposed": counting(torch.float32, 3, 5).T, "window": counting(torch.float64, 4, 5)[1:3, 2:4], "size": torch.Size([2, 3]),
    "activation": "TopK", "activation_state_dict": {}, "k": 32, "negative": -5, "big": 2 ** 40, "bigger": -2 ** 70, "lr": 0.1, "on": True,
    "off": False, "none": None, "list": [1, (2.5, "x"), {"deep": torch.ones(1)}], 7: "number as key",
}
for parameter in NESTED["state"].values():
    parameter.copy_(counting(torch.float32, *parameter.shape))
torch.save(NESTED, "nested.pt")
torch.save(counting(torch.float32, 3, 5), "bare.pt")
torch.save({"a": counting(torch.float32, 3, 5), "b": torch.ones(1)}, "protocol4.pt", pickle_protocol=4)
torch.save({"a": torch.ones(1)}, "legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"a": torch.ones(1).expand(1000)}, "expanded.pt")
torch.save({"a": np.float32(1)}, "numpy.pt")
torch.save({"a.b": torch.ones(1), "a": {"b": torch.ones(1)}}, "ambiguous.pt")


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/a-pickle-ran-this",)


torch.save({"a": torch.ones(1), "b": Evil()}, "evil.pt")


def check_written():
    """Loads what the Java side wrote (the test compares its bytes with this file) as torch does when it trusts nothing."""
    loaded = torch.load("written.pt", weights_only=True)
    assert list(loaded) == ["encoder.weight", "half", "scalar", "empty", "k", "big", "lr", "name", "flags", "deep"], list(loaded)
    assert torch.equal(loaded["encoder.weight"], counting(torch.float32, 3, 5)) and loaded["encoder.weight"].dtype == torch.float32
    assert torch.equal(loaded["half"], torch.tensor([1.0, -2.5], dtype=torch.bfloat16)) and loaded["half"].dtype == torch.bfloat16
    assert loaded["scalar"].shape == () and loaded["scalar"].item() == -7 and loaded["scalar"].dtype == torch.int32
    assert loaded["empty"].shape == (0, 4)
    assert (loaded["k"], loaded["big"], loaded["lr"], loaded["name"]) == (32, -2 ** 40, 0.1, "é")
    assert loaded["flags"] == [True, False, None] and torch.equal(loaded["deep"]["w"], torch.ones(1, 1, dtype=torch.float64))
    mapped = torch.load("written.pt", weights_only=True, mmap=True)
    assert torch.equal(mapped["encoder.weight"], loaded["encoder.weight"])


if os.path.exists("written.pt"):
    check_written()
