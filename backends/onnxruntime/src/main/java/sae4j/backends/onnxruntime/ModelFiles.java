package sae4j.backends.onnxruntime;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import sae4j.activations.FormatException;
import sae4j.backends.onnxruntime.architectures.Checkpoint;
import sae4j.backends.onnxruntime.architectures.Config;
import sae4j.backends.onnxruntime.architectures.HuggingFaceFolder;

/// Finds what a model's name or path stands for.
final class ModelFiles {
    private ModelFiles() {}

    static OnnxLanguageModel open(String model) throws IOException {
        if (model.equals(OnnxRuntimeModels.JAVA_GPT2_TINY)) {
            return embedded(model);
        }
        Path path = Path.of(model);
        if (!Files.exists(path)) {
            throw new NoSuchFileException("model '" + model + "': no such file or folder, nor the name of an embedded model ("
                    + OnnxRuntimeModels.JAVA_GPT2_TINY + ")");
        }
        if (!Files.isDirectory(path)) {
            throw new FormatException(path, "model", "is not a folder", "give a Hugging Face folder with config.json, model.safetensors"
                    + " and tokenizer.json");
        }
        return folder(model, path);
    }

    private static OnnxLanguageModel embedded(String name) throws IOException {
        Path shown = Path.of(name);
        Config config = Config.parse(shown.resolve("config.json"), resource(name + "/config.json"));
        Checkpoint checkpoint = Checkpoint.inMemory(name + "/model.safetensors", resource(name + "/model.safetensors"));
        return model(name, config, checkpoint, shown.resolve("tokenizer.json"), resource(name + "/tokenizer.json"));
    }

    private static OnnxLanguageModel folder(String name, Path folder) throws IOException {
        Config config = Config.parse(folder.resolve("config.json"), file(folder, "config.json"));
        byte[] tokenizer = file(folder, "tokenizer.json");
        return model(name, config, Checkpoint.inFolder(folder), folder.resolve("tokenizer.json"), tokenizer);
    }

    private static OnnxLanguageModel model(String name, Config config, Checkpoint checkpoint, Path tokenizerFile, byte[] tokenizerJson)
            throws IOException {
        int start = (int) config.real("bos_token_id", -1);
        var graph = HuggingFaceFolder.write(config, checkpoint, false);
        var tokenizer = HuggingFaceTokenizer.parse(
                tokenizerFile, tokenizerJson, start < 0 ? OptionalInt.empty() : OptionalInt.of(start));
        return new OnnxLanguageModel(name, tokenizer, graph, Optional.of(HuggingFaceFolder.write(config, checkpoint, true)));
    }

    private static byte[] file(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isReadable(file)) {
            throw new NoSuchFileException(folder + ": no " + name + " in it; give a Hugging Face folder with config.json,"
                    + " model.safetensors and tokenizer.json");
        }
        return Files.readAllBytes(file);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = ModelFiles.class.getResourceAsStream("/sae4j/models/" + name)) {
            if (in == null) {
                throw new FileNotFoundException("resource sae4j/models/" + name + " is missing from the class path; build the project again");
            }
            return in.readAllBytes();
        }
    }
}
