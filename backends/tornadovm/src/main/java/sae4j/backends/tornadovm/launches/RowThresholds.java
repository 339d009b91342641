// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import sae4j.backends.tornadovm.matrices.Memory;

/// Which elements of each row become codes: all that come before the row's threshold, and of the
/// elements equal to it as many as `ties` says.
public record RowThresholds(Memory<float[]> values, Memory<int[]> ties) {}
