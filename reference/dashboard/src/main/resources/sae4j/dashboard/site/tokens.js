// Text with activations: a line with its strongest token at a fixed position, the whole excerpt when
// opened, and the value of the token under the pointer.
'use strict';
SAE.tokens = (function () {
  const { element, line, number, percent } = SAE.format;

  // A token whose background says how active the feature is, from 0 to 1 of `max`. Codes may be below
  // 0: the background shows their magnitude, the tip their sign.
  function token(text, value, max, attributes) {
    const made = element('span', { class: 'token', ...attributes }, text);
    paint(made, value, max);
    return made;
  }

  function paint(made, value, max) {
    const strength = max > 0 ? Math.min(1, Math.abs(value) / max) : 0;
    made.classList.toggle('lit', strength > 0);
    if (strength > 0) {
      // The weakest activation must still be seen.
      made.style.setProperty('--strength', (0.12 + 0.88 * strength).toFixed(3));
      made.dataset.tip = `${number(value)} · ${percent(strength)} of its largest`;
    } else {
      made.style.removeProperty('--strength');
      delete made.dataset.tip;
    }
  }

  // [document, peak, tokens, offset, value, offset, value …] → texts and values.
  function open(all, [document, peak, tokens, sparse]) {
    const values = new Array(tokens.length).fill(0);
    for (let i = 0; i < sparse.length; i += 2) values[sparse[i]] = sparse[i + 1];
    return { document, peak, texts: tokens.map(each => all.texts[each]), values };
  }

  function sequence(all, packed, max) {
    const { document, peak, texts, values } = open(all, packed);
    const shown = index => token(line(texts[index]), values[index], max,
      index === peak ? { class: 'token peak' } : {});
    const before = element('span', { class: 'before' },
      element('span', {}, texts.slice(0, peak).map((_, index) => shown(index))));
    const after = element('span', { class: 'after' },
      texts.slice(peak).map((_, index) => shown(peak + index)));
    const details = element('details', { class: 'sequence' },
      element('summary', {}, element('span', { class: 'value' }, number(values[peak])), before, after));
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) {
        details.append(whole(all.documents[document], peak, texts, values, max));
      }
    });
    return details;
  }

  function whole(name, peak, texts, values, max) {
    return element('div', { class: 'whole' },
      element('pre', {}, texts.map((text, index) => token(text, values[index], max, {
        class: index === peak ? 'token peak' : 'token', tabindex: values[index] !== 0 ? 0 : null,
      }))),
      element('p', { class: 'quiet' }, name));
  }

  // One tooltip for everything with data-tip, by pointer and by focus.
  function tips(tip) {
    let from = null;
    function show(event) {
      const target = event.target.closest ? event.target.closest('[data-tip]') : null;
      if (target === from && target !== null) return;
      from = target;
      tip.hidden = target === null;
      if (target === null) return;
      tip.textContent = target.dataset.tip;
      const box = target.getBoundingClientRect();
      const half = tip.offsetWidth / 2;
      const middle = Math.max(half + 8, Math.min(innerWidth - half - 8, box.left + box.width / 2));
      tip.style.left = `${middle - half}px`;
      tip.style.top = box.top > tip.offsetHeight + 12
        ? `${box.top - tip.offsetHeight - 6}px` : `${box.bottom + 6}px`;
    }
    function hide() {
      from = null;
      tip.hidden = true;
    }
    document.addEventListener('pointerover', show);
    document.addEventListener('focusin', show);
    document.addEventListener('focusout', hide);
    document.addEventListener('scroll', hide, { passive: true });
  }

  return { token, paint, sequence, tips };
})();
