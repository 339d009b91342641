// Numbers and tokens as text, and elements of the page.
'use strict';
SAE.format = (function () {
  const whole = new Intl.NumberFormat('en');

  function count(value) {
    return whole.format(value);
  }

  function number(value) {
    if (value === null) return '–';
    const size = Math.abs(value);
    if (size === 0) return '0';
    if (size >= 100) return whole.format(Math.round(value));
    return size >= 0.01 ? value.toFixed(size >= 10 ? 1 : 2) : value.toPrecision(1);
  }

  function signed(value) {
    return (value < 0 ? '−' : '+') + number(Math.abs(value));
  }

  function percent(fraction) {
    if (fraction === 0) return '0 %';
    const percents = 100 * fraction;
    return (percents >= 10 ? percents.toFixed(0) : percents >= 0.01 ? percents.toPrecision(2)
      : percents.toPrecision(1)) + ' %';
  }

  // A token in a line of text: line breaks become visible, runs of blanks become one.
  function line(token) {
    return token.replace(/\r/g, '').replace(/\n[ \t]*/g, '⏎').replace(/[ \t]{2,}/g, ' ')
      .replace(/\t/g, ' ');
  }

  // A token by itself, as on a chip, where blanks are visible too.
  function chip(token) {
    return token.replace(/\r/g, '').replace(/\n/g, '⏎').replace(/\t/g, '⇥').replace(/ {3,}/g, run => `␣×${run.length}`)
      .replace(/^ |(?<=⏎) | $/g, '␣');
  }

  // An element: attributes by name ("class", "href", on…), then its children.
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
    }
    made.append(...children.flat(2).filter(child => child !== null && child !== undefined));
    return made;
  }

  // A name, and how well it was confirmed on held-out text.
  function named([name, quality]) {
    return [element('span', { class: 'name', title: name }, name),
      quality === '' ? null : element('span', { class: 'quality' }, quality)];
  }

  // What a feature is about: its name, or the tokens it peaks on.
  function about(all, feature) {
    const name = all.names[feature];
    const chips = all.peaks[feature].map(token =>
      element('code', { class: 'chip' }, chip(all.texts[token])));
    if (name) {
      return [...named(name), ...chips];
    }
    return chips.length ? chips : [element('span', { class: 'quiet' }, 'never active')];
  }

  // The same as plain text, for titles and screen readers.
  function spoken(all, feature) {
    return all.names[feature] ? all.names[feature][0]
      : all.peaks[feature].map(token => chip(all.texts[token])).join('  ');
  }

  return { count, number, signed, percent, line, chip, element, named, about, spoken };
})();
