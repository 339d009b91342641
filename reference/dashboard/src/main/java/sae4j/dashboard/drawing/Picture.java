// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// Something that can be drawn, as a vector file or as pixels.
///
/// @param width in pixels of the SVG; the PNG has two for each
/// @param height likewise
/// @param painter draws it
public record Picture(int width, int height, Consumer<Drawing> painter) {
  /// The content of an SVG file.
  public byte[] svg() {
    SvgDrawing drawing = new SvgDrawing(width, height);
    painter.accept(drawing);
    return drawing.svg().getBytes(StandardCharsets.UTF_8);
  }

  /// The content of a PNG file.
  public byte[] png() {
    PngDrawing drawing = new PngDrawing(width, height);
    painter.accept(drawing);
    return drawing.png();
  }
}
