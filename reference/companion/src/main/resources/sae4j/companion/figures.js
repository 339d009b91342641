// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
// What stands in each picture, computed from what the reader chose. A picture gets its width and
// gives its elements.
'use strict';
const figures = function ({ walk, tradeOff, numbered, found, state, input, sizes, training }) {
  const { element, number, count, percent, matrix, operator, equation, says, meter, bars } =
    pictures;
  const world = walk.world;
  const sae = walk.sae.weights;
  const features = sae.decoderFD.rows;
  const EXPANSIONS = walk.lab.starts.map(start => start.features / world.directionsGD.columns);

  function bytes(size) {
    const power = Math.min(3, Math.floor(Math.log10(size) / 3));
    return `${number(size / 1000 ** power, power ? 1 : 0)} ${['bytes', 'kB', 'MB', 'GB'][power]}`;
  }

  return {
    superposition() {
      const neuron = state.neuron - 1;
      const column = port.column(world.directionsGD, neuron).values;
      const named = sign =>
        world.concepts
          .map((concept, g) => [concept, column[g] * sign])
          .filter(([, weight]) => weight >= 0.2)
          .sort((a, b) => b[1] - a[1])
          .map(([concept, weight]) => `${concept} (${number(weight * sign)})`)
          .join(', ');
      return [
        element(
          'div',
          { class: 'beside' },
          matrix(world.directionsGD, {
            name: 'W',
            features: 'columns',
            boxes: { c: neuron },
            names: world.concepts,
          }),
          says(`Neuron ${state.neuron} is raised by ${named(1)}, and lowered by ${named(-1)}.`),
        ),
      ];
    },

    autoencoder() {
      const weights = walk.autoencoder;
      const compressed = port.compress(weights, input());
      const back = port.expand(weights, compressed);
      const difference = port.minus(back, input());
      return [
        equation(
          matrix(input(), { name: 'inputD', key: 'input' }),
          operator('·'),
          matrix(weights.encoderDH, { name: 'encoderDH', key: 'encoderh' }),
          operator('+'),
          matrix(weights.encoderBiasH, { name: 'bias' }),
          operator('='),
          matrix(compressed, { name: 'compressedH', key: 'compressedh' }),
        ),
        equation(
          matrix(compressed, { name: 'compressedH', key: 'compressedh' }),
          operator('·'),
          matrix(weights.decoderHD, { name: 'decoderHD', key: 'decoderh' }),
          operator('+'),
          matrix(weights.decoderBiasD, { name: 'bias' }),
          operator('='),
          matrix(back, { name: 'reconstruction' }),
        ),
        says(
          `The reconstruction differs from the input by ${Array.from(difference.values, d => number(d)).join(', ')}. ` +
            `Squared and summed, the loss is ${number(port.squares(difference), 3)}.`,
        ),
      ];
    },

    sparse() {
      const pass = port.forwardPass(sae, input());
      const active = pass.encodedRepresentation.values.filter(code => code > 0).length;
      const concepts = active
        ? ': ' + found.filter((_, f) => pass.encodedRepresentation.values[f] > 0).join(', ')
        : '';
      return [
        equation(
          matrix(input(), { name: 'modelActivationsD', key: 'modelactivations' }),
          operator('→'),
          matrix(pass.encodedRepresentation, {
            name: 'encodedRepresentationF',
            key: 'encodedrepresentation',
            features: 'columns',
          }),
          operator('→'),
          matrix(pass.reconstructedModelActivations, {
            name: 'reconstructedModelActivationsD',
            key: 'reconstructedmodelactivations',
          }),
        ),
        says(
          `${active} of ${features} codes ${active === 1 ? 'is' : 'are'} not 0${concepts}. The reconstruction is ` +
            `${number(Math.sqrt(port.squares(port.minus(pass.reconstructedModelActivations, input()))))} away from the input.`,
        ),
      ];
    },

    model() {
      const { d, f } = sizes();
      const row = (name, shape, numbers) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          element('td', {}, shape),
          element('td', {}, count(numbers)),
          element('td', {}, bytes(4 * numbers)),
        );
      return [
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              ...['', 'shape', 'numbers', 'memory'].map(head =>
                element('th', { scope: 'col' }, head),
              ),
            ),
          ),
          element(
            'tbody',
            {},
            row('an activation', `1×${count(d)}`, d),
            row('its code', `1×${count(f)}`, f),
            row('encoder', `${count(d)}×${count(f)}`, d * f),
            row('decoder', `${count(f)}×${count(d)}`, d * f),
          ),
        ),
        says(
          `With 100 codes that are not 0, ${percent(1 - Math.min(1, 100 / f))} of a code are zeros.`,
        ),
      ];
    },

    loss() {
      const x = walk.loss.modelActivationsBD;
      const batch = port.matrix(x.rows * state.copies, x.columns, (i, j) =>
        port.value(x, i % x.rows, j),
      );
      const all = port.calculateLoss(sae, batch, state.l1Coefficient);
      const once = m => port.matrix(x.rows, m.columns, (i, j) => port.value(m, i, j));
      const most = Math.max(1, all.loss);
      const term = (name, key, value) => [
        element('span', { 'data-v': key }, name),
        meter(value / most),
        element('span', {}, number(value, 3)),
      ];
      const many = state.copies > 1 ? ` (and ${state.copies - 1} more like it)` : '';
      return [
        equation(
          matrix(x, { name: 'modelActivationsBD', key: 'modelactivations' }),
          operator('→'),
          matrix(once(all.encodedRepresentation), {
            name: 'encodedRepresentationBF',
            key: 'encodedrepresentation',
          }),
          operator('→'),
          matrix(once(all.reconstructedModelActivations), {
            name: 'reconstructedModelActivationsBD',
            key: 'reconstructedmodelactivations',
          }),
        ),
        equation(
          matrix(once(all.reconstructionErrorBD), {
            name: 'reconstructionErrorBD',
            key: 'reconstructionerror',
            extent: 0.02,
            digits: 3,
          }),
          operator('→'),
          matrix(once(all.reconstructionErrorB), {
            name: 'reconstructionErrorB',
            key: 'reconstructionerror',
            extent: 0.05,
            digits: 3,
          }),
        ),
        element(
          'div',
          { class: 'terms' },
          ...term('l2Loss', 'l2loss', all.l2Loss),
          ...term('l1Loss', 'l1loss', all.l1Loss),
          ...term('loss', 'loss', all.loss),
        ),
        says(
          `l2Loss is the mean of ${batch.rows} row sums${many}. l1Loss is ${state.l1Coefficient} times the sum of all ` +
            `codes, ${number(port.sum(all.encodedRepresentation), 2)}.`,
        ),
      ];
    },

    forward() {
      const pass = port.forwardPass(sae, input());
      const f = state.feature;
      const asColumn = { features: 'columns', boxes: { c: f } };
      const asRow = { features: 'rows', boxes: { c: f }, names: numbered };
      const factor = x => (x < 0 ? `(${number(x)})` : number(x));
      const products = Array.from(
        input().values,
        (x, i) => `${factor(x)}·${factor(port.value(sae.encoderDF, i, f))}`,
      );
      const before = pass.beforeRelu.values[f];
      const code = pass.encodedRepresentation.values[f];
      document.getElementById('sum').textContent =
        `feature ${numbered[f]}: ${products.join(' + ')} + ${factor(sae.encoderBiasF.values[f])} = ` +
        `${number(before, 4)}, ReLU gives ${number(code, 4)}`;
      return [
        equation(
          matrix(input(), { name: 'modelActivationsD', key: 'modelactivations' }),
          operator('·'),
          matrix(sae.encoderDF, { name: 'encoderDF', key: 'encoder', ...asColumn }),
          operator('+'),
          matrix(sae.encoderBiasF, { name: 'bias', ...asColumn }),
          operator('='),
          matrix(pass.beforeRelu, { name: 'before the ReLU', ...asColumn }),
        ),
        equation(
          operator('ReLU'),
          matrix(pass.encodedRepresentation, {
            name: 'encodedRepresentationF',
            key: 'encodedrepresentation',
            ...asColumn,
          }),
          operator('·'),
          matrix(sae.decoderFD, { name: 'decoderFD', key: 'decoder', ...asRow }),
          operator('+'),
          matrix(sae.decoderBiasD, { name: 'bias' }),
          operator('='),
          matrix(pass.reconstructedModelActivations, {
            name: 'reconstructedModelActivationsD',
            key: 'reconstructedmodelactivations',
          }),
        ),
      ];
    },

    feature() {
      const pass = port.forwardPass(sae, input());
      const codes = pass.encodedRepresentation.values;
      const active = [...codes.keys()]
        .filter(f => codes[f] > 0)
        .sort((a, b) => codes[b] - codes[a]);
      const [a, b] = active;
      const boxes = { a, b };
      const parts = active
        .map(f => `${number(codes[f])} × row ${f}`)
        .concat('the bias')
        .join(' + ');
      return [
        equation(
          matrix(sae.encoderDF, { name: 'encoderDF', key: 'encoder', features: 'columns', boxes }),
          operator('→'),
          matrix(pass.encodedRepresentation, {
            name: 'encodedRepresentationF',
            key: 'encodedrepresentation',
            features: 'columns',
            boxes,
          }),
          operator('→'),
          matrix(sae.decoderFD, {
            name: 'decoderFD',
            key: 'decoder',
            features: 'rows',
            boxes,
            names: numbered,
          }),
        ),
        equation(
          ...active.slice(0, 2).flatMap((f, i) => [
            matrix(port.scale(port.row(sae.decoderFD, f), codes[f]), {
              name: `${number(codes[f])} × row ${f}`,
              features: 'rows',
              boxes: { [i ? 'b' : 'a']: 0 },
            }),
            operator('+'),
          ]),
          ...(active.length > 2 ? [operator('…'), operator('+')] : []),
          matrix(sae.decoderBiasD, { name: 'bias' }),
          operator('='),
          matrix(pass.reconstructedModelActivations, {
            name: 'reconstructedModelActivationsD',
            key: 'reconstructedmodelactivations',
          }),
        ),
        says(
          active.length
            ? `The reconstruction is ${parts}: ${active.map(f => found[f]).join(' and ')}.`
            : 'No feature is active. The reconstruction is the bias.',
        ),
      ];
    },

    examples() {
      const x = port.activations(world, world.strengthsBG);
      const codes = port.column(port.forwardPass(sae, x).encodedRepresentation, state.shown).values;
      const best = [...codes.keys()].sort((a, b) => codes[b] - codes[a]).slice(0, 6);
      const present = example =>
        world.concepts
          .map((concept, g) => [concept, port.value(world.strengthsBG, example, g)])
          .filter(([, strength]) => strength > 0)
          .sort((a, b) => b[1] - a[1])
          .map(([concept, strength]) => `${concept} ${number(strength)}`)
          .join(', ');
      const grid = element('div', { class: 'grid' });
      best.forEach(example =>
        grid.append(
          element('span', {}, number(codes[example])),
          meter(codes[example]),
          element('span', {}, present(example)),
        ),
      );
      return [grid];
    },

    intervention() {
      const x = walk.intervention.modelActivationsD;
      const steered = port.performIntervention(x, sae.decoderFD, state.steered, state.scale);
      const [before, after] = [x, steered.modifiedModelActivations].map(
        each => port.output(world, each).values,
      );
      return [
        equation(
          matrix(x, { name: 'modelActivationsD', key: 'modelactivations' }),
          operator('+'),
          operator(number(state.scale, 1)),
          operator('×'),
          matrix(steered.interventionVector, {
            name: 'interventionVectorD',
            key: 'interventionvector',
          }),
          operator('='),
          matrix(steered.modifiedModelActivations, {
            name: 'modifiedModelActivationsD',
            key: 'modifiedmodelactivations',
          }),
        ),
        bars(
          world.concepts.map((concept, g) => [concept, before[g], after[g]]),
          { heads: ['before', 'after'], most: Math.max(1.5, ...before, ...after) },
        ),
      ];
    },

    sweep(width) {
      const names = [...new Set(tradeOff.map(one => one.architecture))];
      return [
        pictures.legend(names),
        pictures.graph({
          width: Math.min(width, 760),
          height: 360,
          logarithmic: true,
          x: 'L0, active features for each token',
          y: 'loss recovered',
          xs: [8, 16, 32, 64, 128],
          ys: [0.8, 0.85, 0.9, 0.95, 1],
          series: names.map(name => ({
            name,
            points: tradeOff
              .filter(one => one.architecture === name)
              .map(one => ({
                x: one.l0,
                y: one.lossRecovered,
                says: `${name}, ${one.target}: L0 ${one.l0}, loss recovered ${one.lossRecovered}`,
              })),
          })),
        }),
      ];
    },

    lab(width) {
      const { weights, losses } = training();
      const now = port.measured(weights, world);
      const side = width > 700 ? width * 0.52 : width;
      const norms = Array.from({ length: weights.decoderFD.rows }, (_, f) =>
        Math.sqrt(port.squares(port.row(weights.decoderFD, f))),
      );
      const sweeps = EXPANSIONS.map(expansion => ({
        name: `× ${expansion}`,
        points: walk.lab.sweep
          .filter(cell => cell.features === expansion * world.directionsGD.columns)
          .map(cell => ({
            x: cell.measured.l0,
            y: cell.measured.lossRecovered,
            says: `Java: × ${expansion}, L1 coefficient ${cell.l1Coefficient}: L0 ${number(cell.measured.l0)}, loss recovered ${number(cell.measured.lossRecovered, 3)}`,
          })),
      }));
      const facts = element(
        'dl',
        { class: 'facts' },
        ...[
          ['L0', number(now.l0)],
          ['loss recovered', number(now.lossRecovered, 3)],
          ['explained variance', number(now.explainedVariance, 3)],
          ['concepts found', `${now.found} of ${world.concepts.length}`],
          ['dead features', `${now.dead} of ${weights.decoderFD.rows}`],
          ['decoder norms', `${number(Math.min(...norms))} … ${number(Math.max(...norms))}`],
          ['step', count(losses.length)],
        ].map(([name, value]) =>
          element('div', {}, element('dt', {}, name), element('dd', {}, value)),
        ),
      );
      return [
        facts,
        element(
          'div',
          { class: 'side' },
          element(
            'div',
            {},
            pictures.legend(sweeps.map(one => one.name)),
            pictures.graph({
              width: side,
              height: 300,
              hollow: true,
              x: 'L0',
              y: 'loss recovered',
              xs: [0, 2, 4, 6, 8, 10],
              ys: [0, 0.25, 0.5, 0.75, 1],
              series: sweeps,
              mine: { x: Math.min(10, now.l0), y: now.lossRecovered, says: 'yours' },
            }),
          ),
          element(
            'div',
            {},
            element('p', { class: 'note' }, `the loss, now ${number(losses.at(-1) ?? 0, 3)}`),
            pictures.curve(losses.length ? losses : [0], { width: 320, height: 70, most: 0.8 }),
            element('p', { class: 'note' }),
            pictures.heat(
              world.concepts.length,
              weights.decoderFD.rows,
              (g, f) =>
                port.cosine(port.row(world.directionsGD, g), port.row(weights.decoderFD, f)),
              world.concepts,
            ),
          ),
        ),
      ];
    },
  };
};
