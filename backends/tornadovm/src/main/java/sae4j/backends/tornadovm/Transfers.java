package sae4j.backends.tornadovm;

/// What has moved between host and device: counted where it is ordered.
public final class Transfers {
  private long runs;
  private long bytesIn;
  private long bytesOut;
  private long loads;
  private long fetches;

  /// @param runs graphs run
  /// @param bytesIn bytes that the runs' inputs took to the device
  /// @param bytesOut bytes that the runs' outputs brought back
  /// @param loads how often a parameter moved to the device
  /// @param fetches how often a parameter came back
  public record Count(long runs, long bytesIn, long bytesOut, long loads, long fetches) {
    /// What has been added to an earlier count.
    public Count since(Count earlier) {
      return new Count(
          runs - earlier.runs,
          bytesIn - earlier.bytesIn,
          bytesOut - earlier.bytesOut,
          loads - earlier.loads,
          fetches - earlier.fetches);
    }
  }

  void ran(long in, long out) {
    runs++;
    bytesIn += in;
    bytesOut += out;
  }

  void loaded() {
    loads++;
  }

  void fetched() {
    fetches++;
  }

  Count count() {
    return new Count(runs, bytesIn, bytesOut, loads, fetches);
  }
}
