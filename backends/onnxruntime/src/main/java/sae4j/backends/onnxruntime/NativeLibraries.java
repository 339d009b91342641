package sae4j.backends.onnxruntime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// Settings that the native libraries read once, before their first class is loaded.
final class NativeLibraries {
    private NativeLibraries() {}

    /// Keeps the tokenizers library to itself: the CPU build it brings along, no download, no telemetry, its native code unpacked into a
    /// cache folder that can be written to. What the user has set stays.
    static synchronized void prepareTokenizers() throws IOException {
        setDefault("RUST_FLAVOR", "cpu");
        setDefault("OPT_OUT_TRACKING", "true");
        setDefault("ai.djl.offline", "true");
        if (isUnset("ENGINE_CACHE_DIR") && isUnset("DJL_CACHE_DIR")) {
            System.setProperty("ENGINE_CACHE_DIR", cacheFolder().toString());
        }
    }

    private static void setDefault(String name, String value) {
        if (isUnset(name)) {
            System.setProperty(name, value);
        }
    }

    private static boolean isUnset(String name) {
        return System.getProperty(name) == null && System.getenv(name) == null;
    }

    /// `$XDG_CACHE_HOME/sae4j`, else `~/.cache/sae4j`, else a folder for this user among the temporary files.
    private static Path cacheFolder() throws IOException {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path home = Path.of(System.getProperty("user.home"));
        Path folder = (xdg == null || xdg.isEmpty() ? home.resolve(".cache") : Path.of(xdg)).resolve("sae4j");
        try {
            Files.createDirectories(folder);
            if (Files.isWritable(folder)) {
                return folder;
            }
        } catch (IOException readOnlyHome) {
            // falls through to the temporary folder: a cache is a convenience
        }
        // A fresh folder, not a well-known name: native code is loaded from it, and others may write to the folder above.
        Path temporary = Files.createTempDirectory("sae4j-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteTree(temporary)));
        return temporary;
    }

    private static void deleteTree(Path folder) {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException leftBehind) {
            // the system cleans its temporary folder
        }
    }
}
