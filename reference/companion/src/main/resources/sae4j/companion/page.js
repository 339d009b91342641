// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
// What the reader moves, and what follows it: pictures, shapes, training, light.
'use strict';
(function () {
  const { element, number, count } = pictures;
  const walk = JSON.parse(document.getElementById('walk').textContent);
  const tradeOff = JSON.parse(document.getElementById('tradeoff').textContent);
  const world = walk.world;
  const sae = walk.sae.weights;
  const features = sae.decoderFD.rows;
  const found = walk.sae.concepts.map(match => world.concepts[match.index]);
  const numbered = found.map((concept, feature) => `${feature} ${concept}`);
  const $ = id => document.getElementById(id);

  const L1S = [0, 0.0001, 0.0002, 0.0004, 0.0006, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006];
  const EXPANSIONS = walk.lab.starts.map(start => start.features / world.directionsGD.columns);
  const STEPS_A_FRAME = matchMedia('(prefers-reduced-motion: reduce)').matches
    ? walk.lab.training.steps
    : 25;
  const trained = L1S.indexOf(walk.lab.training.l1Coefficient);

  const state = {
    size: 12288,
    expansion: 2,
    tokens: 5,
    neuron: 2,
    input: Array.from(walk.input.values),
    l1Coefficient: walk.loss.l1Coefficient,
    copies: 1,
    feature: found.indexOf('red'),
    shown: found.indexOf('sphere'),
    scale: walk.intervention.scale,
    steered: walk.intervention.feature,
    labL1: trained,
    labExpansion: 1,
    unitNorm: walk.lab.training.unitNorm,
  };

  // What a slider's value is called.
  const words = {
    expansion: value => `× ${count(2 ** value)}`,
    tokens: value => count(2 ** value),
    neuron: value => `${value}`,
    feature: value => numbered[value],
    shown: value => numbered[value],
    steered: value => numbered[value],
    copies: value => `× ${value}`,
    labL1: value => `${L1S[value]}`,
    labExpansion: value => `× ${EXPANSIONS[value]}`,
  };
  const MIXTURES = {
    'a red sphere': walk.input.values,
    'a red thing': mixed({ red: 0.9 }),
    'a Golden Retriever': mixed({ 'Golden Retriever': 1 }),
    'an HTTP request in a citation': walk.intervention.modelActivationsD.values,
    'an English dialogue about the bridge': mixed({
      'English dialogue': 0.7,
      'Golden Gate Bridge': 0.8,
    }),
    'four concepts at once': mixed({
      red: 0.7,
      sphere: 0.6,
      'academic citation': 0.8,
      'Golden Retriever': 0.5,
    }),
    nothing: [0, 0, 0, 0],
  };

  function mixed(strengths) {
    const row = port.matrix(1, world.concepts.length, (_, g) => strengths[world.concepts[g]] ?? 0);
    return Array.from(port.activations(world, row).values, value => Math.round(value * 100) / 100);
  }

  const input = () => port.matrix(1, state.input.length, (_, j) => state.input[j]);

  const training = () => lab.run;
  const draw = figures({ walk, tradeOff, numbered, found, state, input, sizes, training });

  // Which pictures follow which value.
  const FOLLOWING = {
    size: ['model'],
    expansion: ['model'],
    tokens: [],
    neuron: ['superposition'],
    input: ['autoencoder', 'sparse', 'forward', 'feature'],
    l1Coefficient: ['loss'],
    copies: ['loss'],
    feature: ['forward'],
    shown: ['examples'],
    scale: ['intervention'],
    steered: ['intervention'],
    labL1: [],
    labExpansion: [],
    unitNorm: [],
  };

  function redraw(...names) {
    names.forEach(name => {
      const canvas = document.querySelector(`[data-figure="${name}"] .canvas`);
      canvas.replaceChildren(...draw[name](canvas.clientWidth || 600));
    });
    light(lit);
  }

  // ------------------------------------------------------------------- the lab

  const lab = {
    activations: port.activations(world, world.strengthsBG),
    settings: () => ({
      ...walk.lab.training,
      l1Coefficient: L1S[state.labL1],
      unitNorm: state.unitNorm,
    }),
    begin() {
      const start = walk.lab.starts[state.labExpansion].weights;
      this.run = port.training(start, this.activations, this.settings());
    },
    // A few steps a frame, so that the page stays awake; the newest run is the one that is shown.
    train() {
      this.begin();
      const { run } = this;
      const { steps } = walk.lab.training;
      const some = () => {
        if (run !== this.run) return;
        run.steps(Math.min(STEPS_A_FRAME, steps - run.losses.length));
        redraw('lab');
        if (run.losses.length < steps) requestAnimationFrame(some);
        else
          document.querySelector('[data-figure="lab"]').dataset.trained = JSON.stringify(
            this.settings(),
          );
      };
      delete document.querySelector('[data-figure="lab"]').dataset.trained;
      some();
    },
  };

  // --------------------------------------------------------------- sizes, texts

  function sizes() {
    const d = state.size;
    return { b: 2 ** state.tokens, d, f: d * 2 ** state.expansion, h: d / 2 };
  }

  function showSizes() {
    const { b, d, f, h } = sizes();
    const of = { B: b, D: d, F: f, H: h };
    document.querySelectorAll('[data-shape]').forEach(each => {
      const shape = each.dataset.shape;
      const [rows, columns] =
        shape === ''
          ? [1, 1]
          : shape === 'B'
            ? [b, 1]
            : shape.length === 1
              ? [1, of[shape]]
              : [of[shape[0]], of[shape[1]]];
      each.textContent = `${count(rows)}×${count(columns)}`;
    });
    $('sizes').replaceChildren(
      ...[
        ['B, tokens', b],
        ['D, numbers', d],
        ['F, features', f],
        ['H, in the narrow middle', h],
      ].map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, count(value))),
      ),
    );
  }

  function showTexts() {
    const cosines = Array.from({ length: features }, (_, f) =>
      port.cosine(port.column(sae.encoderDF, f), port.row(sae.decoderFD, f)),
    ).sort((a, b) => a - b);
    const median = (cosines[features / 2 - 1] + cosines[features / 2]) / 2;
    $('cosines').textContent =
      `In our tiny SAE the median is ${number(median)}: in this world no two concepts disturb each other, ` +
      'so the encoder can look straight along the direction. In a real model it cannot.';
    const codes = port.forwardPass(sae, walk.input).encodedRepresentation.values;
    const { l1Coefficient } = walk.lab.training;
    const tokens = world.strengthsBG.rows;
    $('shrinkage').textContent =
      `The SAE of the pictures was trained on ${tokens} tokens with a coefficient of ${l1Coefficient}, so the formula ` +
      `says that codes are about ${number((tokens * l1Coefficient) / 2, 3)} too small. In the forward pass, red is ${number(codes[found.indexOf('red')], 3)} ` +
      `and not 0.9, and the sphere is ${number(codes[found.indexOf('sphere')], 3)} and not 0.6.`;
    const whole = EXPANSIONS.map(expansion => [
      expansion,
      walk.lab.sweep
        .filter(
          cell =>
            cell.features === expansion * world.directionsGD.columns &&
            cell.measured.found === world.concepts.length,
        )
        .map(cell => cell.l1Coefficient),
    ]).filter(([, coefficients]) => coefficients.length);
    $('recovered').textContent =
      'In the Java program’s sweep, all eight were found with ' +
      whole
        .map(
          ([expansion, coefficients]) =>
            `an expansion factor of ${expansion} and coefficients of ${coefficients.join(', ')}`,
        )
        .join('; with ') +
      '.';
  }

  // Trains an SAE without the constraint, which takes a moment.
  function showBroken() {
    const { l1Coefficient } = walk.lab.training;
    const start = walk.lab.starts[1].weights;
    const free = port
      .training(start, lab.activations, { ...walk.lab.training, unitNorm: false })
      .steps(walk.lab.training.steps).weights;
    const norms = weights =>
      Array.from({ length: features }, (_, f) =>
        Math.sqrt(port.squares(port.row(weights.decoderFD, f))),
      );
    const mean = values => values.reduce((a, b) => a + b, 0) / values.length;
    $('broken').textContent =
      `With the coefficient ${l1Coefficient} and 8 features, the norms of the decoder’s rows grew from ` +
      `${number(mean(norms(start)))} to ${number(mean(norms(free)))} on average in ${walk.lab.training.steps} steps.`;
  }

  // How far this page is from the Java program, on the numbers that both computed.
  function showAgreement() {
    const pass = port.forwardPass(sae, walk.input);
    const loss = port.calculateLoss(sae, walk.loss.modelActivationsBD, walk.loss.l1Coefficient);
    const { modelActivationsD, feature, scale, modifiedModelActivationsD, before, after } =
      walk.intervention;
    const steered = port.performIntervention(
      modelActivationsD,
      sae.decoderFD,
      feature,
      scale,
    ).modifiedModelActivations;
    const compressed = port.compress(walk.autoencoder, walk.input);
    const pairs = [
      [compressed, walk.autoencoder.compressedH],
      [port.expand(walk.autoencoder, compressed), walk.autoencoder.reconstructedD],
      [pass.encodedRepresentation, walk.sae.encodedRepresentationF],
      [pass.reconstructedModelActivations, walk.sae.reconstructedModelActivationsD],
      [steered, modifiedModelActivationsD],
      [port.output(world, modelActivationsD), before],
      [port.output(world, steered), after],
      ...['l2Loss', 'l1Loss', 'loss'].map(term => [
        { values: [loss[term]] },
        { values: [walk.loss[term]] },
      ]),
    ];
    const apart = pairs.flatMap(([ours, java]) =>
      Array.from(ours.values, (value, i) => Math.abs(value - java.values[i])),
    );
    const furthest = Math.max(...apart);
    $('agreement').dataset.apart = furthest;
    $('agreement').textContent =
      `Your browser computed ${apart.length} numbers of these pictures again. The largest difference from the ` +
      `Java program is ${furthest === 0 ? '0' : furthest.toExponential(0)}.`;
  }

  // ------------------------------------------------------------------- controls

  function makeInputs() {
    document.querySelectorAll('[data-inputs]').forEach(place => {
      const choice = element(
        'select',
        { 'data-mixture': '' },
        ...Object.keys(MIXTURES)
          .concat('something else')
          .map(name => element('option', {}, name)),
      );
      choice.addEventListener('change', () => {
        if (MIXTURES[choice.value]) state.input = Array.from(MIXTURES[choice.value]);
        changed('input');
      });
      place.append(element('label', {}, 'input ', choice));
      if (place.dataset.inputs !== 'all') return;
      state.input.forEach((_, neuron) => {
        const slider = element('input', {
          type: 'range',
          min: -1.5,
          max: 1.5,
          step: 0.01,
          'data-neuron': neuron,
        });
        slider.addEventListener('input', () => {
          state.input[neuron] = Number(slider.value);
          changed('input');
        });
        place.append(element('label', {}, `neuron ${neuron + 1} `, slider, element('output')));
      });
    });
  }

  function showInputs() {
    const name = Object.keys(MIXTURES).find(each =>
      Array.from(MIXTURES[each]).every((value, i) => value === state.input[i]),
    );
    document.querySelectorAll('[data-mixture]').forEach(choice => {
      choice.value = name ?? 'something else';
    });
    document.querySelectorAll('[data-neuron]').forEach(slider => {
      slider.value = state.input[slider.dataset.neuron];
      slider.nextElementSibling.textContent = number(state.input[slider.dataset.neuron]);
    });
  }

  function showValue(control) {
    const { state: key } = control.dataset;
    const said = (words[key] ?? (value => `${value}`))(Number(control.value)).replace('-', '−');
    if (control.nextElementSibling?.matches('output'))
      control.nextElementSibling.textContent = said;
    if (control.type === 'range') control.setAttribute('aria-valuetext', said);
  }

  function changed(key) {
    if (key === 'input') showInputs();
    if (['size', 'expansion', 'tokens'].includes(key)) showSizes();
    if (['labL1', 'labExpansion', 'unitNorm'].includes(key)) lab.train();
    redraw(...FOLLOWING[key]);
  }

  function bindControls() {
    document.querySelectorAll('[data-state]').forEach(control => {
      const { state: key } = control.dataset;
      if (control.type === 'checkbox') control.checked = state[key];
      else control.value = state[key];
      showValue(control);
      control.addEventListener('input', () => {
        state[key] = control.type === 'checkbox' ? control.checked : Number(control.value);
        showValue(control);
        changed(key);
      });
    });
  }

  // ----------------------------------------------------------- light, and the way

  let lit = '';

  // Lights up a variable wherever it stands: in both languages, and in the pictures.
  function light(key) {
    lit = key;
    document
      .querySelectorAll('[data-v]')
      .forEach(each => each.classList.toggle('lit', key !== '' && each.dataset.v === key));
  }

  function lightFeature(cell) {
    document.querySelectorAll('.cell.with').forEach(each => each.classList.remove('with'));
    cell
      ?.closest('figure')
      .querySelectorAll(`.cell[data-f="${cell.dataset.f}"]`)
      .forEach(each => each.classList.add('with'));
  }

  function bindLight() {
    for (const event of ['pointerover', 'focusin']) {
      document.addEventListener(event, ({ target }) => {
        light(target.closest('[data-v]')?.dataset.v ?? '');
        lightFeature(target.closest('.cell[data-f]'));
      });
    }
    document.addEventListener('focusout', () => light(''));
  }

  function bindProgress() {
    const links = [...document.querySelectorAll('.bar nav a')];
    const sections = links.map(link => document.querySelector(link.getAttribute('href')));
    const follow = () => {
      const end = document.documentElement.scrollHeight - innerHeight;
      document.querySelector('.progress span').style.width =
        `${(100 * Math.min(1, scrollY / Math.max(1, end))).toFixed(1)}%`;
      const at =
        end - scrollY < 2
          ? links.length - 1
          : sections.findLastIndex(section => section.getBoundingClientRect().top < 140);
      links.forEach((link, i) => {
        if (i === at && !link.hasAttribute('aria-current')) {
          link.setAttribute('aria-current', 'true');
          const nav = link.parentElement;
          nav.scrollLeft =
            link.offsetLeft - nav.offsetLeft - nav.clientWidth / 2 + link.offsetWidth / 2;
        } else if (i !== at) link.removeAttribute('aria-current');
      });
    };
    addEventListener('scroll', follow, { passive: true });
    follow();
  }

  addEventListener('beforeprint', () =>
    document.querySelectorAll('details').forEach(each => {
      each.open = true;
    }),
  );
  let wide = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    redraw('sweep', 'lab');
  });

  makeInputs();
  bindControls();
  showInputs();
  showSizes();
  lab.train();
  redraw(...Object.keys(draw).filter(name => name !== 'lab'));
  showTexts();
  setTimeout(showBroken);
  showAgreement();
  bindLight();
  bindProgress();
  document.getElementById('main').dataset.shown = 'all';
})();
