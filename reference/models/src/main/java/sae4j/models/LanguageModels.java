// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import sae4j.files.Fingerprint;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubName;
import sae4j.files.json.Config;
import sae4j.files.references.HubCache;
import sae4j.models.ModelProvider.Device;
import sae4j.models.ModelProvider.StartPolicy;

/// Opens a language model with the first provider that works here.
public final class LanguageModels {
  private LanguageModels() {}

  /// The providers on the class path.
  public static List<ModelProvider> providers() {
    return ServiceLoader.load(ModelProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /// Opens `model`: the name of an embedded model, or the path of a model folder or file. It reads
  /// at the start of a document what its tokenizer would put there.
  ///
  /// @see #open(String, StartPolicy)
  public static LanguageModel open(String model) throws IOException {
    return open(model, StartPolicy.AUTO);
  }

  /// Opens `model` on the processor.
  ///
  /// @see #open(String, StartPolicy, Device)
  public static LanguageModel open(String model, StartPolicy policy) throws IOException {
    return open(model, policy, Device.CPU);
  }

  /// Opens `model`: the name of an embedded model, or the path of a model folder or file.
  ///
  /// @param policy what the model reads at the start of a document
  /// @param device where it computes
  /// @return the model; the caller closes it
  /// @throws IOException if no provider is available (the message has each one's reason and
  ///     remedy), or as [ModelProvider#open]
  public static LanguageModel open(String model, StartPolicy policy, Device device)
      throws IOException {
    StringBuilder reasons = new StringBuilder();
    for (ModelProvider provider : providers()) {
      switch (provider.availability()) {
        case ModelAvailability.Available _ -> {
          return provider.open(model, policy, device);
        }
        case ModelAvailability.Unavailable(String reason, String remedy) ->
            reasons
                .append("; ")
                .append(provider.name())
                .append(": ")
                .append(reason)
                .append(", ")
                .append(remedy);
      }
    }
    throw new IOException("model '" + model + "': nothing here can run a language model" + reasons);
  }

  /// Whether what was given stands for a language model: the name of an embedded one, a name on the
  /// hub, an ONNX file, or a folder with one or with a `config.json` that names a `model_type`.
  ///
  /// @throws IOException if a `config.json` cannot be read
  public static boolean isModel(String given) throws IOException {
    Path path = HubCache.resolved(Path.of(given));
    boolean embedded =
        providers().stream().anyMatch(provider -> provider.embedded().contains(given));
    if (embedded || HubName.unlessLocal(given).isPresent() || given.endsWith(".onnx")) {
      return true;
    }
    Path config = path.resolve("config.json");
    boolean exported =
        Stream.of("model.onnx", "onnx/model.onnx", "decoder_model.onnx")
            .anyMatch(file -> Files.exists(path.resolve(file)));
    return exported
        || (Files.exists(config)
            && Config.read(config, "download or save it again").has("model_type"));
  }

  /// By what a model is known again when work with it is continued: the sum of its files, see
  /// [Fingerprint], or the name of a model that has none; and the device, where that is not the
  /// processor.
  ///
  /// @throws IOException if they cannot be read
  public static String identity(LanguageModel model) throws IOException {
    Optional<HubName> hub = HubName.unlessLocal(model.name());
    Path path =
        hub.isPresent()
            ? Hub.ofEnvironment().cached(hub.get()).orElse(Path.of(model.name()))
            : Path.of(model.name());
    String content = Files.exists(path) ? Fingerprint.of(path) : model.name();
    return model.device().equals("cpu") ? content : content + " on " + model.device();
  }
}
