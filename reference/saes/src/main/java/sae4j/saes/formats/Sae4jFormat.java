// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.Shape;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.json.JsonComplaint;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Units;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.TokensRead;
import sae4j.saes.weights.Weight;

/// Our own format, for what no tool's format has a form for: SAEs of several hook points, and
/// architectures whose codes are their own. One safetensors file holds the tensors as they are, and
/// in its metadata, under `sae4j.sae`, everything else as JSON.
///
/// It keeps every SAE without folding anything.
public final class Sae4jFormat implements SaeFormat {
  static final String NAME = "sae4j";
  private static final String FILE = "sae4j.safetensors";
  private static final String METADATA_KEY = "sae4j.sae";
  private static final int VERSION = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              text ->
                  text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  /// Found by [java.util.ServiceLoader].
  public Sae4jFormat() {}

  /// What the metadata says.
  ///
  /// @param settings of an architecture with codes of its own; else null
  private record Description(
      int version,
      String architecture,
      Codes codes,
      Hooks hooks,
      boolean subtractsDecoderBias,
      boolean rescalesByDecoderNorm,
      Units units,
      Origin origin,
      @Nullable Map<String, String> settings,
      SequencedMap<String, Role> roles) {

    /// @throws IllegalArgumentException if a part is null that must be there
    private Description {
      requireAll(architecture, codes, hooks, units, origin, roles);
      requireAll(units.normalisation());
      requireAll(roles.values().toArray());
    }
  }

  private static void requireAll(@Nullable Object... parts) {
    for (Object part : parts) {
      if (part == null) {
        throw new IllegalArgumentException("a part of the description is null");
      }
    }
  }

  /// What makes the codes sparse.
  ///
  /// @param kind one of the kinds of [Activation]
  /// @param k active features a token; null where it is not fixed
  /// @param groups of nested dictionaries; empty for all others
  private record Codes(Kind kind, @Nullable Integer k, List<Integer> groups) {
    private enum Kind {
      RELU,
      TOPK,
      SIGNED_TOPK,
      ABS_TOPK,
      BATCHTOPK,
      MATRYOSHKA,
      JUMPRELU,
      GATED,
      OWN
    }

    private Codes {
      requireAll(kind, groups);
      requireAll(groups.toArray());
    }

    static Codes of(Activation activation) {
      return switch (activation) {
        case Activation.Relu _ -> new Codes(Kind.RELU, null, List.of());
        case Activation.TopK(int k) -> new Codes(Kind.TOPK, k, List.of());
        case Activation.SignedTopK(int k) -> new Codes(Kind.SIGNED_TOPK, k, List.of());
        case Activation.AbsTopK(int k) -> new Codes(Kind.ABS_TOPK, k, List.of());
        case Activation.BatchTopK(int k) -> new Codes(Kind.BATCHTOPK, k, List.of());
        case Activation.Matryoshka(int k, List<Integer> groups) ->
            new Codes(Kind.MATRYOSHKA, k, groups);
        case Activation.JumpRelu _ -> new Codes(Kind.JUMPRELU, null, List.of());
        case Activation.Gated _ -> new Codes(Kind.GATED, null, List.of());
        case Activation.Own _ -> new Codes(Kind.OWN, null, List.of());
      };
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String meaning() {
    return "a folder with " + FILE;
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(FILE));
  }

  @Override
  public SaeWeights read(Path folder) throws IOException {
    try (Safetensors file = Safetensors.open(folder.resolve(FILE))) {
      Description description = describe(file);
      NamedTensors tensors = new NamedTensors(file);
      try {
        return weights(description, tensors);
      } catch (IllegalArgumentException impossible) {
        throw refused(file, String.valueOf(impossible.getMessage()), impossible);
      }
    }
  }

  private static SaeWeights weights(Description description, NamedTensors tensors)
      throws IOException {
    Activation activation = activation(description);
    int features = tensors.matrixSizes(nameOf(description.roles, Role.DECODER))[0];
    boolean skip = description.roles.containsValue(Role.SKIP);
    Map<String, Role> expected = new LinkedHashMap<>(activation.roles());
    if (skip) {
      expected.put("W_skip", Role.SKIP);
    }
    if (!expected.equals(description.roles)) {
      throw new IllegalArgumentException(
          "roles are %s, but a %s SAE has %s"
              .formatted(description.roles, activation.architecture(), expected));
    }
    Map<String, Shape> shapes =
        SaeWeights.shapes(
            activation,
            description.hooks.inputWidth(),
            features,
            description.hooks.outputWidth(),
            skip);
    tensors.requireNames(shapes.keySet(), Set.of());
    if (description.codes.k != null && description.codes.k > features) {
      throw new IllegalArgumentException(
          "k is %d but there are %d features".formatted(description.codes.k, features));
    }
    return SaeWeights.builder(activation, tensors.weights(shapes))
        .architecture(description.architecture)
        .hooks(description.hooks)
        .subtractsDecoderBias(description.subtractsDecoderBias)
        .rescalesByDecoderNorm(description.rescalesByDecoderNorm)
        .units(description.units)
        .origin(description.origin)
        .source(new Source(NAME, Config.empty(), Map.of()))
        .build();
  }

  private static String nameOf(Map<String, Role> roles, Role role) {
    return roles.entrySet().stream()
        .filter(each -> each.getValue() == role)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no tensor has the role " + role));
  }

  private static Activation activation(Description description) {
    Codes codes = description.codes;
    return switch (codes.kind) {
      case RELU -> new Activation.Relu();
      case TOPK -> new Activation.TopK(k(codes));
      case SIGNED_TOPK -> new Activation.SignedTopK(k(codes));
      case ABS_TOPK -> new Activation.AbsTopK(k(codes));
      case BATCHTOPK -> new Activation.BatchTopK(k(codes));
      case MATRYOSHKA -> new Activation.Matryoshka(k(codes), codes.groups);
      case JUMPRELU -> new Activation.JumpRelu();
      case GATED -> new Activation.Gated();
      case OWN -> {
        if (description.settings == null) {
          throw new IllegalArgumentException("its codes are its own, but 'settings' is missing");
        }
        yield new Activation.Own(description.architecture, description.settings, description.roles);
      }
    };
  }

  private static int k(Codes codes) {
    if (codes.k == null || codes.k < 1) {
      throw new IllegalArgumentException("k is %s: it must be 1 or more".formatted(codes.k));
    }
    return codes.k;
  }

  private static Description describe(Safetensors file) throws FormatException {
    String json = file.metadata().get(METADATA_KEY);
    if (json == null || json.equals("null")) {
      throw new FormatException(
          file.path(), METADATA_KEY, "is missing", "give a folder that sae4j saved an SAE in");
    }
    try {
      JsonNode tree = JSON.readTree(json);
      if (tree.get("origin") instanceof ObjectNode origin) {
        // files of before these were kept
        origin.putIfAbsent("tokensRead", JSON.valueToTree(TokensRead.UNSAID));
        origin.putIfAbsent("headIndex", NullNode.instance);
        origin.putIfAbsent("centred", BooleanNode.FALSE);
      }
      Description description = JSON.treeToValue(tree, Description.class);
      if (description.version != VERSION) {
        throw refused(file, "is of version %d".formatted(description.version), null);
      }
      return description;
    } catch (JsonMappingException unfit) {
      String field =
          unfit.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .filter(Objects::nonNull)
              .collect(Collectors.joining("."));
      String why =
          unfit.getCause() instanceof NullPointerException
              ? "a part of it is null"
              : JsonComplaint.of(unfit);
      String problem = field + " cannot be read: " + why;
      throw refused(file, problem.strip(), unfit);
    } catch (JsonProcessingException malformed) {
      throw refused(file, "cannot be read: " + JsonComplaint.of(malformed), malformed);
    }
  }

  private static FormatException refused(
      Safetensors file, String problem, @Nullable Exception cause) {
    String line = problem.replaceAll("\\s+", " ");
    String remedy = "understood is version " + VERSION + "; save the SAE again";
    return new FormatException(file.path(), METADATA_KEY, line, remedy, cause);
  }

  /// It keeps every SAE.
  @Override
  public Optional<String> refusal(SaeWeights weights) {
    return Optional.empty();
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    return Optional.empty();
  }

  @Override
  public List<String> write(Path folder, SaeWeights weights) throws IOException {
    SequencedMap<String, Role> roles = new LinkedHashMap<>();
    List<TensorData> tensors = new ArrayList<>();
    for (Map.Entry<String, Weight> each : weights.tensors().entrySet()) {
      roles.put(each.getKey(), weights.role(each.getKey()));
      tensors.add(each.getValue().data(each.getKey()));
    }
    Description description =
        new Description(
            VERSION,
            weights.architecture(),
            Codes.of(weights.activation()),
            weights.hooks(),
            weights.subtractsDecoderBias(),
            weights.rescalesByDecoderNorm(),
            weights.units(),
            weights.origin(),
            weights.activation() instanceof Activation.Own own
                ? new TreeMap<>(own.settings())
                : null,
            roles);
    NewFile.folder(folder);
    Safetensors.write(
        folder.resolve(FILE), Map.of(METADATA_KEY, JSON.writeValueAsString(description)), tensors);
    return List.of();
  }
}
