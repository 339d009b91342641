// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.fields.TextField;
import sae4j.activations.text.fields.TextField.NoText;
import sae4j.activations.text.parquet.ParquetRows;
import sae4j.files.FormatException;

/// A Parquet file whose rows are documents. A column is what a field is to an object of JSON, and
/// the place in the file is the number of a row.
final class ParquetText extends JsonText {
  private @Nullable ParquetRows rows;

  ParquetText(Path file, TextRules rules) {
    super(file, rules, "row");
  }

  @Override
  @Nullable Document next() throws IOException {
    if (rows == null) {
      rows = open();
    }
    while (true) {
      @Nullable ObjectNode row = rows.next();
      if (row == null) {
        if (met == 0) {
          throw new FormatException(file, "rows", "there are none", "give a file with documents");
        }
        requireSome();
        return null;
      }
      met++;
      @Nullable Document document = document(file + ":" + met, row);
      if (document != null) {
        return document;
      }
    }
  }

  private ParquetRows open() throws IOException {
    long most =
        Objects.requireNonNullElse(
            rules.maxUnpackedBytes(), TextRules.standardLimit(Files.size(file)));
    return ParquetRows.open(file, this::column, LONGEST, most);
  }

  /// The column to read: the one that was named, or a usual one.
  private String column(List<String> columns) throws FormatException {
    try {
      return new TextField(rules.field(), rules.chats()).in(columns);
    } catch (NoText none) {
      throw new FormatException(
          file, "columns", String.valueOf(none.getMessage()), "name one with --text-field", none);
    }
  }

  @Override
  void close() throws IOException {
    if (rows != null) {
      rows.close();
    }
  }
}
