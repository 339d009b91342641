// One feature: how strongly it is active, on which text, its effect on the next token, and similar features.
'use strict';
SAE.page = (function () {
  const { element, count, number, signed, percent, chip, named, about, spoken } = SAE.format;

  function section(title, note, ...content) {
    return element('section', {}, element('h2', {}, title),
      note ? element('p', { class: 'note' }, note) : null, ...content);
  }

  // Rows, each with a label, a bar and a number.
  function bars(entries, most, className) {
    return element('ul', { class: 'bars ' + (className || '') }, entries.map(([label, value, text, tip]) =>
      element('li', { 'data-tip': tip || null }, label,
        element('span', { class: 'value' }, text),
        element('span', { class: 'meter', 'aria-hidden': 'true' },
          element('span', { style: `width:${(100 * Math.min(1, Math.abs(value) / most)).toFixed(1)}%` })))));
  }

  function link(all, feature) {
    return element('a', { href: '#/feature/' + feature, title: `Feature ${feature}: ${spoken(all, feature)}` },
      element('span', { class: 'id' }, String(feature)), element('span', { class: 'about' }, about(all, feature)));
  }

  function logits(all, page) {
    if (!page.positive) return null;
    const most = Math.max(...[...page.positive, ...page.negative].map(([, effect]) => Math.abs(effect)), 1e-9);
    const list = (entries, className) => bars(entries.map(([token, effect]) =>
      [element('code', { class: 'chip' }, chip(all.texts[token])), effect, signed(effect)]), most, className);
    return section('Next token', 'The tokens that the decoder vector makes more and less likely, through the unembedding.',
      element('div', { class: 'two' }, list(page.positive), list(page.negative, 'negative')),
      SAE.charts.histogram(page.logits, {
        height: 56, mark: 0, label: 'Effects on the logits of all tokens', tick: signed,
      }));
  }

  function related(all, page) {
    return [
      section('Nearest', 'By the cosine of decoder vectors.',
        bars(page.nearest.map(([f, cosine]) => [link(all, f), Math.max(0, cosine), cosine.toFixed(2)]), 1, 'links')),
      section('Active together',
        'By correlation of activations. The second number is the share of this feature’s tokens on which the other is active.',
        page.companions.length === 0 ? element('p', { class: 'quiet' }, 'No other feature.')
          : bars(page.companions.map(([f, correlation, together]) => [link(all, f), Math.max(0, correlation),
            `${correlation.toFixed(2)} · ${percent(together)}`,
            `correlation ${correlation.toFixed(2)}; active on ${percent(together)} of this feature’s tokens`]), 1, 'links')),
      section('Neurons', 'The largest components of the decoder vector.',
        bars(page.neurons.slice(0, 5).map(([neuron, weight]) =>
          [element('span', { class: 'id' }, '#' + neuron), weight, signed(weight)]),
        Math.max(...page.neurons.map(([, weight]) => Math.abs(weight)), 1e-9))),
    ];
  }

  function sequences(all, page) {
    if (page.top.length === 0) {
      return [element('p', { class: 'lead' }, 'This feature is not active on any of the tokens.')];
    }
    const list = packed => element('div', { class: 'sequences' },
      packed.map(each => SAE.tokens.sequence(all, each, page.max)));
    return [
      section('Strongest', null, list(page.top)),
      ...page.intervals.filter(([, , , packed]) => packed.length).map(([from, to, share, packed]) =>
        section(`${number(from)} – ${number(to)}`,
          `${percent(share)} of its activations lie here; drawn at random.`, list(packed))),
    ];
  }

  async function show(all, main, feature) {
    const page = await SAE.feature(all, feature);
    const name = all.names[feature];
    const density = all.density[feature];
    const previous = SAE.index.position(all, feature, -1);
    const next = SAE.index.position(all, feature, 1);
    const step = (other, text, label) => element('a', {
      class: 'button', 'aria-label': label, href: other === null ? null : '#/feature/' + other,
      'aria-disabled': other === null ? 'true' : null,
    }, text);
    main.replaceChildren(
      element('article', { class: 'page' },
        element('header', { class: 'heading' },
          element('div', {},
            element('p', { class: 'crumb' }, element('a', { href: '#/' }, 'Features')),
            element('h1', {}, `Feature ${feature}`),
            element('p', { class: 'lead about' },
              name ? named(name) : null,
              all.peaks[feature].map(token => element('code', { class: 'chip' }, chip(all.texts[token]))),
              density === 0 ? element('span', { class: 'flag' }, 'dead') : null,
              density > 0.1 ? element('span', { class: 'flag' }, 'dense') : null)),
          element('div', { class: 'steps' }, step(previous, '←', 'Previous feature'), step(next, '→', 'Next feature'))),
        element('dl', { class: 'facts' },
          SAE.index.fact(percent(density), `of tokens, ${count(page.active)}`),
          SAE.index.fact(number(page.max), 'largest activation'),
          SAE.index.fact(number(page.mean), 'mean when active'),
          SAE.index.fact(all.cosine[feature] === null ? '–' : all.cosine[feature].toFixed(2), 'encoder–decoder cosine'),
          SAE.index.fact(number(page.norm), 'decoder norm')),
        element('div', { class: 'columns' },
          element('div', { class: 'text' }, sequences(all, page)),
          element('aside', { 'aria-label': 'Statistics' },
            page.active ? section('Activations', `On ${count(page.active)} tokens; bar heights are square roots of the counts.`,
              SAE.charts.histogram(page.histogram, { label: 'Histogram of the activations' })) : null,
            logits(all, page), related(all, page)))));
  }

  function key(all, feature, event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, j: 1, k: -1 }[event.key];
    if (step === undefined) return;
    const other = SAE.index.position(all, feature, step);
    if (other !== null) {
      event.preventDefault();
      location.hash = '#/feature/' + other;
    }
  }

  return { show, key, link, bars };
})();
