// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/// A pom.xml as it is written, without what it inherits.
///
/// @param file where it is
/// @param project its root element
record Pom(Path file, Element project) {
  static Pom of(Path file) {
    try {
      return new Pom(
          file,
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(file.toFile())
              .getDocumentElement());
    } catch (IOException | ParserConfigurationException | SAXException failure) {
      throw new IllegalStateException("cannot read " + file, failure);
    }
  }

  /// The parent of all, and every module's, those of profiles included.
  static List<Pom> all() {
    return Stream.concat(Stream.of(Repository.ROOT.resolve("pom.xml")), Repository.files("pom.xml"))
        .map(Pom::of)
        .toList();
  }

  /// The modules whose jars others may depend on: those that are deployed.
  static List<Pom> published() {
    return all().stream()
        .filter(pom -> pom.values("packaging").isEmpty())
        .filter(pom -> pom.values("properties", "maven.deploy.skip").isEmpty())
        .toList();
  }

  /// The texts of the elements on this path.
  List<String> values(String... path) {
    List<Element> elements = List.of(project);
    for (String name : path) {
      elements = elements.stream().flatMap(element -> children(element, name)).toList();
    }
    return elements.stream().map(element -> element.getTextContent().strip()).toList();
  }

  private static Stream<Element> children(Element parent, String name) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        children.add(element);
      }
    }
    return children.stream();
  }

  Path folder() {
    return file.resolveSibling("");
  }

  String artifact() {
    return values("artifactId").getFirst();
  }

  @Override
  public String toString() {
    return Repository.ROOT.relativize(file).toString();
  }
}
