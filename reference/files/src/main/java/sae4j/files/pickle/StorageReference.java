// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

/// The flat array behind one or more tensors: a `torch.FloatStorage` or another storage class, by
/// name.
///
/// @param type the class's name in module `torch`, such as `FloatStorage`
/// @param key the name under which the file keeps its bytes
/// @param elements how many elements it has
public record StorageReference(String type, String key, long elements) {}
