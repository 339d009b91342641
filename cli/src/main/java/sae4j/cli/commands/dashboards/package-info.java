/// Commands that show features: `sae features` writes a dashboard, `sae serve` lets it read what is
/// typed.
@NullMarked
package sae4j.cli.commands.dashboards;

import org.jspecify.annotations.NullMarked;
