package sae4j.groundtruth;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;

/// A source file as the compiler's parser understands it, and where its trees stand in the text.
///
/// @param unit the tree of the file
/// @param trees finds positions and doc comments
/// @param code the lexical elements of the same text
/// @param labelled receives labels
record ParsedSource(
    CompilationUnitTree unit, DocTrees trees, CodeElements code, LabelledText labelled) {

  /// The first UTF-16 unit of a tree; −1 for one that the parser made up.
  int start(Tree tree) {
    return (int) trees.getSourcePositions().getStartPosition(unit, tree);
  }

  /// One past the last UTF-16 unit of a tree; −1 for one that the parser made up.
  int end(Tree tree) {
    return (int) trees.getSourcePositions().getEndPosition(unit, tree);
  }

  /// Labels the whole of a tree.
  void label(String name, Tree tree) {
    labelled.add(name, start(tree), end(tree));
  }

  /// Labels one lexical element, by its index; nothing where it is −1 or has another text.
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

  /// Labels what stands between a bracket and its partner, neither included.
  void inside(String name, int opening) {
    int closing = code.partner(opening);
    if (closing > opening) {
      int first = code.get(opening).end();
      labelled.add(name, first, code.get(closing).start());
    }
  }

  /// Labels the elements of this text that stand directly in a tree, outside of its brackets.
  void each(String name, String text, int start, int end) {
    for (int i = code.find(text, start, end); i >= 0; i = code.find(text, code.get(i).end(), end)) {
      element(name, i, text);
    }
  }
}
