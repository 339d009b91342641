package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import sae4j.activations.models.FloatRows;
import sae4j.activations.models.HookPoint;
import sae4j.activations.models.LanguageModel;
import sae4j.activations.models.TokenBatch;
import sae4j.activations.models.Tokenizer;
import sae4j.backends.onnxruntime.graph.LanguageGraph;

/// A language model as sessions over parts of its graph. A part is the least that computes what is asked for; its session is made on
/// first use and kept.
final class OnnxLanguageModel implements LanguageModel {
    /// Parts in use at a time: a prefix and a suffix at one hook, with and without a cache. More would keep copies of weights.
    private static final int KEPT_SESSIONS = 4;

    private final String name;
    private final HuggingFaceTokenizer tokenizer;
    private final LanguageGraph language;
    private final SequencedMap<String, GraphSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /// @param name      what the user knows it by
    /// @param tokenizer its tokenizer, closed with the model
    /// @param language  its graph
    OnnxLanguageModel(String name, HuggingFaceTokenizer tokenizer, LanguageGraph language) {
        this.name = name;
        this.tokenizer = tokenizer;
        this.language = language;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public List<HookPoint> hookPoints() {
        return List.copyOf(language.hooks().keySet());
    }

    @Override
    public int contextLength() {
        return language.contextLength();
    }

    @Override
    public int modelWidth() {
        return language.modelWidth();
    }

    @Override
    public int vocabularySize() {
        return language.vocabularySize();
    }

    @Override
    public Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks) {
        check(tokensBT);
        Set<String> tensors = new TreeSet<>();
        hooks.forEach(hook -> tensors.add(tensor(hook)));
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("capture: no hook points; " + name + " has " + hookPoints());
        }
        Map<String, FloatRows> rows = run(part(List.copyOf(tensors)), tokensBT);
        Map<HookPoint, FloatRows> captured = new LinkedHashMap<>();
        for (HookPoint hook : hooks) {
            FloatRows found = Objects.requireNonNull(rows.get(tensor(hook)));
            // Two hooks may name one tensor; each answer is the caller's to change.
            captured.put(hook, captured.containsValue(found) ? found.copy() : found);
        }
        return captured;
    }

    @Override
    public FloatRows logits(TokenBatch tokensBT) {
        check(tokensBT);
        return Objects.requireNonNull(run(part(List.of(language.logits())), tokensBT).get(language.logits()));
    }

    private String tensor(HookPoint hook) {
        String tensor = language.hooks().get(hook);
        if (tensor == null) {
            throw new IllegalArgumentException("hook point " + hook + ": " + name + " has " + hookPoints());
        }
        return tensor;
    }

    private void check(TokenBatch tokensBT) {
        if (tokensBT.length() < 1 || tokensBT.length() > contextLength()) {
            throw new IllegalArgumentException("tokens: sequences of " + tokensBT.length() + "; " + name + " reads 1 to " + contextLength());
        }
        for (int row = 0; row < tokensBT.rows(); row++) {
            if (tokensBT.id(row) < 0 || tokensBT.id(row) >= vocabularySize()) {
                throw new IllegalArgumentException("tokens: id " + tokensBT.id(row) + " at row " + row + "; the vocabulary of " + name
                        + " has " + vocabularySize());
            }
        }
    }

    private GraphSession part(List<String> targets) {
        return session("→ " + targets, () -> new GraphSession(
                language.model().with(language.model().graph().between(Map.of(), targets))));
    }

    private GraphSession session(String key, Supplier<GraphSession> create) {
        GraphSession known = sessions.get(key);
        if (known != null) {
            return known;
        }
        while (sessions.size() >= KEPT_SESSIONS) {
            sessions.pollFirstEntry().getValue().close();
        }
        GraphSession created = create.get();
        sessions.put(key, created);
        return created;
    }

    private Map<String, FloatRows> run(GraphSession session, TokenBatch tokensBT) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            inputs.put(language.idsInput(), ids(tokensBT));
            try (OrtSession.Result result = session.run(inputs)) {
                Map<String, FloatRows> rows = new HashMap<>();
                result.forEach(entry -> rows.put(entry.getKey(), rows((OnnxTensor) entry.getValue(), tokensBT.rows())));
                return rows;
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor ids(TokenBatch tokensBT) {
        LongBuffer ids = ByteBuffer.allocateDirect(8 * tokensBT.rows()).order(ByteOrder.nativeOrder()).asLongBuffer();
        for (int row = 0; row < tokensBT.rows(); row++) {
            ids.put(row, tokensBT.id(row));
        }
        try {
            return OnnxTensor.createTensor(
                    OrtEnvironment.getEnvironment(), ids, new long[] {tokensBT.sequences(), tokensBT.length()});
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FloatRows rows(OnnxTensor tensor, int rows) {
        FloatBuffer floats = tensor.getFloatBuffer();
        float[] values = new float[floats.remaining()];
        floats.get(values);
        return new FloatRows(rows, values.length / rows, values);
    }

    @Override
    public void close() {
        sessions.values().forEach(GraphSession::close);
        sessions.clear();
        tokenizer.close();
    }
}
