// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

/// Hears what a download is doing.
public interface HubProgress {
  /// Nobody wants to know.
  HubProgress SILENT =
      new HubProgress() {
        @Override
        public void begins(HubFile file, long had) {}

        @Override
        public void received(long bytes) {}

        @Override
        public void ends() {}

        @Override
        public void says(String line) {}
      };

  /// A file is about to be fetched.
  ///
  /// @param had how many of its bytes an earlier download has left
  void begins(HubFile file, long had);

  /// So many more bytes are here.
  void received(long bytes);

  /// The file is here.
  void ends();

  /// Something that the user should know: why it waits, why it begins anew.
  void says(String line);
}
