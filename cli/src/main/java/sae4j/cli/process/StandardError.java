// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.process;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Takes standard error back from the launcher.
///
/// Java 25 announces every incubator module on standard error at each start and has no switch
/// against it. So the launcher starts Java with file descriptor 2 leading to a reader that drops
/// this one line, and keeps the real one as another descriptor. As soon as the program runs it puts
/// the real one in its place; that ends the reader. Should Java fail before, the reader has passed
/// on why.
public final class StandardError {
  /// The descriptor that is the real standard error, if the launcher set it aside.
  static final String DESCRIPTOR = "sae4j.stderr";

  private static final int STANDARD_ERROR = 2;

  private StandardError() {}

  /// Puts the real standard error in its place; without the launcher there is nothing to do.
  ///
  /// @throws IllegalStateException if the descriptor that the launcher named is not open
  // two functions of the C library, with plain numbers
  @SuppressWarnings("restricted")
  public static void takeBack() {
    Integer real = Integer.getInteger(DESCRIPTOR);
    if (real == null) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    ValueLayout.OfInt number = ValueLayout.JAVA_INT;
    MethodHandle dup2 =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("dup2"),
            FunctionDescriptor.of(number, number, number));
    MethodHandle close =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(number, number));
    try {
      int duplicated = (int) dup2.invokeExact((int) real, STANDARD_ERROR);
      int closed = (int) close.invokeExact((int) real);
      if (duplicated < 0 || closed < 0) {
        throw new IllegalStateException(
            "descriptor " + real + " is not open; start the program with bin/sae");
      }
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException("dup2 and close throw nothing", impossible);
    }
  }
}
