// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Arrays;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Where activations can be read and replaced inside a transformer, named as TransformerLens names
/// it: `blocks.5.hook_resid_post`.
///
/// Hook points order as the forward pass reaches them, block by block.
///
/// @param layer the block, from 0
/// @param site which tensor of that block
public record HookPoint(int layer, Site site) implements Comparable<HookPoint> {
  private static final Pattern NAME = Pattern.compile("blocks\\.(\\d{1,6})\\.(hook_[a-z_]+)");
  private static final Comparator<HookPoint> FORWARD =
      Comparator.comparingInt(HookPoint::layer).thenComparing(HookPoint::site);

  /// A tensor of width D within a block, in the order of the forward pass.
  public enum Site {
    /// The residual stream as it enters the block.
    RESID_PRE("hook_resid_pre"),
    /// What attention adds to the residual stream.
    ATTN_OUT("hook_attn_out"),
    /// The residual stream between attention and MLP; absent where the two run in parallel.
    RESID_MID("hook_resid_mid"),
    /// What the MLP adds to the residual stream.
    MLP_OUT("hook_mlp_out"),
    /// The residual stream as it leaves the block.
    RESID_POST("hook_resid_post");

    private final String label;

    Site(String label) {
      this.label = label;
    }

    /// The last segment of the hook's name.
    public String label() {
      return label;
    }
  }

  /// @throws IllegalArgumentException if the layer is negative
  public HookPoint {
    if (layer < 0) {
      throw new IllegalArgumentException(
          "hook point: layer " + layer + " is negative; blocks count from 0");
    }
  }

  /// The residual stream as it leaves block `layer`: the usual hook point for a sparse autoencoder.
  public static HookPoint residPost(int layer) {
    return new HookPoint(layer, Site.RESID_POST);
  }

  /// Reads a TransformerLens name.
  ///
  /// @throws IllegalArgumentException naming the accepted forms, if `name` is none of them
  public static HookPoint parse(String name) {
    Matcher matcher = NAME.matcher(name);
    if (matcher.matches()) {
      for (Site site : Site.values()) {
        if (site.label.equals(matcher.group(2))) {
          return new HookPoint(Integer.parseInt(matcher.group(1)), site);
        }
      }
    }
    String sites = Arrays.stream(Site.values()).map(Site::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "hook point '" + name + "': expected blocks.LAYER.SITE with SITE one of " + sites);
  }

  /// The TransformerLens name, which [#parse] reads back.
  public String name() {
    return "blocks." + layer + "." + site.label;
  }

  @Override
  public int compareTo(HookPoint other) {
    return FORWARD.compare(this, other);
  }

  @Override
  public String toString() {
    return name();
  }
}
