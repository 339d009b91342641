// The part of the address after # says what is shown: the list, a feature or a prompt.
'use strict';
SAE.app = (function () {
  const main = document.getElementById('main');
  const keys = document.getElementById('keys');
  const themes = document.getElementById('theme');
  let all = null;
  let view = { name: 'index' };

  function route() {
    const [, name, number] = location.hash.split('/');
    if (name === undefined || name === '') return { name: 'index' };
    if (name === 'prompt' && number === undefined) return { name, number: 0 };
    const there = { feature: all.density.length, prompt: all.prompts.length }[name];
    return /^\d+$/.test(number) && Number(number) < there ? { name, number: Number(number) }
      : { name: 'missing', asked: name, number, there };
  }

  // An address that leads nowhere says so, and says what there is.
  function missing({ asked, number, there }) {
    const { element, count } = SAE.format;
    const [what, link] = { feature: ['feature', '#/'], prompt: ['text', '#/prompt'] }[asked] || ['page', '#/'];
    const range = there === undefined || there === 0 ? '' : ` They are numbered from 0 to ${count(there - 1)}.`;
    main.replaceChildren(element('h1', {}, `There is no ${what} ${decodeURIComponent(number ?? asked)}`),
      element('p', { class: 'lead' }, `This SAE has ${count(all.density.length)} features, and this page ${count(all.prompts.length)} texts.${range}`),
      element('p', { class: 'lead' }, element('a', { class: 'button', href: link },
        asked === 'prompt' ? 'All texts' : 'All features')));
  }

  async function show() {
    const before = view;
    view = route();
    const title = { feature: `Feature ${view.number}`, prompt: 'Prompt', missing: 'Not here' }[view.name] || 'Features';
    document.title = `${title} · ${all.title}`;
    for (const link of document.querySelectorAll('[data-view]')) {
      const current = link.dataset.view === (view.name === 'feature' ? 'index' : view.name);
      if (current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    document.getElementById('tip').hidden = true;
    if (view.name === 'index') {
      SAE.index.show(all, main);
    } else if (view.name === 'missing') {
      missing(view);
      scrollTo(0, 0);
    } else {
      await (view.name === 'feature' ? SAE.page.show(all, main, view.number) : SAE.prompt.show(all, main, view.number));
      scrollTo(0, 0);
    }
    if (before.name !== view.name) main.focus({ preventScroll: true });
    main.dataset.shown = location.hash || '#/';
  }

  function fail(failure) {
    const line = document.createElement('p');
    line.className = 'lead';
    line.textContent = 'This page could not be shown: ' + failure.message;
    main.replaceChildren(line);
  }

  function dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  }

  function theme(change) {
    if (change) {
      document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
      try { localStorage.setItem('sae4j.theme', document.documentElement.dataset.theme); } catch (refused) { /* not kept */ }
    }
    themes.textContent = dark() ? 'Light' : 'Dark';
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const search = document.getElementById('search');
    if (event.key === '?') keys.showModal();
    else if (event.key === 't') theme(true);
    else if (event.key === 'p') location.hash = '#/prompt';
    else if (event.key === 'Escape' && view.name !== 'index') location.hash = '#/';
    else if (event.key === '/') {
      event.preventDefault();
      if (search) search.focus();
      else { location.hash = '#/'; addEventListener('hashchange', () => setTimeout(() => document.getElementById('search').focus()), { once: true }); }
    } else if (view.name === 'index') SAE.index.key(all, event);
    else if (view.name === 'feature') SAE.page.key(all, view.number, event);
    else if (view.name === 'prompt') SAE.prompt.key(event);
  }

  async function start() {
    try { document.documentElement.dataset.theme = localStorage.getItem('sae4j.theme') || ''; } catch (refused) { /* the system decides */ }
    if (!document.documentElement.dataset.theme) delete document.documentElement.dataset.theme;
    theme(false);
    themes.addEventListener('click', () => theme(true));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => theme(false));
    document.getElementById('keys-button').addEventListener('click', () => keys.showModal());
    SAE.tokens.tips(document.getElementById('tip'));
    const [index, texts, documents, prompts] = await Promise.all(['index', 'tokens', 'documents', 'prompts'].map(SAE.load));
    all = { ...index, texts, documents, prompts };
    document.getElementById('title').textContent = all.title;
    addEventListener('hashchange', () => show().catch(fail));
    document.addEventListener('keydown', key);
    await show();
  }

  start().catch(fail);
  return {};
})();
