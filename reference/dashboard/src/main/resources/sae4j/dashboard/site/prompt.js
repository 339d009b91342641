// A text, and which features are active on each of its tokens. Some texts come with the site;
// `sae serve` reads any other.
'use strict';
SAE.prompt = (function () {
  const { element, count, number } = SAE.format;
  const SHOWN_FEATURES = 24;
  const TYPED = 'typed';
  let cells = [];
  let state = { token: null, feature: null };
  let reading = null;
  let whole = false;
  let draft = '';

  // Every feature that is active in this text, with its strongest activation here as a fraction of its
  // strongest anywhere. Codes may be below 0: strength is magnitude.
  function overall(all, active) {
    const strongest = new Map();
    for (const features of active) {
      for (let i = 0; i < features.length; i += 2) {
        const known = strongest.get(features[i]) ?? 0;
        if (Math.abs(features[i + 1]) > Math.abs(known)) strongest.set(features[i], features[i + 1]);
      }
    }
    return rank(all, [...strongest]);
  }

  function rank(all, features) {
    return features.map(([f, value]) => ({ f, value, part: Math.abs(value) / strength(all, f, [value]) }))
      .sort((a, b) => b.part - a.part || a.f - b.f);
  }

  function strength(all, f, values) {
    return Math.max(Math.abs(all.max[f]), ...values.map(Math.abs));
  }

  function at(all, active, token) {
    const features = [];
    for (let i = 0; i < active[token].length; i += 2) features.push([active[token][i], active[token][i + 1]]);
    return rank(all, features).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  }

  function value(features, feature) {
    for (let i = 0; i < features.length; i += 2) if (features[i] === feature) return features[i + 1];
    return 0;
  }

  function paint(all) {
    const { feature, token } = state;
    const most = feature === null ? 0
      : strength(all, feature, reading.active.map(features => value(features, feature)));
    cells.forEach((cell, index) => {
      SAE.tokens.paint(cell, feature === null ? 0 : value(reading.active[index], feature), most);
      cell.classList.toggle('chosen', index === token);
      cell.setAttribute('aria-pressed', String(index === token));
      cell.tabIndex = index === (token ?? 0) ? 0 : -1;
    });
  }

  function list(all, side) {
    const found = state.token === null ? overall(all, reading.active) : at(all, reading.active, state.token);
    const shown = whole ? found : found.slice(0, SHOWN_FEATURES);
    const left = found.length - shown.length;
    const title = state.token === null ? 'In this text'
      : ['On ', element('code', { class: 'chip' }, SAE.format.chip(reading.tokens[state.token]))];
    side.replaceChildren(
      element('h2', {}, title),
      element('p', { class: 'note' }, state.token === null
        ? 'The features closest to their strongest activation. Choose a feature to see where it is active, or a token to see its features.'
        : `${kept(found.length)}, strongest first; the bar shows the fraction of the feature’s strongest activation.`),
      shown.length === 0 ? element('p', { class: 'quiet' }, 'No feature is active here, or the SAE does not read this token.')
        : element('ul', { class: 'bars links' }, shown.map(each => element('li', {
          class: each.f === state.feature ? 'chosen' : null },
        element('button', {
          type: 'button', 'aria-pressed': String(each.f === state.feature), 'data-feature': each.f,
          onclick: () => { choose(all, side, { feature: each.f }); side.querySelector('[aria-pressed=true]').focus(); },
        }, element('span', { class: 'about' }, SAE.format.about(all, each.f))),
        element('a', { class: 'id', href: '#/feature/' + each.f, 'aria-label': `Open feature ${each.f}` }, String(each.f)),
        element('span', { class: 'value' }, number(each.value)),
        element('span', { class: 'meter', 'aria-hidden': 'true' },
          element('span', { style: `width:${(100 * each.part).toFixed(1)}%` }))))),
      left === 0 ? '' : element('button', {
        type: 'button', class: 'button more',
        onclick: () => { whole = true; list(all, side); side.querySelectorAll('li button')[SHOWN_FEATURES].focus(); },
      }, `Show ${count(left)} more`));
    return found;
  }

  // Of a token, only so many features are kept.
  function kept(features) {
    return state.token !== null && features === reading.kept ? `The strongest ${count(features)} features`
      : `${count(features)} ${features === 1 ? 'feature' : 'features'}`;
  }

  function choose(all, side, change) {
    if (change.token !== undefined) whole = false;
    Object.assign(state, change);
    const found = list(all, side);
    if (change.token !== undefined && found.length && !found.some(each => each.f === state.feature)) {
      state.feature = found[0].f;
      list(all, side);
    }
    paint(all);
  }

  function read(all, text, side, next) {
    reading = next;
    whole = false;
    cells = next.tokens.map((token, index) => element('span', {
      class: 'token', role: 'button',
      onclick: () => choose(all, side, { token: state.token === index ? null : index }),
      onkeydown: event => {
        if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); cells[index].click(); }
      },
    }, token === '' ? '·' : token));
    text.replaceChildren(...cells);
    state = { token: null, feature: null };
    const found = overall(all, next.active);
    choose(all, side, { feature: found.length ? found[0].f : null });
  }

  function typed(all, text, side, status, pick) {
    const area = element('textarea', {
      id: 'typed', rows: 4, spellcheck: 'false', 'aria-label': 'Text to read',
      placeholder: 'Type or paste text; Ctrl + Enter reads it.',
      oninput: () => { draft = area.value; },
      onkeydown: event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
      },
    });
    area.value = draft;
    async function send() {
      if (area.value === '') {
        status.textContent = 'There is no text yet.';
        return;
      }
      status.textContent = 'Reading…';
      try {
        const answer = await fetch('prompt', {
          method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: area.value }),
        });
        const body = await answer.json();
        if (!answer.ok) throw new Error(body.error);
        read(all, text, side, body);
        // The text below is no longer the one that was picked.
        pick.querySelector(`[value=${TYPED}]`)?.remove();
        pick.prepend(element('option', { value: TYPED }, 'The text typed above'));
        pick.value = TYPED;
        status.textContent = `${count(body.tokens.length)} tokens` + (body.unread > 0
          ? `; the ${count(body.unread)} behind them do not fit into a context and were not read` : '');
      } catch (failure) {
        status.textContent = failure.message;
      }
    }
    return element('div', { class: 'typed' }, area,
      element('button', { type: 'button', class: 'button', id: 'read', onclick: send }, 'Read'), status);
  }

  async function show(all, main, number) {
    const prompts = all.prompts;
    const live = await SAE.load('live');
    const text = element('pre', { class: 'prompt', 'aria-label': 'Text, token by token' });
    const side = element('aside', { 'aria-label': 'Features' });
    const status = element('p', { class: 'quiet', role: 'status' });
    const pick = element('select', {
      'aria-label': 'Text', id: 'pick',
      onchange: event => {
        if (event.target.value === TYPED) return;
        // After a typed text the address is still that of the text before.
        if (Number(event.target.value) === number) show(all, main, number);
        else location.hash = '#/prompt/' + event.target.value;
      },
    }, prompts.map((prompt, index) => element('option', {
      value: index, selected: index === number ? '' : null }, prompt.title)));
    main.replaceChildren(
      element('div', { class: 'page' },
        element('header', { class: 'heading' }, element('div', {}, element('h1', {}, 'Prompt'),
          element('p', { class: 'lead' }, 'Which features are active on which token.'))),
        live ? typed(all, text, side, status, pick) : null,
        element('div', { class: 'tools' }, pick,
          live ? null : element('p', { class: 'found quiet' }, 'For text of your own: sae serve')),
        element('div', { class: 'columns' }, element('div', { class: 'text' }, text), side)));
    read(all, text, side, prompts[number]);
  }

  function key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || cells.length === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(cells.length - 1, state.token === null ? 0 : state.token + step));
    if (next !== state.token) cells[next].click();
    cells[next].focus();
  }

  return { show, key };
})();
