// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// `sae article`: the article's lines run on small matrices, on the terminal and as a page.
@NullMarked
package sae4j.cli.commands.article;

import org.jspecify.annotations.NullMarked;
