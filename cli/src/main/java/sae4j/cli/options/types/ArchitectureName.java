package sae4j.cli.options.types;

import java.util.Iterator;
import sae4j.saes.Architectures;

/// The name of an SAE architecture.
public final class ArchitectureName extends Choice {
  public ArchitectureName() {
    super(Architectures.names(), "choose one of " + String.join(", ", Architectures.names()));
  }

  /// The names, for help texts.
  public static final class All implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Architectures.names().iterator();
    }
  }

  /// An architecture that reconstructs what it reads, where there is one hook point only.
  public static final class OfReconstruction extends Choice {
    public OfReconstruction() {
      super(Architectures.names(), "choose one of " + String.join(", ", Architectures.names()));
    }

    @Override
    public String convert(String name) {
      if (name.equals(PREDICTS_ANOTHER_HOOK)) {
        throw Refusal.of(
            name, "leave it out: a transcoder predicts another hook point, and here is only one");
      }
      return super.convert(name);
    }
  }

  /// The one architecture that does not reconstruct what it reads.
  public static final String PREDICTS_ANOTHER_HOOK = "transcoder";
}
