// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import sae4j.backends.tornadovm.matrices.Memory;

/// The entries of row-sparse codes by feature, in row order. Those of feature f are `entries` from
/// `starts[f]` up to, and without, `starts[f + 1]`.
public record FeatureLists(Memory<int[]> starts, Memory<int[]> entries) {}
