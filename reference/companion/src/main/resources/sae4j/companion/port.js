// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
// The article's lines in JavaScript, so that the numbers of a page from disk follow its sliders. A
// test holds every function here to the Java that it was taken from. A matrix is what Java's
// Matrix is: {rows, columns, values}, row by row.
'use strict';
const port = (function () {
  function matrix(rows, columns, at) {
    const values = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) values[i * columns + j] = at(i, j);
    }
    return { rows, columns, values };
  }

  function map(a, f) {
    const values = new Float64Array(a.values.length);
    for (let i = 0; i < values.length; i++) values[i] = f(a.values[i], i);
    return { rows: a.rows, columns: a.columns, values };
  }

  const value = (a, row, column) => a.values[row * a.columns + column];
  const row = (a, index) => matrix(1, a.columns, (_, j) => value(a, index, j));
  const column = (a, index) => matrix(1, a.rows, (_, i) => value(a, i, index));
  const scale = (a, factor) => map(a, x => x * factor);
  const sum = a => a.values.reduce((total, x) => total + x, 0);
  const squares = a => a.values.reduce((total, x) => total + x * x, 0);
  const transpose = a => matrix(a.columns, a.rows, (i, j) => value(a, j, i));

  // b is of a's shape, or one row that is added to every row.
  const plus = (a, b, factor = 1) => map(a, (x, i) => x + factor * b.values[i % b.values.length]);
  const minus = (a, b) => plus(a, b, -1);

  function matmul(a, b) {
    const product = matrix(a.rows, b.columns, () => 0);
    for (let i = 0; i < a.rows; i++) {
      for (let k = 0; k < a.columns; k++) {
        const factor = a.values[i * a.columns + k];
        if (factor === 0) continue;
        for (let j = 0; j < b.columns; j++) {
          product.values[i * b.columns + j] += factor * b.values[k * b.columns + j];
        }
      }
    }
    return product;
  }

  const columnSums = a => {
    const sums = matrix(1, a.columns, () => 0);
    a.values.forEach((x, i) => {
      sums.values[i % a.columns] += x;
    });
    return sums;
  };
  const rowSums = a => matrix(a.rows, 1, i => sum(row(a, i)));
  const relu = a => map(a, x => (x > 0 ? x : 0));
  const linear = (input, weight, bias) => plus(matmul(input, weight), bias);

  // ------------------------------------------------------------------ AutoEncoder

  const compress = (autoencoder, input) =>
    linear(input, autoencoder.encoderDH, autoencoder.encoderBiasH);
  const expand = (autoencoder, compressed) =>
    linear(compressed, autoencoder.decoderHD, autoencoder.decoderBiasD);

  // ------------------------------------------------------------ SparseAutoEncoder

  function forwardPass(weights, modelActivations) {
    const beforeRelu = linear(modelActivations, weights.encoderDF, weights.encoderBiasF);
    const encodedRepresentation = relu(beforeRelu);
    const reconstructedModelActivations = linear(
      encodedRepresentation,
      weights.decoderFD,
      weights.decoderBiasD,
    );
    return { beforeRelu, encodedRepresentation, reconstructedModelActivations };
  }

  // ------------------------------------------------------------------------- Loss

  function calculateLoss(weights, modelActivationsBD, l1Coefficient) {
    const pass = forwardPass(weights, modelActivationsBD);
    const differenceBD = minus(pass.reconstructedModelActivations, modelActivationsBD);
    const reconstructionErrorBD = map(differenceBD, x => x * x);
    const reconstructionErrorB = rowSums(reconstructionErrorBD);
    const l2Loss = sum(reconstructionErrorB) / modelActivationsBD.rows;
    const l1Loss = sum(pass.encodedRepresentation) * l1Coefficient;
    return {
      ...pass,
      differenceBD,
      reconstructionErrorBD,
      reconstructionErrorB,
      l2Loss,
      l1Loss,
      loss: l2Loss + l1Loss,
    };
  }

  // What loss.backward() leaves at the four parameters; derived in docs/gradients.md.
  function gradients(weights, modelActivationsBD, l1Coefficient) {
    const forward = calculateLoss(weights, modelActivationsBD, l1Coefficient);
    const gR = scale(forward.differenceBD, 2 / modelActivationsBD.rows);
    const gC = map(matmul(gR, transpose(weights.decoderFD)), x => x + l1Coefficient);
    const gP = map(gC, (x, i) => (forward.encodedRepresentation.values[i] > 0 ? x : 0));
    return {
      loss: forward.loss,
      encoderDF: matmul(transpose(modelActivationsBD), gP),
      encoderBiasF: columnSums(gP),
      decoderFD: matmul(transpose(forward.encodedRepresentation), gR),
      decoderBiasD: columnSums(gR),
    };
  }

  // ------------------------------------------------------------------------- Adam

  function withoutParallelPart(parameter, gradient) {
    return matrix(
      gradient.rows,
      gradient.columns,
      (i, j) =>
        value(gradient, i, j) -
        sum(map(row(gradient, i), (g, k) => g * value(parameter, i, k))) * value(parameter, i, j),
    );
  }

  function normaliseRows(parameter) {
    for (let i = 0; i < parameter.rows; i++) {
      const norm = Math.sqrt(squares(row(parameter, i)));
      if (norm === 0) continue;
      for (let j = 0; j < parameter.columns; j++)
        parameter.values[i * parameter.columns + j] /= norm;
    }
  }

  // A run of training that goes on as far as it is told: steps(n) takes n more.
  function training(start, modelActivationsBD, { learningRate, l1Coefficient, unitNorm }) {
    const names = ['encoderDF', 'encoderBiasF', 'decoderFD', 'decoderBiasD'];
    const weights = Object.fromEntries(names.map(name => [name, map(start[name], x => x)]));
    const first = Object.fromEntries(names.map(name => [name, map(start[name], () => 0)]));
    const second = Object.fromEntries(names.map(name => [name, map(start[name], () => 0)]));
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const losses = [];

    function step() {
      const all = gradients(weights, modelActivationsBD, l1Coefficient);
      losses.push(all.loss);
      const size = learningRate / (1 - beta1 ** losses.length);
      const root = Math.sqrt(1 - beta2 ** losses.length);
      for (const name of names) {
        const unit = unitNorm && name === 'decoderFD';
        const gradient = unit ? withoutParallelPart(weights[name], all[name]) : all[name];
        const [p, m, v] = [weights[name].values, first[name].values, second[name].values];
        gradient.values.forEach((g, i) => {
          m[i] = beta1 * m[i] + (1 - beta1) * g;
          v[i] = beta2 * v[i] + (1 - beta2) * g * g;
          p[i] -= (size * m[i]) / (Math.sqrt(v[i]) / root + epsilon);
        });
        if (unit) normaliseRows(weights[name]);
      }
    }

    return {
      weights,
      losses,
      steps(count) {
        for (let i = 0; i < count; i++) step();
        return this;
      },
    };
  }

  // ----------------------------------------------------------------- Intervention

  function performIntervention(modelActivations, decoderFD, feature, factor) {
    const interventionVector = row(decoderFD, feature);
    const scaledInterventionVector = scale(interventionVector, factor);
    const modifiedModelActivations = plus(modelActivations, scaledInterventionVector);
    return { interventionVector, scaledInterventionVector, modifiedModelActivations };
  }

  // ------------------------------------------------------- World, Match, Measured

  const activations = (world, strengthsBG) => matmul(strengthsBG, world.directionsGD);
  const output = (world, activationsBD) =>
    relu(plus(matmul(activationsBD, transpose(world.directionsGD)), world.biasG));

  function cosine(x, y) {
    const dot = x.values.reduce((total, each, i) => total + each * y.values[i], 0);
    const norms = Math.sqrt(squares(x) * squares(y));
    return norms === 0 ? 0 : dot / norms;
  }

  function nearest(each, among) {
    return Array.from({ length: each.rows }, (_, i) => {
      const cosines = Array.from({ length: among.rows }, (_, j) =>
        cosine(row(each, i), row(among, j)),
      );
      const index = cosines.indexOf(Math.max(...cosines));
      return { index, cosine: cosines[index] };
    });
  }

  function measured(weights, world) {
    const strengthsBG = world.heldOutBG;
    const x = activations(world, strengthsBG);
    const { encodedRepresentation: codes, reconstructedModelActivations: back } = forwardPass(
      weights,
      x,
    );
    const loss = activationsBD =>
      squares(minus(output(world, activationsBD), strengthsBG)) / x.rows;
    const [clean, zero, spliced] = [loss(x), loss(scale(x, 0)), loss(back)];
    const active = columnSums(map(codes, code => (code === 0 ? 0 : 1)));
    return {
      l0: sum(active) / x.rows,
      explainedVariance:
        1 - squares(minus(back, x)) / squares(minus(x, scale(columnSums(x), 1 / x.rows))),
      lossRecovered: (zero - spliced) / (zero - clean),
      dead: active.values.filter(count => count === 0).length,
      found: nearest(world.directionsGD, weights.decoderFD).filter(match => match.cosine >= 0.9)
        .length,
    };
  }

  return {
    matrix,
    value,
    row,
    column,
    map,
    scale,
    sum,
    squares,
    plus,
    minus,
    matmul,
    linear,
    relu,
    compress,
    expand,
    forwardPass,
    calculateLoss,
    gradients,
    training,
    performIntervention,
    activations,
    output,
    cosine,
    nearest,
    measured,
  };
})();
