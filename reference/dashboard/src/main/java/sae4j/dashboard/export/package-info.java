/// Dashboards in the formats of other tools, as their importers read them.
@NullMarked
package sae4j.dashboard.export;

import org.jspecify.annotations.NullMarked;
