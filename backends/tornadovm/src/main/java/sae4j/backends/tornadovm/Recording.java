package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Operations in the order in which they were called. What an operation becomes is decided later,
/// and may be decided again: when codes overflow their capacity, the same recording becomes another
/// program.
final class Recording {
  /// An operation, and its result where it has one.
  record Operation(@Nullable DeviceMatrix result, Function<Lowering, Form> lower) {}

  final List<Operation> operations = new ArrayList<>();
}
