// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static java.util.Map.entry;

import java.util.Map;

/// What each option of each command can be.
final class OptionDomains {
  private static final Domain TEXT = Domain.TEXT;
  private static final Domain ARCHITECTURE =
      Domain.oneOf(
          "relu",
          "gated",
          "topk",
          "signed-topk",
          "abs-topk",
          "batchtopk",
          "jumprelu",
          "matryoshka",
          "p-anneal",
          "matching-pursuit",
          "transcoder");
  private static final Domain ARCHITECTURES =
      Domain.oneOf(
          "relu",
          "gated",
          "topk",
          "signed-topk",
          "abs-topk",
          "batchtopk",
          "jumprelu",
          "matryoshka",
          "p-anneal",
          "matching-pursuit");
  private static final Domain FORMAT =
      Domain.oneOf(
          "saelens",
          "dictionary-learning",
          "dictionary-learning-crosscoder",
          "sparsify",
          "openai",
          "gemma-scope",
          "gemma-scope-2",
          "llama-scope",
          "goodfire",
          "qwen-scope",
          "circuit-tracer");

  /// By name; a command whose option is another one stands before it.
  private static final Map<String, Domain> OF =
      Map.ofEntries(
          entry("--ablate", Domain.ints(0, 999_999_999)),
          entry("--activations", TEXT),
          entry("--adam-beta1", Domain.DECAY),
          entry("--adam-beta2", Domain.DECAY),
          entry("--adam-epsilon", Domain.POSITIVE_REAL),
          entry("--also", Domain.oneOf("--out other")),
          entry("--architecture", ARCHITECTURE),
          entry("--architectures", ARCHITECTURES),
          entry("--at-once", Domain.POSITIVE),
          entry("--average", Domain.DECAY),
          entry("--backend", Domain.oneOf("auto", "ejml", "vector", "tornadovm")),
          entry("--baselines", Domain.FLAG),
          entry("--batch", Domain.POSITIVE),
          entry("--allow-mismatch", Domain.FLAG),
          entry("--bos", Domain.oneOf("auto", "add", "none")),
          entry("--drop", Domain.oneOf("starts", "special", "none")),
          entry("--max-unpacked", Domain.POSITIVE_LONG.upTo(8_796_093_022_207L)),
          entry("--strict-text", Domain.FLAG),
          entry("--text-field", TEXT),
          entry("--subset", TEXT),
          entry("--chat-template", TEXT),
          entry("--split", TEXT),
          entry("--buffer", Domain.POSITIVE),
          entry("--checkpoint-every", Domain.NOT_NEGATIVE_REAL.upTo(999_999_999)),
          entry("--clamp", Domain.like("4:1.5", "\\d{1,9}:-?\\d{1,9}(\\.\\d+)?")),
          entry("--clip", Domain.NOT_NEGATIVE_REAL),
          entry("--context", Domain.ints(2)),
          entry("--d-model", Domain.POSITIVE),
          entry("--dashboard", TEXT),
          entry("--device", Domain.oneOf("auto", "cpu")),
          entry("--dead-after", Domain.POSITIVE_LONG),
          entry("--decoder-bias", Domain.oneOf("architecture", "zero", "mean", "median")),
          entry("--decoder-init", Domain.oneOf("architecture", "unit", "kaiming")),
          entry("--decoder-norm", Domain.NOT_NEGATIVE_REAL),
          entry("--documents", Domain.like("3:", "\\d{0,9}:\\d{0,9}")),
          entry("--downstream", Domain.HOOK),
          entry("--downstream-weight", Domain.NOT_NEGATIVE_REAL),
          entry("--dtype", Domain.oneOf("f32", "f16", "bf16")),
          entry("--expansion", Domain.POSITIVE),
          entry("--export", Domain.oneOf("neuronpedia", "saedashboard")),
          entry("--feature", Domain.NOT_NEGATIVE),
          entry("--features", Domain.POSITIVE),
          entry("--from", FORMAT),
          entry("--heldout-documents", Domain.POSITIVE),
          entry("--heldout-tokens", Domain.longs(100)),
          entry("--hook", Domain.HOOK),
          entry("--init-from", TEXT),
          entry("--json", Domain.FLAG),
          entry("--k", Domain.POSITIVE),
          entry("--kl-weight", Domain.NOT_NEGATIVE_REAL),
          entry("--l0", Domain.POSITIVE),
          entry("--l1", Domain.NOT_NEGATIVE_REAL),
          entry("--l1-end", Domain.NOT_NEGATIVE_REAL),
          entry("--l1-warmup", Domain.NOT_NEGATIVE_LONG),
          entry("--labels", TEXT),
          entry("--local-weight", Domain.NOT_NEGATIVE_REAL),
          entry("--lr", Domain.POSITIVE_REAL),
          entry("--lr-cycles", Domain.POSITIVE),
          entry("--lr-decay", Domain.NOT_NEGATIVE_LONG),
          entry("--lr-schedule", Domain.oneOf("constant", "linear", "cosine", "restarts")),
          entry("--lr-warmup", Domain.NOT_NEGATIVE_LONG),
          entry("--max-tokens", Domain.POSITIVE_LONG),
          entry("--mend", TEXT),
          entry("--model", TEXT),
          entry(
              "--normalise",
              Domain.oneOf("none", "expected-average", "layer-norm", "constant-norm")),
          entry("--objective", Domain.oneOf("local", "e2e", "e2e-downstream")),
          entry("--out", TEXT),
          entry("--port", Domain.ints(0, 65_535)),
          entry("--precision", Domain.oneOf("fp32", "tf32")),
          entry("--probability", Domain.PROBABILITY),
          entry("--probing", Domain.FLAG),
          entry("--prompt", TEXT),
          entry("--resample", Domain.NOT_NEGATIVE_LONG),
          entry("--sae", TEXT),
          entry("--samples", Domain.POSITIVE),
          entry("--scale", Domain.FINITE),
          entry("--seed", Domain.SEED),
          entry("--set", Domain.oneOf("subtract-decoder-bias=true")),
          entry("--shard-tokens", Domain.POSITIVE_LONG),
          entry("--show", Domain.NOT_NEGATIVE),
          entry("--source-set", Domain.like("mine", "[A-Za-z0-9_-]+")),
          entry("--stacktrace", Domain.FLAG),
          entry("--steps", Domain.POSITIVE_LONG),
          entry("--target-hook", Domain.HOOK),
          entry("--target-l0", Domain.NOT_NEGATIVE_REAL),
          entry("--temperature", Domain.NOT_NEGATIVE_REAL),
          entry("--tensor", TEXT),
          entry("--text", TEXT),
          entry("--threads", Domain.ints(1, 1024)),
          entry("--tied-encoder", Domain.FLAG),
          entry("--title", TEXT),
          entry("--to", FORMAT),
          entry("--true-features", Domain.POSITIVE),
          entry("--unit-norm-decoder", Domain.FLAG),
          entry("--warm-up", Domain.NOT_NEGATIVE),
          entry("demo --max-tokens", Domain.ints(5_000)),
          entry("demo --steps", Domain.POSITIVE),
          entry("toy --steps", Domain.POSITIVE),
          entry("bench --steps", Domain.POSITIVE),
          entry("steer --max-tokens", Domain.POSITIVE),
          entry("steer --feature", Domain.like("5:2", "\\d{1,9}:-?\\d{1,9}(\\.\\d+)?")),
          entry("sweep --max-tokens", Domain.longs(1_000)),
          entry("sweep --target-l0", Domain.POSITIVE),
          entry("synth --target-l0", Domain.POSITIVE),
          entry("synth --d-model", Domain.ints(2)),
          entry("synth --true-features", Domain.ints(2)),
          entry("eval --max-tokens", Domain.longs(2)),
          entry("check --max-tokens", Domain.longs(128)),
          entry("inspect --show", Domain.POSITIVE));

  private OptionDomains() {}

  /// What an option can be in a situation.
  static Domain of(Situation situation, String option) {
    Domain here = situation.special().get(option);
    if (here != null) {
      return here;
    }
    Domain ofCommand = OF.get(situation.command() + " " + option);
    Domain known = ofCommand == null ? OF.get(option) : ofCommand;
    if (known == null) {
      throw new IllegalStateException(
          "option %s of %s is new: say here what it can be".formatted(option, situation.command()));
    }
    return known;
  }
}
