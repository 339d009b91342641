// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
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
  private static final Pattern NAME = Pattern.compile("blocks\\.(\\d{1,6})\\.([a-z0-9_.]+)");
  private static final Comparator<HookPoint> FORWARD =
      Comparator.comparingInt(HookPoint::layer).thenComparing(HookPoint::site);

  /// A tensor within a block, in the order of the forward pass. Its width is D, that of the
  /// residual stream, where nothing else is said.
  public enum Site {
    /// The residual stream as it enters the block.
    RESID_PRE("hook_resid_pre"),
    /// What attention reads, behind its norm and before the norm's gain and bias.
    LN1_NORMALIZED("ln1.hook_normalized"),
    /// The queries of all heads, as wide as the heads together, before norms and rotation.
    Q("attn.hook_q"),
    /// The keys of all heads that have keys of their own, before norms and rotation.
    K("attn.hook_k"),
    /// The values of all heads that have values of their own.
    V("attn.hook_v"),
    /// What the heads have read from earlier tokens, side by side, as wide as the heads together:
    /// the input of attention's last linear map.
    Z("attn.hook_z"),
    /// What attention adds to the residual stream.
    ATTN_OUT("hook_attn_out"),
    /// The residual stream between attention and MLP; absent where the two run in parallel.
    RESID_MID("hook_resid_mid"),
    /// The residual stream as the MLP's norm reads it. A change here does not reach the stream
    /// itself.
    MLP_IN("hook_mlp_in"),
    /// What the MLP reads, behind its norm and before the norm's gain and bias.
    LN2_NORMALIZED("ln2.hook_normalized"),
    /// What the MLP reads.
    MLP_INPUT("mlp.hook_in"),
    /// The MLP's neurons behind their activation function, as wide as the MLP; absent in a mixture
    /// of experts.
    MLP_POST("mlp.hook_post"),
    /// What the MLP adds to the residual stream.
    MLP_OUT("hook_mlp_out"),
    /// The residual stream as it leaves the block.
    RESID_POST("hook_resid_post");

    private final String label;

    Site(String label) {
      this.label = label;
    }

    /// Whether the tensor is the residual stream, or is added to it.
    public boolean isOfStream() {
      return switch (this) {
        case RESID_PRE, RESID_MID, RESID_POST, ATTN_OUT, MLP_OUT, MLP_IN -> true;
        case LN1_NORMALIZED, LN2_NORMALIZED, Q, K, V, Z, MLP_INPUT, MLP_POST -> false;
      };
    }

    /// The end of the hook's name, behind the block.
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

  /// Hook points for a message: the blocks from the first to the last, and each name once.
  ///
  /// @param hooks in any order
  public static String list(Collection<HookPoint> hooks) {
    IntSummaryStatistics layers = hooks.stream().mapToInt(HookPoint::layer).summaryStatistics();
    if (hooks.isEmpty()) {
      return "none";
    }
    String sites =
        hooks.stream()
            .map(HookPoint::site)
            .distinct()
            .sorted()
            .map(Site::label)
            .collect(Collectors.joining(", "));
    int last = layers.getMax();
    return last == layers.getMin()
        ? "in blocks.%d %s".formatted(last, sites)
        : "in blocks.%d to blocks.%d %s".formatted(layers.getMin(), last, sites);
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
