// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;

/// A source file as the compiler's parser understands it, with the positions of its trees in the
/// text.
///
/// @param unit the tree of the file
/// @param trees finds positions and doc comments
/// @param code the lexical elements of the same text
/// @param labelled receives labels
record ParsedSource(
    CompilationUnitTree unit, DocTrees trees, CodeElements code, LabelledText labelled) {

  /// The first UTF-16 unit of a tree; −1 for a tree without source text, which the parser adds.
  int start(Tree tree) {
    return (int) trees.getSourcePositions().getStartPosition(unit, tree);
  }

  /// One past the last UTF-16 unit of a tree; −1 for a tree without source text.
  int end(Tree tree) {
    return (int) trees.getSourcePositions().getEndPosition(unit, tree);
  }

  /// Labels the whole range of a tree.
  void label(String name, Tree tree) {
    labelled.add(name, start(tree), end(tree));
  }

  /// Labels one lexical element, by its index. Does nothing if the index is −1 or the text differs.
  void element(String name, int index, String text) {
    if (code.text(index).equals(text)) {
      labelled.add(name, code.get(index).start(), code.get(index).end());
    }
  }

  /// Labels a bracket and its partner, `separator: (: call` and `separator: ): call`, and what they
  /// enclose.
  ///
  /// @param opening index of the opening bracket; −1 for none
  /// @param what the pair belongs to
  void brackets(int opening, String what) {
    int closing = code.partner(opening);
    if (closing > opening) {
      element("separator: " + code.text(opening) + ": " + what, opening, code.text(opening));
      element("separator: " + code.text(closing) + ": " + what, closing, code.text(closing));
    }
  }

  /// Labels what is between a bracket and its partner, both excluded.
  void inside(String name, int opening) {
    int closing = code.partner(opening);
    if (closing > opening) {
      int first = code.get(opening).end();
      labelled.add(name, first, code.get(closing).start());
    }
  }

  /// Labels the elements with this text that are directly in a tree, outside its brackets.
  void each(String name, String text, int start, int end) {
    for (int i = code.find(text, start, end); i >= 0; i = code.find(text, code.get(i).end(), end)) {
      element(name, i, text);
    }
  }
}
