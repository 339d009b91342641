// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

/// The subject of a dashboard, for its reader.
///
/// @param title of the site
/// @param architecture of the SAE
/// @param model that read the text
/// @param hook where in the model
/// @param source the text
/// @param sae the SAE
public record Description(
    String title, String architecture, String model, String hook, String source, ShownSae sae) {}
