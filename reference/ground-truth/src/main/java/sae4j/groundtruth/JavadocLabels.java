// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.doctree.AttributeTree;
import com.sun.source.doctree.BlockTagTree;
import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.InlineTagTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReferenceTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.ThrowsTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTreeScanner;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Labels of doc comments: block tags, inline tags, HTML, and their content, according to the
/// compiler's own Javadoc parser. A comment that documents no declaration has none.
final class JavadocLabels extends TreePathScanner<@Nullable Void, @Nullable Void> {
  private static final Set<Tree.Kind> DOCUMENTED =
      Set.of(
          Tree.Kind.CLASS,
          Tree.Kind.INTERFACE,
          Tree.Kind.ENUM,
          Tree.Kind.RECORD,
          Tree.Kind.ANNOTATION_TYPE,
          Tree.Kind.METHOD,
          Tree.Kind.VARIABLE);

  private final ParsedSource source;

  JavadocLabels(ParsedSource source) {
    this.source = source;
  }

  @Override
  public @Nullable Void scan(@Nullable Tree tree, @Nullable Void nothing) {
    if (tree != null && DOCUMENTED.contains(tree.getKind()) && getCurrentPath() != null) {
      DocCommentTree comment =
          source.trees().getDocCommentTree(new TreePath(getCurrentPath(), tree));
      if (comment != null) {
        new Comment(comment).label();
      }
    }
    return super.scan(tree, null);
  }

  /// One comment.
  private final class Comment extends DocTreeScanner<@Nullable Void, @Nullable Void> {
    private static final Set<String> INSIDE = Set.of("pre", "ul", "ol", "li", "table", "a", "code");

    private final DocCommentTree comment;
    private final Deque<StartElementTree> open = new ArrayDeque<>();

    Comment(DocCommentTree comment) {
      this.comment = comment;
    }

    void label() {
      all("Javadoc: first sentence", comment.getFirstSentence());
      all("Javadoc: body", comment.getBody());
      scan(comment, null);
    }

    private void all(String name, List<? extends DocTree> trees) {
      if (!trees.isEmpty()) {
        source.labelled().add(name, start(trees.getFirst()), end(trees.getLast()));
      }
    }

    private int start(DocTree tree) {
      return (int)
          source.trees().getSourcePositions().getStartPosition(source.unit(), comment, tree);
    }

    private int end(DocTree tree) {
      return (int) source.trees().getSourcePositions().getEndPosition(source.unit(), comment, tree);
    }

    private void add(String name, DocTree tree) {
      source.labelled().add(name, start(tree), end(tree));
    }

    @Override
    public @Nullable Void scan(@Nullable DocTree tree, @Nullable Void nothing) {
      switch (tree) {
        case ReturnTree tag when tag.isInline() ->
            tag("inline tag: {@", tag.getTagName(), "{@", tag);
        case BlockTagTree tag -> tag("tag: @", tag.getTagName(), "@", tag);
        case InlineTagTree tag when start(tag) >= 0 ->
            tag("inline tag: {@", tag.getTagName(), "{@", tag);
        case null, default -> {}
      }
      return super.scan(tree, null);
    }

    /// A tag's label is on its name. The opening `@` or `{@` has a separate label, because nothing
    /// before the name says which tag it is.
    private void tag(String kind, String name, String opening, DocTree tree) {
      int nameStart = start(tree) + opening.length();
      int nameEnd = nameStart + name.length();
      source.labelled().add("Javadoc: opening of tag: " + opening, start(tree), nameStart);
      source.labelled().add("Javadoc: " + kind + name, nameStart, nameEnd);
      source.labelled().add("Javadoc: text of " + kind + name, nameEnd, end(tree));
    }

    @Override
    public @Nullable Void visitParam(ParamTree tree, @Nullable Void nothing) {
      add("Javadoc: parameter name", tree.getName());
      return super.visitParam(tree, null);
    }

    @Override
    public @Nullable Void visitThrows(ThrowsTree tree, @Nullable Void nothing) {
      add("Javadoc: exception name", tree.getExceptionName());
      return super.visitThrows(tree, null);
    }

    @Override
    public @Nullable Void visitReference(ReferenceTree tree, @Nullable Void nothing) {
      add("Javadoc: reference", tree);
      return super.visitReference(tree, null);
    }

    @Override
    public @Nullable Void visitEntity(EntityTree tree, @Nullable Void nothing) {
      add("Javadoc: HTML: entity", tree);
      return super.visitEntity(tree, null);
    }

    @Override
    public @Nullable Void visitAttribute(AttributeTree tree, @Nullable Void nothing) {
      add("Javadoc: HTML: attribute", tree);
      return super.visitAttribute(tree, null);
    }

    @Override
    public @Nullable Void visitStartElement(StartElementTree tree, @Nullable Void nothing) {
      String name = tree.getName().toString().toLowerCase(Locale.ROOT);
      element("Javadoc: HTML: <" + name + ">", tree, "<", name);
      if (INSIDE.contains(name)) {
        open.push(tree);
      }
      return super.visitStartElement(tree, null);
    }

    @Override
    public @Nullable Void visitEndElement(EndElementTree tree, @Nullable Void nothing) {
      String name = tree.getName().toString().toLowerCase(Locale.ROOT);
      element("Javadoc: HTML: </" + name + ">", tree, "</", name);
      if (open.stream().anyMatch(element -> isNamed(element, name))) {
        while (!isNamed(open.element(), name)) {
          open.pop();
        }
        int first = end(open.pop());
        source.labelled().add("Javadoc: in HTML: <" + name + ">", first, start(tree));
      }
      return super.visitEndElement(tree, null);
    }

    /// The label of an HTML element is on its name, as for a tag.
    private void element(String label, DocTree tree, String opening, String name) {
      int nameStart = start(tree) + opening.length();
      add("Javadoc: in angle brackets", tree);
      source.labelled().add("Javadoc: opening of HTML: " + opening, start(tree), nameStart);
      source.labelled().add(label, nameStart, nameStart + name.length());
    }

    private static boolean isNamed(StartElementTree element, String name) {
      return element.getName().toString().equalsIgnoreCase(name);
    }
  }
}
