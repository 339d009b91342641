// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
// Matrices, bars and graphs as elements of the page.
'use strict';
const pictures = (function () {
  const CELL = { width: 34, height: 26 };
  const SVG = 'http://www.w3.org/2000/svg';

  function element(name, attributes = {}, ...children) {
    const made = name.startsWith('svg:')
      ? document.createElementNS(SVG, name.slice(4))
      : document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => {
      if (value !== undefined && value !== false) made.setAttribute(key, value);
    });
    made.append(...children);
    return made;
  }

  // With a true minus, and none before zeros; 0 alone is exactly 0.
  const number = (value, digits = 2) =>
    value === 0
      ? '0'
      : value
          .toFixed(digits)
          .replace(/^-(?=[0.]*$)/, '')
          .replace('-', '−');
  const whole = new Intl.NumberFormat('en');
  const count = value => whole.format(value);
  const percent = fraction => number(100 * fraction, 1) + ' %';

  // --------------------------------------------------------------------- matrices

  function colour(value, extent) {
    const strength = Math.min(1, Math.abs(value) / extent) * 0.5;
    return `rgba(var(--${value < 0 ? 'negative' : 'positive'}), ${strength.toFixed(3)})`;
  }

  // name: of the Java variable; key: what it lights up with; features: the axis along which the
  // features stand; boxes: features that are framed, by their kind; names: of the rows.
  function matrix(m, { name, key, features, boxes = {}, names = [], extent = 1, digits = 2 }) {
    const wide = m.columns * CELL.width;
    const high = m.rows * CELL.height;
    const beside = names.length ? 8 + 6.6 * Math.max(...names.map(each => each.length)) : 0;
    const shape = `${m.rows}×${m.columns}`;
    const svg = element('svg:svg', {
      width: wide + beside + 2,
      height: high + 2,
      viewBox: `-1 -1 ${wide + beside + 2} ${high + 2}`,
      role: 'img',
      'aria-label': `${name}, ${shape}: ${Array.from(m.values, v => number(v)).join(', ')}`,
    });
    for (let i = 0; i < m.rows; i++) {
      for (let j = 0; j < m.columns; j++) {
        const value = port.value(m, i, j);
        const feature = features === 'columns' ? j : features === 'rows' ? i : undefined;
        svg.append(
          element(
            'svg:g',
            { class: value === 0 ? 'cell zero' : 'cell', 'data-f': feature },
            element('svg:title', {}, `${name}[${i}, ${j}] = ${number(value, 4)}`),
            element('svg:rect', {
              x: j * CELL.width,
              y: i * CELL.height,
              width: CELL.width,
              height: CELL.height,
              style: `fill: ${colour(value, extent)}`,
            }),
            element(
              'svg:text',
              {
                x: (j + 0.5) * CELL.width,
                y: (i + 0.5) * CELL.height + 4,
                'text-anchor': 'middle',
              },
              number(value, digits),
            ),
          ),
        );
      }
      if (names.length) {
        svg.append(
          element(
            'svg:text',
            { class: 'quiet', x: wide + 8, y: (i + 0.5) * CELL.height + 4 },
            names[i],
          ),
        );
      }
    }
    Object.entries(boxes).forEach(([kind, feature]) => {
      if (feature === undefined) return;
      const isColumn = features === 'columns';
      svg.append(
        element('svg:rect', {
          class: `box ${kind}`,
          x: isColumn ? feature * CELL.width : 0,
          y: isColumn ? 0 : feature * CELL.height,
          width: isColumn ? CELL.width : wide,
          height: isColumn ? high : CELL.height,
        }),
      );
    });
    return element(
      'div',
      { class: 'matrix', 'data-v': key },
      element('button', { type: 'button', 'data-v': key }, `${name} ${shape}`),
      svg,
    );
  }

  const operator = text => element('span', { class: 'operator', 'aria-hidden': 'true' }, text);
  const equation = (...parts) => element('div', { class: 'equation' }, ...parts);
  const says = text => element('p', { class: 'says' }, text);

  // ------------------------------------------------------------------------- bars

  const meter = fraction =>
    element(
      'div',
      { class: 'meter' },
      element('span', {
        style: `width: ${(100 * Math.max(0, Math.min(1, fraction))).toFixed(1)}%`,
      }),
    );

  // rows: [name, value, …]; the largest value is as wide as its column.
  function bars(rows, { heads = [], most } = {}) {
    const largest = most ?? Math.max(...rows.flatMap(row => row.slice(1)), 1e-9);
    const grid = element('div', { class: rows[0].length > 2 ? 'grid two' : 'grid' });
    if (heads.length) {
      grid.append(element('span'));
      heads.forEach(head => grid.append(element('span', { class: 'head' }, head), element('span')));
    }
    rows.forEach(([name, ...values]) => {
      const moved = values.length > 1 && Math.abs(values[1] - values[0]) > 0.2;
      grid.append(element('span', { class: moved && 'changed' }, name));
      values.forEach(value =>
        grid.append(meter(value / largest), element('span', {}, number(value))),
      );
    });
    return grid;
  }

  // ----------------------------------------------------------------------- graphs

  const ink = [
    'var(--accent)',
    'rgb(var(--negative))',
    'var(--green)',
    'var(--red)',
    'var(--quiet)',
  ];

  // series: {name, points: [{x, y, says}]}; mine: the reader's own point.
  function graph({ width, height, xs, ys, x, y, logarithmic, series, mine, hollow }) {
    const [left, bottom, top, right] = [46, 40, 28, 14];
    const along = value => (logarithmic ? Math.log2(value) : value);
    const [x0, x1] = [along(xs[0]), along(xs.at(-1))];
    const atX = value => left + ((width - left - right) * (along(value) - x0)) / (x1 - x0);
    const atY = value =>
      height - bottom - ((height - bottom - top) * (value - ys[0])) / (ys.at(-1) - ys[0]);
    const svg = element('svg:svg', {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      style: `max-width: ${Math.round(width)}px`,
      'aria-label':
        `${y} against ${x}: ` +
        series
          .map(
            one =>
              one.name +
              ' ' +
              one.points.map(point => `${number(point.x, 1)} → ${number(point.y)}`).join(', '),
          )
          .join('; '),
    });
    ys.forEach(value =>
      svg.append(
        element('svg:line', {
          class: 'axis',
          x1: left,
          x2: width - right,
          y1: atY(value),
          y2: atY(value),
        }),
        element(
          'svg:text',
          { class: 'quiet', x: left - 8, y: atY(value) + 4, 'text-anchor': 'end' },
          `${value}`,
        ),
      ),
    );
    xs.forEach(value =>
      svg.append(
        element(
          'svg:text',
          { class: 'quiet', x: atX(value), y: height - bottom + 18, 'text-anchor': 'middle' },
          `${value}`,
        ),
      ),
    );
    svg.append(
      element(
        'svg:text',
        { class: 'quiet', x: (left + width - right) / 2, y: height - 4, 'text-anchor': 'middle' },
        x,
      ),
      element('svg:text', { class: 'quiet', x: left, y: 12 }, y),
    );
    series.forEach(({ points }, index) => {
      const group = element('svg:g', { class: 'series', style: `stroke: ${ink[index]}` });
      group.append(
        element('svg:path', {
          d: points
            .map((p, i) => `${i ? 'L' : 'M'}${atX(p.x).toFixed(1)} ${atY(p.y).toFixed(1)}`)
            .join(''),
        }),
      );
      points.forEach(point =>
        group.append(
          element(
            'svg:circle',
            {
              cx: atX(point.x),
              cy: atY(point.y),
              r: 4,
              style: `fill: ${hollow ? 'var(--paper)' : ink[index]}`,
              'stroke-width': 1.75,
            },
            element('svg:title', {}, point.says),
          ),
        ),
      );
      svg.append(group);
    });
    if (mine) {
      svg.append(
        element(
          'svg:circle',
          { class: 'mine', cx: atX(mine.x), cy: atY(Math.max(ys[0], mine.y)), r: 7 },
          element('svg:title', {}, mine.says),
        ),
      );
    }
    return svg;
  }

  const legend = names =>
    element(
      'div',
      { class: 'legend' },
      ...names.map((name, i) => element('span', { style: `--swatch: ${ink[i]}` }, name)),
    );

  // Concepts against features: dark where they point the same way.
  function heat(rows, columns, at, names) {
    const cell = 17;
    const beside = 8 + 6.6 * Math.max(...names.map(name => name.length));
    const svg = element('svg:svg', {
      width: columns * cell + beside,
      height: rows * cell,
      role: 'img',
      viewBox: `0 0 ${columns * cell + beside} ${rows * cell}`,
      style: 'max-width: 100%; height: auto',
      'aria-label': 'cosines of concepts and decoder vectors',
    });
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        svg.append(
          element(
            'svg:g',
            { class: 'cell' },
            element('svg:title', {}, `${names[i]}, feature ${j}: cosine ${number(at(i, j))}`),
            element('svg:rect', {
              x: j * cell,
              y: i * cell,
              width: cell,
              height: cell,
              style: `fill: rgba(var(--positive), ${Math.max(0, at(i, j) ** 3).toFixed(3)})`,
            }),
          ),
        );
      }
      svg.append(
        element(
          'svg:text',
          { class: 'quiet', x: columns * cell + 8, y: (i + 0.5) * cell + 4 },
          names[i],
        ),
      );
    }
    return svg;
  }

  function curve(values, { width, height, most }) {
    const at = (value, i) =>
      `${((width * i) / Math.max(1, values.length - 1)).toFixed(1)} ${(height - height * Math.min(1, value / most)).toFixed(1)}`;
    return element(
      'svg:svg',
      {
        class: 'chart',
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        style: `max-width: ${width}px`,
        'aria-label': `the loss falls from ${number(values[0])} to ${number(values.at(-1), 3)}`,
      },
      element('svg:line', { class: 'axis', x1: 0, x2: width, y1: height, y2: height }),
      element(
        'svg:g',
        { class: 'series', style: 'stroke: var(--accent)' },
        element('svg:path', {
          d: values.map((value, i) => (i ? 'L' : 'M') + at(value, i)).join(''),
        }),
      ),
    );
  }

  return {
    element,
    number,
    count,
    percent,
    matrix,
    operator,
    equation,
    says,
    meter,
    bars,
    graph,
    legend,
    heat,
    curve,
  };
})();
