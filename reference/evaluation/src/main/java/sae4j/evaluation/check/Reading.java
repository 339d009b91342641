// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// One way to take an SAE's files: what its weights mean, and which activations they are for.
///
/// @param weights with what is said of them
/// @param place what they are for
/// @param changes in what it differs from what the files say; empty for that itself
public record Reading(SaeWeights weights, Place place, List<Change> changes) {

  public Reading {
    changes = List.copyOf(changes);
  }

  /// A respect in which files may be wrong.
  ///
  /// @param respect its name: `hook`, `b_dec`, `threshold`
  /// @param is what would be right, in words: `it reads blocks.3.hook_resid_post`
  /// @param option what a user adds to a command to have it so; empty where no option does
  public record Change(String respect, String is, String option) {
    static final String HOOK = "hook";

    static Change of(String respect, String is) {
      return new Change(respect, is, "");
    }
  }

  /// As the files say.
  public static Reading asDescribed(SaeWeights weights, Place place) {
    return new Reading(weights, place, List.of());
  }

  Reading with(SaeWeights other, Change change) {
    return new Reading(other, place, with(change));
  }

  Reading with(Place other, Change change) {
    return new Reading(weights, other, with(change));
  }

  private List<Change> with(Change change) {
    return Stream.concat(changes.stream(), Stream.of(change)).toList();
  }

  /// Whether the last respect in which it differs is the hook point that is read.
  boolean isOfOtherHook() {
    return !changes.isEmpty() && changes.getLast().respect().equals(Change.HOOK);
  }

  /// In one line, what would be right.
  public String inWords() {
    return changes.isEmpty()
        ? "as its files say"
        : changes.stream().map(Change::is).collect(Collectors.joining(", and "));
  }

  /// The options that take the files so; empty where there are not options for all of it.
  public String options() {
    return changes.stream().anyMatch(change -> change.option().isEmpty())
        ? ""
        : changes.stream().map(Change::option).collect(Collectors.joining(" "));
  }

  /// The weights as files should describe them.
  ///
  /// @param model that they were looked at in, said where the files name none
  public SaeWeights mended(String model) {
    Origin known = weights.origin();
    return weights.from(place.origin(known.modelName() == null ? known.of(model) : known));
  }
}
