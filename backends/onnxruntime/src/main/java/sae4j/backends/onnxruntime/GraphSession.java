// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.natives.Execution;
import sae4j.backends.onnxruntime.natives.RuntimeLibrary;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;

/// A graph that can be run. Its weights are mapped from their files.
final class GraphSession implements AutoCloseable {
  private final Graph graph;
  private final OrtSession session;

  /// @param execution where it computes
  /// @throws IllegalStateException if the runtime refuses the graph
  GraphSession(OnnxModel model, Execution execution) {
    try {
      RuntimeLibrary.prepare();
    } catch (IOException noPlace) {
      throw new UncheckedIOException(noPlace);
    }
    this.graph = model.graph();
    Path folder = folderOf(graph);
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      environment.setTelemetry(false);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path", folder.toString());
      execution.configure(options);
      this.session = environment.createSession(OnnxWriter.encode(model, folder), options);
    } catch (OrtException e) {
      throw new IllegalStateException(
          "graph '" + graph.name() + "': ONNX Runtime refuses it: " + e.getMessage(), e);
    }
  }

  Set<String> inputNames() {
    return graph.inputNames();
  }

  Graph graph() {
    return graph;
  }

  /// @param inputs one tensor for each input; the caller closes them
  /// @return all outputs; the caller closes them
  /// @throws IllegalStateException if the run fails
  OrtSession.Result run(Map<String, OnnxTensor> inputs) {
    try {
      return session.run(inputs);
    } catch (OrtException e) {
      throw new IllegalStateException(
          "graph '" + graph.name() + "': ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  /// The deepest folder above all files with weights, because external data must not lie outside
  /// the folder of the model.
  private static Path folderOf(Graph graph) {
    @Nullable Path common = null;
    for (GraphWeight weight : graph.weights().values()) {
      if (weight.storage() instanceof GraphWeight.Storage.InFile(Path file, _, _)) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        while (common != null && !folder.startsWith(common)) {
          common = common.getParent();
        }
        common = common == null ? folder : common;
      }
    }
    return common == null ? Path.of("").toAbsolutePath() : common;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("graph '" + graph.name() + "': " + e.getMessage(), e);
    }
  }
}
