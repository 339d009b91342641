// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import sae4j.activations.toy.ToyModel;
import sae4j.activations.toy.ToySettings;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.dashboard.drawing.Picture;
import sae4j.evaluation.toy.ToyRecovery;

class SuperpositionPictureTest {
  private static final int FEATURES = 5;

  @Test
  void the_picture_is_a_valid_svg_and_a_png_of_more_than_paper() throws Exception {
    ToyModel model =
        ToyModel.train(new ToySettings(FEATURES, 2, 0.025, 300, 128, 0.01, 3), new EjmlBackend());
    ToyRecovery recovery =
        ToyRecovery.of(model, model.hiddenActivations(500, 1), model.directionsGD());
    Picture picture = new SuperpositionPicture(recovery).picture();
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(picture.svg()));
    assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    // A true arrow, a learned arrow and the arrows of the legend each end in one triangle.
    assertThat(svg.getElementsByTagName("polygon").getLength()).isEqualTo(2 * FEATURES + 2);
    BufferedImage png = ImageIO.read(new ByteArrayInputStream(picture.png()));
    long colours =
        IntStream.range(0, png.getWidth() * png.getHeight())
            .map(i -> png.getRGB(i % png.getWidth(), i / png.getWidth()))
            .distinct()
            .count();
    assertThat(colours).isGreaterThan(50);
  }
}
