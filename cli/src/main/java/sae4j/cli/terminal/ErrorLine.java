// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import sae4j.files.FormatException;

/// Says in one line why a command failed. The library's own messages already are that line; the
/// system's need words.
public final class ErrorLine {
  private ErrorLine() {}

  /// What is wrong, and what can be done about it.
  ///
  /// @param failure that ended a command, an exception or an error
  public static String of(Throwable failure) {
    return of(failure, "what is read or made at once");
  }

  /// What is wrong, and what can be done about it.
  ///
  /// @param failure that ended a command, an exception or an error
  /// @param sizes the options that decide how much memory it takes, for a sentence
  public static String of(Throwable failure, String sizes) {
    String line =
        switch (failure) {
          case UncheckedIOException wrapped when wrapped.getCause() != null ->
              of(wrapped.getCause(), sizes);
          case FormatException ours -> message(ours);
          case FileSystemException ours when isWhole(ours) -> ours.getFile();
          case FileSystemException system -> system.getFile() + ": " + reason(system);
          case IOException other when isFull(message(other)) ->
              message(other).replaceFirst("(No space left|not enough space|Disk quota).*", "")
                  + "the disk is full; free some space or choose another folder";
          case IOException ours when ours.getMessage() != null -> message(ours);
          case OutOfMemoryError memory ->
              "out of memory (%s); lower %s, or give Java more with SAE_JAVA_OPTS=-Xmx…"
                  .formatted(message(memory), sizes);
          case ArithmeticException overflow -> tooLarge(sizes);
          case NegativeArraySizeException overflow -> tooLarge(sizes);
          case IllegalArgumentException ours -> message(ours);
          case IllegalStateException ours -> message(ours);
          case Failure ours -> message(ours);
          default ->
              failure instanceof RuntimeException
                      && failure.getMessage() != null
                      && failure.getClass().getName().startsWith("sae4j.")
                  ? message(failure)
                  : failure.getClass().getSimpleName()
                      + ": "
                      + message(failure)
                      + "; run again with --stacktrace to see where";
        };
    return Printable.line(line);
  }

  /// A message in one line, without what would command a terminal.
  public static String inOneLine(String message) {
    return Printable.line(message);
  }

  private static String tooLarge(String sizes) {
    return "the sizes multiply to more than an array can hold; lower " + sizes;
  }

  /// Whether the library has put its line, with the remedy, where the system puts a path.
  private static boolean isWhole(FileSystemException failure) {
    return failure.getReason() == null
        && failure.getFile() != null
        && failure.getFile().contains("; ");
  }

  private static String reason(FileSystemException system) {
    String reason = system.getReason() == null ? "" : system.getReason();
    return switch (system) {
      case NoSuchFileException missing ->
          reason.isEmpty() ? "there is no such file or folder; check the path" : reason;
      case AccessDeniedException denied ->
          "permission denied; choose another path or change its permissions";
      case FileAlreadyExistsException exists ->
          "is in the way: a folder is needed here; choose another path";
      case FileSystemLoopException loop ->
          "is a link that leads back to a folder above it; remove it, or name the files";
      case NotDirectoryException notFolder -> "is not a folder; choose another path";
      default -> {
        if (isFull(reason)) {
          yield "the disk is full; free some space or choose another folder";
        }
        if (reason.contains("Not a directory")) {
          yield "a part of this path is a file, not a folder; choose another path";
        }
        yield reason.isEmpty()
            ? "cannot be used; choose another path"
            : reason + "; choose another path or free this one";
      }
    };
  }

  private static boolean isFull(String reason) {
    return reason.contains("No space left")
        || reason.contains("not enough space")
        || reason.contains("Disk quota");
  }

  private static String message(Throwable failure) {
    return failure.getMessage() == null ? "no reason given" : failure.getMessage();
  }
}
