// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import sae4j.backends.onnxruntime.exported.ExportedModel;
import sae4j.backends.onnxruntime.families.ModelFamilies;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.writing.Precision;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.protobuf.OnnxReader;
import sae4j.files.FormatException;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubName;
import sae4j.files.references.HubCache;
import sae4j.files.whole.WholeFile;
import sae4j.models.ModelProvider.Device;
import sae4j.models.ModelProvider.StartPolicy;

/// Opens the model that a name or a path stands for.
final class ModelFiles {
  private ModelFiles() {}

  static OnnxLanguageModel open(String model, StartPolicy policy, Device device)
      throws IOException {
    if (model.equals(OnnxRuntimeModels.JAVA_GPT2_TINY)) {
      return embedded(model, policy, Devices.choose(device));
    }
    Optional<HubName> name = HubName.unlessLocal(model);
    Path path = name.isPresent() ? cached(name.get()) : HubCache.resolved(Path.of(model));
    if (!Files.exists(path)) {
      throw new NoSuchFileException(
          "model '" + model + "'",
          null,
          "there is no such file or folder, nor a model of that name built in; check the path, or"
              + " give "
              + OnnxRuntimeModels.JAVA_GPT2_TINY);
    }
    Devices.Choice chosen = Devices.choose(device);
    if (!Files.isDirectory(path)) {
      return exported(model, path, policy, chosen);
    }
    boolean weights = ModelWeights.areIn(path);
    for (String place :
        weights
            ? List.<String>of()
            : List.of("model.onnx", "onnx/model.onnx", "decoder_model.onnx")) {
      if (Files.exists(path.resolve(place))) {
        return exported(model, path.resolve(place), policy, chosen);
      }
    }
    return folder(model, path, policy, chosen);
  }

  /// Where a model is that was fetched from the hub.
  private static Path cached(HubName name) throws IOException {
    return Hub.ofEnvironment()
        .cached(name)
        .orElseThrow(
            () ->
                new NoSuchFileException(
                    "model '" + name + "'",
                    null,
                    ("there is no such file or folder, nor a model of that name in the hub's cache;"
                            + " check the path, or fetch it: sae hub fetch %s")
                        .formatted(name)));
  }

  /// An ONNX file, with tokenizer.json and config.json in its folder or the one above.
  private static OnnxLanguageModel exported(
      String name, Path file, StartPolicy policy, Devices.Choice device) throws IOException {
    OnnxModel onnx = OnnxReader.read(file);
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Path tokenizer =
        beside(folder, "tokenizer.json")
            .orElseThrow(
                () ->
                    new NoSuchFileException(
                        file
                            + ": no tokenizer.json beside it; put the model's tokenizer.json into "
                            + folder));
    Optional<Path> configFile = beside(folder, "config.json");
    Optional<ModelConfig> config = Optional.empty();
    if (configFile.isPresent()) {
      config = Optional.of(ModelConfig.parse(configFile.get(), WholeFile.bytes(configFile.get())));
    }
    LanguageGraph graph;
    try {
      graph =
          ExportedModel.understand(
              onnx, config.isPresent() ? config.get().contextLength() : OptionalInt.empty());
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file,
          "graph",
          "is not understood as a language model: " + e.getMessage(),
          "give a decoder-only transformer as torch, optimum or the genai builder export it",
          e);
    }
    DocumentStart start = DocumentStart.of(policy, each -> beside(folder, each), config);
    return model(
        name, graph, Optional.empty(), tokenizer, WholeFile.bytes(tokenizer), start, device);
  }

  private static Optional<Path> beside(Path folder, String name) {
    Path above = folder.getParent();
    return Stream.of(
            folder.resolve(name), above == null ? folder.resolve(name) : above.resolve(name))
        .filter(Files::exists)
        .findFirst();
  }

  private static OnnxLanguageModel embedded(String name, StartPolicy policy, Devices.Choice device)
      throws IOException {
    Path shown = Path.of(name);
    ModelConfig config =
        ModelConfig.parse(shown.resolve("config.json"), resource(name + "/config.json"));
    ModelWeights checkpoint =
        ModelWeights.inMemory(name + "/model.safetensors", resource(name + "/model.safetensors"));
    return model(
        name,
        config,
        checkpoint,
        shown.resolve("tokenizer.json"),
        resource(name + "/tokenizer.json"),
        DocumentStart.of(policy, _ -> Optional.empty(), Optional.of(config)),
        device);
  }

  private static OnnxLanguageModel folder(
      String name, Path folder, StartPolicy policy, Devices.Choice device) throws IOException {
    Path adapter = folder.resolve("adapter_config.json");
    if (Files.exists(adapter)) {
      throw new FormatException(
          adapter,
          "file",
          "says that an adapter belongs to the weights, and it is not read",
          "merge the adapter into the weights and save the model, or remove the file to read the"
              + " weights without it");
    }
    ModelConfig config =
        ModelConfig.parse(folder.resolve("config.json"), file(folder, "config.json"));
    byte[] tokenizer = file(folder, "tokenizer.json");
    return model(
        name,
        config,
        ModelWeights.inFolder(folder),
        folder.resolve("tokenizer.json"),
        tokenizer,
        DocumentStart.of(policy, each -> in(folder, each), Optional.of(config)),
        device);
  }

  private static OnnxLanguageModel model(
      String name,
      ModelConfig config,
      ModelWeights checkpoint,
      Path tokenizerFile,
      byte[] tokenizerJson,
      DocumentStart start,
      Devices.Choice device)
      throws IOException {
    Precision precision = device.precision();
    var graph = ModelFamilies.write(config, checkpoint, precision, false);
    Optional<LanguageGraph> generating =
        graph.hasHead()
            ? Optional.of(ModelFamilies.write(config, checkpoint, precision, true))
            : Optional.empty();
    return model(name, graph, generating, tokenizerFile, tokenizerJson, start, device);
  }

  /// @throws FormatException if a document begins with a token that the model does not have
  private static OnnxLanguageModel model(
      String name,
      LanguageGraph graph,
      Optional<LanguageGraph> generating,
      Path tokenizerFile,
      byte[] tokenizerJson,
      DocumentStart start,
      Devices.Choice device)
      throws IOException {
    var tokenizer = HuggingFaceTokenizer.parse(tokenizerFile, tokenizerJson, start);
    int first = tokenizer.documentStart().orElse(0);
    if (first >= graph.vocabularySize()) {
      tokenizer.close();
      throw new FormatException(
          tokenizerFile,
          "document start",
          "is token %d, and vocab_size in config.json is %d"
              .formatted(first, graph.vocabularySize()),
          "take both files from one model, or give --bos none");
    }
    return new OnnxLanguageModel(name, tokenizer, graph, generating, device);
  }

  private static Optional<Path> in(Path folder, String name) {
    return Optional.of(folder.resolve(name)).filter(Files::exists);
  }

  private static byte[] file(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.isReadable(file)) {
      throw new NoSuchFileException(
          folder
              + ": no "
              + name
              + " in it; give a Hugging Face folder with config.json,"
              + " model.safetensors and tokenizer.json");
    }
    return WholeFile.bytes(file);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ModelFiles.class.getResourceAsStream("/sae4j/models/" + name)) {
      if (in == null) {
        throw new FileNotFoundException(
            "resource sae4j/models/"
                + name
                + " is missing from the class path; build the project again");
      }
      return in.readAllBytes();
    }
  }
}
