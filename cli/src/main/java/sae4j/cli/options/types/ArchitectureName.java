// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.Iterator;
import java.util.List;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;

/// The name of an SAE architecture that the program trains.
public class ArchitectureName extends Choice {
  public ArchitectureName() {
    super(Architectures.names(), "choose one of " + String.join(", ", names()));
  }

  @Override
  public String convert(String name) {
    String known = super.convert(name);
    if (Architectures.named(known).readsSeveralHooks()) {
      throw Refusal.of(
          name,
          "choose another: it reads several hook points at once, and an SAE that is trained here"
              + " reads one");
    }
    return known;
  }

  /// Those that read one hook point: a crosscoder is trained from Java, by a task of several.
  public static List<Architecture> all() {
    return Architectures.all().stream()
        .filter(architecture -> !architecture.readsSeveralHooks())
        .toList();
  }

  private static List<String> names() {
    return all().stream().map(Architecture::name).toList();
  }

  /// The names, for help texts.
  public static final class All implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }

  /// Whether an architecture can do with one hook point: it reads one, and reconstructs it.
  public static boolean fitsOneHook(String name) {
    Architecture architecture = Architectures.named(name);
    return architecture.reconstructsInput() && !architecture.readsSeveralHooks();
  }

  /// An architecture for commands that have one hook point only.
  public static final class OfOneHook extends ArchitectureName {
    @Override
    public String convert(String name) {
      String known = super.convert(name);
      if (!fitsOneHook(known)) {
        throw Refusal.of(name, "leave it out: it needs other hook points, and here is only one");
      }
      return known;
    }
  }
}
