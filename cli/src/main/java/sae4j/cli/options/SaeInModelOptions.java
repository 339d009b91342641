package sae4j.cli.options;

import picocli.CommandLine.Mixin;

/// `--sae`, `--model`, `--hook`, `--text` and `--documents`: an SAE, and the language model and the
/// text that it is looked at in.
public final class SaeInModelOptions {
  @Mixin private SaeOption sae = new SaeOption();
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private HookOption hook = new HookOption();
  @Mixin private TextOption text = new TextOption();

  /// Which SAE.
  public SaeOption sae() {
    return sae;
  }

  /// The model; where none was given, the one that the SAE was trained on.
  public ModelOption model() {
    return model;
  }

  /// The place in it; where none was given, the one that the SAE was trained at.
  public HookOption hook() {
    return hook;
  }

  /// What the model reads.
  public TextOption text() {
    return text;
  }
}
