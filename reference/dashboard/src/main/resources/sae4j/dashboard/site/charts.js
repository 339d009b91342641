// Histograms as SVG. Heights are square roots of counts, because strong activations are rare and
// are what the reader looks for.
'use strict';
SAE.charts = (function () {
  const { element, count, number } = SAE.format;
  const WIDTH = 300;
  const SVG = 'http://www.w3.org/2000/svg';

  function svg(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  // bins: [from, to, counts]; options: height, label, mark (a value to draw a line at),
  // tick (value → text), describe (from, to, count → text of the tooltip).
  function histogram(bins, options) {
    const [from, to, counts] = bins;
    const height = options.height || 96;
    const most = Math.max(1, ...counts);
    const tick = options.tick || number;
    const width = WIDTH / counts.length;
    const chart = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${height}`, class: 'histogram', role: 'img',
      'aria-label': options.label, preserveAspectRatio: 'none',
    });
    counts.forEach((many, bin) => {
      const low = from + (to - from) * bin / counts.length;
      const high = from + (to - from) * (bin + 1) / counts.length;
      const tall = many === 0 ? 0 : Math.max(1.5, Math.sqrt(many / most) * (height - 4));
      chart.append(svg('rect', {
        x: bin * width, y: 0, width, height, class: 'hit',
        'data-tip': options.describe ? options.describe(low, high, many)
          : `${number(low)} to ${number(high)}: ${count(many)}`,
      }));
      chart.append(svg('rect', {
        x: bin * width + width * 0.08, y: height - tall, width: width * 0.84, height: tall,
        class: options.tone ? options.tone(low, high) : 'barred',
      }));
    });
    if (options.mark !== undefined && from < options.mark && options.mark < to) {
      const x = (options.mark - from) / (to - from) * WIDTH;
      chart.append(svg('line', { x1: x, x2: x, y1: 0, y2: height, class: 'zero' }));
    }
    const ticks = options.ticks || [from, (from + to) / 2, to];
    return element('figure', { class: 'chart' }, chart,
      element('div', { class: 'ticks', 'aria-hidden': 'true' },
        ticks.map(value => element('span', {}, tick(value)))));
  }

  return { histogram };
})();
