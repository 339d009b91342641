// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Repositories of the Hugging Face hub: named, listed, fetched, and kept in the cache that the
/// hub's own tools use. Nothing else of the library uses the network.
@NullMarked
package sae4j.files.hub;

import org.jspecify.annotations.NullMarked;
