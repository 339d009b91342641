// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.Iterator;
import sae4j.saes.Architecture;
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

  /// Whether an architecture can do with one hook point: it reads one, and reconstructs it.
  public static boolean fitsOneHook(String name) {
    Architecture architecture = Architectures.named(name);
    return architecture.reconstructsInput() && !architecture.readsSeveralHooks();
  }

  /// An architecture for commands that have one hook point only.
  public static final class OfOneHook extends Choice {
    public OfOneHook() {
      super(Architectures.names(), "choose one of " + String.join(", ", Architectures.names()));
    }

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
