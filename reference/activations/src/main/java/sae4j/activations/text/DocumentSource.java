package sae4j.activations.text;

import java.io.IOException;
import java.util.stream.Stream;

/// Documents that can be read from the start any number of times, the same ones in the same order
/// each time.
public interface DocumentSource {
  /// What the documents are, for the user.
  String description();

  /// The documents, read as the stream advances. The caller closes the stream. A file that turns
  /// out to be bad on the way throws [java.io.UncheckedIOException] whose cause is the one-line
  /// error.
  ///
  /// @throws IOException if the source cannot be opened at all
  Stream<Document> open() throws IOException;
}
