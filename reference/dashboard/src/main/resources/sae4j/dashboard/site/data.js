// Data comes in scripts: a page opened from disk may load those, but read no files.
// Each calls SAE.data(name, value); SAE.load(name) fetches it once and promises the value.
'use strict';
var SAE = (function () {
  const KEPT_FEATURE_SCRIPTS = 16;
  const values = new Map();
  const waiting = new Map();

  function data(name, value) {
    values.set(name, value);
    const scripts = [...values.keys()].filter(key => key.startsWith('features/'));
    if (scripts.length > KEPT_FEATURE_SCRIPTS) {
      values.delete(scripts[0]);
    }
  }

  function load(name) {
    if (values.has(name)) {
      return Promise.resolve(values.get(name));
    }
    if (!waiting.has(name)) {
      waiting.set(name, new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = 'dashboard/data/' + name + '.js';
        script.onload = () => values.has(name)
          ? resolve(values.get(name)) : reject(new Error(name + ' holds something else'));
        script.onerror = () => reject(new Error('dashboard/data/' + name + '.js is missing'));
        document.head.append(script);
      }).finally(() => waiting.delete(name)));
    }
    return waiting.get(name);
  }

  // A feature's page; `all` is the index.
  async function feature(all, number) {
    const script = Math.floor(number / all.perScript);
    const pages = await load('features/' + script);
    return pages[number - script * all.perScript];
  }

  return { data, load, feature };
})();
