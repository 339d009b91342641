// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.residence;

/// Counts what moves between host and device, where the move is ordered.
public final class Transfers {
  private long runs;
  private long bytesIn;
  private long bytesOut;
  private long uploads;
  private long downloads;

  /// @param runs graphs run
  /// @param bytesIn bytes of the runs' inputs
  /// @param bytesOut bytes of the runs' outputs
  /// @param uploads how often a parameter moved to the device
  /// @param downloads how often a parameter moved back to the host
  public record Count(long runs, long bytesIn, long bytesOut, long uploads, long downloads) {
    /// What has been added to an earlier count.
    public Count since(Count earlier) {
      return new Count(
          runs - earlier.runs,
          bytesIn - earlier.bytesIn,
          bytesOut - earlier.bytesOut,
          uploads - earlier.uploads,
          downloads - earlier.downloads);
    }
  }

  /// A graph has run.
  public void ran(long in, long out) {
    runs++;
    bytesIn += in;
    bytesOut += out;
  }

  /// A parameter has moved to the device.
  public void uploaded() {
    uploads++;
  }

  /// A parameter has moved back to the host.
  public void downloaded() {
    downloads++;
  }

  /// What has moved so far.
  public Count count() {
    return new Count(runs, bytesIn, bytesOut, uploads, downloads);
  }
}
