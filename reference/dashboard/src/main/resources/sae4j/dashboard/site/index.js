// The list of features: of ten thousand rows, only the visible ones exist.
'use strict';
SAE.index = (function () {
  const { element, count, number, percent, about, spoken } = SAE.format;
  const ROW = 46;
  const DENSE = 0.1;
  const SPARE_ROWS = 12;
  const COLUMNS = [
    { key: 'feature', title: 'Feature', value: (all, f) => f, first: 1 },
    { key: 'about', title: 'Active on', value: (all, f) => (all.names[f] ? '0' : '1') + spoken(all, f).toLowerCase(), first: 1 },
    { key: 'density', title: 'Density', value: (all, f) => all.density[f], first: -1 },
    { key: 'max', title: 'Largest', value: (all, f) => all.max[f], first: -1 },
    { key: 'cosine', title: 'Cosine', tip: 'of encoder and decoder vector', value: (all, f) => all.cosine[f] ?? -2, first: -1 },
  ];
  const FILTERS = {
    all: ['All features', () => true],
    alive: ['Alive', (all, f) => all.density[f] > 0],
    dead: ['Dead: never active', (all, f) => all.density[f] === 0],
    dense: ['Dense: on over 10 %', (all, f) => all.density[f] > DENSE],
    named: ['With a name', (all, f) => all.names[f] !== undefined],
  };
  // Kept while other views are shown, so that the list looks the same afterwards.
  const state = { query: '', filter: 'alive', sort: null, direction: -1, chosen: 0, top: 0 };
  let order = [];
  let rows = null;
  let shown = { first: -1, last: -1 };
  let following = false;
  // Whether the query is only found beside what the features are active on.
  let beside = false;

  // A feature is found by number, name, peak token, or a word of its strongest text that it is
  // active on. Words come in a script of their own, when somebody searches for the first time.
  function finder(all, query) {
    const tokens = new Set([...all.texts.keys()].filter(token => all.texts[token].toLowerCase().includes(query)));
    const among = wordsLike(all, query);
    return feature => String(feature) === query
      || (all.names[feature] && all.names[feature][0].toLowerCase().includes(query))
      || all.peaks[feature].some(token => tokens.has(token))
      || among('on', feature);
  }

  function wordsLike(all, query) {
    if (!all.words) return () => false;
    const numbers = new Set([...all.words.words.keys()].filter(word => all.words.words[word].includes(query)));
    return (list, feature) => (all.words[list][feature] || []).some(word => numbers.has(word));
  }

  function arrange(all) {
    if (state.sort === null) {
      const named = Object.keys(all.names).length > 0;
      state.sort = named ? 'about' : 'max';
      state.direction = named ? 1 : -1;
    }
    const column = COLUMNS.find(each => each.key === state.sort);
    const [, fits] = FILTERS[state.filter];
    const query = state.query.trim().toLowerCase();
    const every = [...all.density.keys()].filter(f => fits(all, f));
    order = query === '' ? every : every.filter(finder(all, query));
    beside = false;
    if (order.length === 0 && query !== '') {
      const among = wordsLike(all, query);
      order = every.filter(f => among('beside', f));
      beside = order.length > 0;
    }
    const keys = new Map(order.map(f => [f, column.value(all, f)]));
    order.sort((a, b) => {
      const x = keys.get(a);
      const y = keys.get(b);
      return x === y ? a - b : (x < y ? -1 : 1) * state.direction;
    });
    state.chosen = Math.max(0, Math.min(state.chosen, order.length - 1));
  }

  function row(all, place) {
    const f = order[place];
    const density = all.density[f];
    const flags = [];
    if (density === 0) flags.push(element('span', { class: 'flag' }, 'dead'));
    if (density > DENSE) flags.push(element('span', { class: 'flag' }, 'dense'));
    const filled = density === 0 ? 0 : Math.max(0, 1 + Math.log10(density) / 5);
    return element('div', {
      role: 'row', class: place === state.chosen ? 'row chosen' : 'row',
      style: `top:${place * ROW}px`, 'aria-rowindex': place + 2,
    },
    element('span', { role: 'cell', class: 'feature' },
      element('a', { href: '#/feature/' + f, tabindex: place === state.chosen ? 0 : -1 }, String(f))),
    element('span', { role: 'cell', class: 'about' }, about(all, f), flags),
    element('span', { role: 'cell', class: 'sample', 'aria-hidden': 'true' }, sample(all, f)),
    element('span', { role: 'cell', class: 'density' },
      element('span', { class: 'meter', 'aria-hidden': 'true' },
        element('span', { style: `width:${(100 * filled).toFixed(1)}%` })),
      element('span', {}, percent(density))),
    element('span', { role: 'cell', class: 'max' }, number(all.max[f])),
    element('span', { role: 'cell', class: 'cosine' }, all.cosine[f] === null ? '–' : all.cosine[f].toFixed(2)));
  }

  // The feature's strongest sequence in short: [peak, tokens].
  function sample(all, feature) {
    if (!all.samples[feature]) return [];
    const [peak, tokens] = all.samples[feature];
    const texts = tokens.map(token => SAE.format.line(all.texts[token]));
    return [element('span', { class: 'before' }, element('span', {}, texts.slice(0, peak).join(''))),
      element('span', { class: 'after' }, element('mark', {}, texts[peak]), texts.slice(peak + 1).join(''))];
  }

  function draw(all, anew) {
    if (!rows || !rows.isConnected) return;
    const above = Math.max(0, -rows.getBoundingClientRect().top);
    const first = Math.max(0, Math.floor(above / ROW) - SPARE_ROWS);
    const last = Math.min(order.length, Math.ceil((above + innerHeight) / ROW) + SPARE_ROWS);
    if (!anew && first === shown.first && last === shown.last) return;
    const focused = rows.contains(document.activeElement);
    shown = { first, last };
    rows.style.height = `${order.length * ROW}px`;
    const made = [];
    for (let place = first; place < last; place++) made.push(row(all, place));
    rows.replaceChildren(...made);
    if (focused) focusChosen();
  }

  function focusChosen() {
    const chosen = rows.querySelector('.chosen a');
    if (chosen) chosen.focus({ preventScroll: true });
  }

  function choose(all, place) {
    if (order.length === 0) return;
    state.chosen = Math.max(0, Math.min(order.length - 1, place));
    const top = rows.getBoundingClientRect().top + state.chosen * ROW;
    const header = 110;
    if (top < header) scrollBy(0, top - header);
    if (top + ROW > innerHeight - 8) scrollBy(0, top + ROW - innerHeight + 8);
    draw(all, true);
    focusChosen();
  }

  function headers(all, changed) {
    const made = COLUMNS.map(column => {
      const sorted = state.sort === column.key;
      return element('span', {
        role: 'columnheader', class: column.key,
        'aria-sort': sorted ? (state.direction > 0 ? 'ascending' : 'descending') : 'none',
        'data-tip': column.tip || null,
      }, element('button', {
        type: 'button', 'data-sort': column.key,
        onclick: () => {
          state.direction = sorted ? -state.direction : column.first;
          state.sort = column.key;
          changed();
          document.querySelector(`[data-sort="${column.key}"]`).focus();
        },
      }, column.title, element('span', { class: 'arrow', 'aria-hidden': 'true' },
        sorted ? (state.direction > 0 ? '↑' : '↓') : '')));
    });
    made.splice(2, 0, element('span', { role: 'columnheader', class: 'sample' }, 'Strongest'));
    return made;
  }

  function densities(all) {
    const counts = new Array(24).fill(0);
    for (const density of all.density) {
      if (density > 0) counts[Math.max(0, Math.min(23, Math.floor((Math.log10(density) + 6) * 4)))]++;
    }
    const power = exponent => `${+(100 * Math.pow(10, exponent)).toPrecision(2)} %`;
    return SAE.charts.histogram([-6, 0, counts], {
      height: 84, label: 'Number of features by density, on a logarithmic scale',
      ticks: [-6, -4, -2, 0], tick: power, tone: low => low >= Math.log10(DENSE) ? 'barred quiet-bar' : 'barred',
      describe: (low, high, many) => `${power(low)} to ${power(high)} of tokens: ${count(many)} features`,
    });
  }

  // Rows are made and removed as the page scrolls.
  function follow(all) {
    if (following) return;
    following = true;
    addEventListener('scroll', () => {
      if (rows.isConnected) state.top = scrollY;
      draw(all, false);
    }, { passive: true });
    addEventListener('resize', () => draw(all, false));
  }

  function show(all, main) {
    arrange(all);
    const dead = all.density.filter(density => density === 0).length;
    const dense = all.density.filter(density => density > DENSE).length;
    const header = element('div', { class: 'row header', role: 'row' });
    const found = element('p', { class: 'found quiet', role: 'status' });
    rows = element('div', { class: 'rows', role: 'rowgroup' });
    const changed = () => {
      arrange(all);
      header.replaceChildren(...headers(all, changed));
      found.textContent = order.length === 0 ? 'No feature is like that.'
        : beside ? `No feature is active on this; ${count(order.length)} have it in their strongest text`
          : `${count(order.length)} of ${count(all.density.length)} features`;
      table.setAttribute('aria-rowcount', order.length + 1);
      draw(all, true);
    };
    const search = element('input', {
      id: 'search', type: 'search', placeholder: 'Word, name or number', autocomplete: 'off',
      spellcheck: 'false', 'aria-label': 'Search features by word, token, name or number', value: state.query,
      oninput: event => {
        state.query = event.target.value;
        state.chosen = 0;
        changed();
        if (!all.words) SAE.load('words').then(words => { all.words = words; changed(); });
      },
      onkeydown: event => {
        if (event.key === 'Enter' || event.key === 'ArrowDown') { event.preventDefault(); choose(all, 0); }
        if (event.key === 'Escape') { event.stopPropagation(); event.target.blur(); }
      },
    });
    const filter = element('select', {
      'aria-label': 'Which features',
      onchange: event => { state.filter = event.target.value; state.chosen = 0; changed(); },
    }, Object.entries(FILTERS).filter(([key]) => key !== 'named' || Object.keys(all.names).length)
      .map(([key, [title]]) => element('option', { value: key, selected: key === state.filter ? '' : null }, title)));
    const sort = element('select', {
      class: 'narrow', 'aria-label': 'Sort by',
      onchange: event => {
        state.sort = event.target.value;
        state.direction = COLUMNS.find(each => each.key === state.sort).first;
        changed();
      },
    }, COLUMNS.map(column => element('option', {
      value: column.key, selected: column.key === state.sort ? '' : null }, 'By ' + column.title.toLowerCase())));
    const table = element('div', { class: 'table', role: 'table', 'aria-label': 'Features' },
      element('div', { role: 'rowgroup', class: 'sticky' }, header), rows);
    main.replaceChildren(
      element('section', { class: 'overview' },
        element('div', {},
          element('h1', {}, `${count(all.density.length)} features`),
          element('p', { class: 'lead' },
            `A ${all.architecture} SAE at `, element('code', {}, all.hook), ` of ${all.model}, read on `
            + `${count(all.tokens)} tokens of ${count(all.documents.length)} documents.`),
          element('dl', { class: 'facts' },
            fact(all.l0.toFixed(1), 'active per token'), fact(count(dead), 'dead'), fact(count(dense), 'dense'),
            Object.keys(all.names).length ? fact(count(Object.keys(all.names).length), 'named') : null)),
        element('div', {}, element('h2', {}, 'Density'), densities(all))),
      element('div', { class: 'tools' }, search, filter, sort, found), table);
    follow(all);
    changed();
    scrollTo(0, state.top);
    draw(all, true);
  }

  function fact(value, what) {
    return element('div', {}, element('dt', {}, what), element('dd', {}, value));
  }

  function key(all, event) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
    const started = rows.contains(document.activeElement);
    if (step !== undefined) {
      event.preventDefault();
      choose(all, started ? state.chosen + step : state.chosen);
    } else if (event.key === 'Enter' && document.activeElement === document.body && order.length) {
      location.hash = '#/feature/' + order[state.chosen];
    }
  }

  // The feature before or after this one in the order of the list, or by number where the list does
  // not contain this one.
  function position(all, feature, step) {
    if (order.length === 0) arrange(all);
    const place = order.indexOf(feature);
    if (place >= 0) state.chosen = place;
    const next = place < 0 ? feature + step : order[place + step];
    return next === undefined || next < 0 || next >= all.density.length ? null : next;
  }

  return { show, key, position, fact };
})();
