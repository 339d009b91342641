// Data comes in scripts, because a page opened from disk may load scripts but not read files.
// Each script calls SAE.data(name, value). SAE.load(name) loads the script once and promises the value.
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
          ? resolve(values.get(name)) : reject(new Error(name + ' does not hold the data of that name'));
        script.onerror = () => reject(new Error('dashboard/data/' + name + '.js is missing'));
        document.head.append(script);
      }).finally(() => waiting.delete(name)));
    }
    return waiting.get(name);
  }

  // The page of a feature. `all` is the index.
  async function feature(all, number) {
    const script = Math.floor(number / all.perScript);
    const pages = await load('features/' + script);
    return pages[number - script * all.perScript];
  }

  return { data, load, feature };
})();
