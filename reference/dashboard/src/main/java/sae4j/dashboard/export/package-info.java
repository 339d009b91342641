/// Dashboards in the layouts of other tools, written from what their importers read.
@NullMarked
package sae4j.dashboard.export;

import org.jspecify.annotations.NullMarked;
