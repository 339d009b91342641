// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import sae4j.models.HookPoint;

/// A hook point, as TransformerLens names it.
public final class HookPointName implements ITypeConverter<HookPoint> {
  @Override
  public HookPoint convert(String name) {
    try {
      return HookPoint.parse(name);
    } catch (IllegalArgumentException unknown) {
      throw Refusal.of(
          name,
          Arrays.stream(HookPoint.Site.values())
              .map(HookPoint.Site::label)
              .collect(
                  Collectors.joining(
                      ", ",
                      "write it as blocks.LAYER.SITE, with a number for LAYER and for SITE one of ",
                      "")));
    }
  }
}
