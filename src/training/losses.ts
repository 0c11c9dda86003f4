/**
 * Losses from logits with their gradients in closed form; B examples, K columns, σ the sigmoid, y the labels as numbers.
 *
 * 1. classes: − mean Σ y log softmax(z); gradient (softmax(z) − y) / B. Labels may be smoothed: (1 − ε) y + ε / K (Szegedy et al. 2016).
 * 2. yes or no (one column, or one for each class): mean of max(z, 0) − z y + log(1 + exp(−|z|)); gradient (σ(z) − y) / (B K).
 * 3. numbers: mean (z − y)²; gradient 2 (z − y) / (B K).
 * 4. a teacher's t for classes: T² Σ q (log q − log softmax(z / T)) / B with q = softmax(t / T); gradient T (softmax(z / T) − q) / B
 *    (Hinton et al. 2015). For yes or no the same with σ, mean over columns; for numbers the mean squared difference.
 * 5. hints: w · mean (s P − t)², P a trained projection where widths differ (Romero et al. 2015).
 *
 * Everything stays on the device, and the caller frees all of it.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { WhittleError } from '../lib/errors';
import {
  abs, add, div, exp, logSoftmax, log1p, matMul, mean, mul, neg, relu, reshape, sigmoid, square, sub, sum, tensor2d, tidy, transpose,
} from '@tensorflow/tfjs-core';

/** What the model makes of its logits. */
export type Answer = 'softmax' | 'sigmoid' | 'linear';

/** How an output answers: one of classes, yes or no for each column, or numbers. */
export type Task = 'classes' | 'yes-no' | 'numbers';

/** A loss and its gradient, shaped as the logits. */
export interface Loss {
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/** What an output with so many columns is trained as. Throws a DataError when labels cannot teach it. */
export function taskOf(answer: Answer, columns: number, classCount: number): Task {
  switch (answer) {
    case 'softmax':
      return 'classes';
    case 'sigmoid':
      return 'yes-no';
    case 'linear':
      return columns > 1 && columns >= classCount ? 'classes' : 'numbers';
    default: {
      const never: never = answer;
      return never;
    }
  }
}

/** Labels are class numbers; with one column they are the number itself. */
export function labelLoss(task: Task, logits: Tensor, labels: Int32Array, smoothing: number): Loss {
  const columns = logits.size / labels.length;
  checkLabels(task, labels, columns, logits.shape);
  return tidy(() => {
    const z = reshape(logits, [labels.length, columns]);
    const y = targets(labels, columns, task === 'classes' ? smoothing : 0);
    const { value, gradient } = lossOf(task, z, y);
    return { value, gradient: reshape(gradient, logits.shape) };
  });
}

/** The student's logits against the teacher's; the temperature holds for classes and for yes or no. */
export function teacherLoss(task: Task, logits: Tensor, teacher: Tensor, temperature: number): Loss {
  const columns = logits.shape.at(-1)!;
  if (teacher.size !== logits.size) {
    throw new WhittleError('OptionError', `The teacher answers with the shape [${teacher.shape.join(', ')}], the student with [${logits.shape.join(', ')}]; they must be equal.`);
  }
  return tidy(() => {
    const z = reshape(logits, [-1, columns]);
    const t = reshape(teacher, [-1, columns]);
    const { value, gradient } = soften(task, z, t, temperature);
    return { value, gradient: reshape(gradient, logits.shape) };
  });
}

/** The gradients by the student's value and by the projection (null: widths are equal). */
export function hintLoss(student: Tensor, teacher: Tensor, projection: Tensor | null, weight: number): Loss & { readonly projection: Tensor | null } {
  const widths = [student.shape.at(-1)!, teacher.shape.at(-1)!];
  if (student.size / widths[0]! !== teacher.size / widths[1]!) {
    throw new WhittleError(
      'OptionError',
      `A hint compares values of the shapes [${student.shape.join(', ')}] and [${teacher.shape.join(', ')}]; all but the last dimension must be equal. Choose another pair.`,
    );
  }
  const [value, gradient, byProjection] = tidy(() => {
    const s = reshape(student, [-1, widths[0]!]) as Tensor2D;
    const t = reshape(teacher, [-1, widths[1]!]);
    const difference = sub(projection ? matMul(s, projection as Tensor2D) : s, t) as Tensor2D;
    const scaled = mul(difference, (2 * weight) / difference.size);
    const made = [mul(mean(square(difference)), weight), reshape(projection ? matMul(scaled, transpose(projection as Tensor2D)) : scaled, student.shape)];
    return projection ? [...made, matMul(transpose(s), scaled)] : made;
  });
  return { value: value!, gradient: gradient!, projection: byProjection ?? null };
}

/** α · a + (1 − α) · b; frees both. */
export function mixLosses(a: Loss, b: Loss, share: number): Loss {
  const mixed = tidy(() => ({
    value: add(mul(a.value, share), mul(b.value, 1 - share)),
    gradient: add(mul(a.gradient, share), mul(b.gradient, 1 - share)),
  }));
  for (const { value, gradient } of [a, b]) {
    value.dispose();
    gradient.dispose();
  }
  return mixed;
}

function lossOf(task: Task, z: Tensor, y: Tensor): Loss {
  const rows = z.shape[0]!;
  switch (task) {
    case 'classes': {
      const logs = logSoftmax(z);
      return { value: mul(sum(mul(y, logs)), -1 / rows), gradient: mul(sub(exp(logs), y), 1 / rows) };
    }
    case 'yes-no':
      return { value: mean(crossEntropy(z, y)), gradient: mul(sub(sigmoid(z), y), 1 / z.size) };
    case 'numbers':
      return { value: mean(square(sub(z, y))), gradient: mul(sub(z, y), 2 / z.size) };
    default: {
      const never: never = task;
      return never;
    }
  }
}

function soften(task: Task, z: Tensor, t: Tensor, temperature: number): Loss {
  const rows = z.shape[0]!;
  switch (task) {
    case 'classes': {
      const teacher = logSoftmax(div(t, temperature));
      const student = logSoftmax(div(z, temperature));
      const q = exp(teacher);
      return {
        value: mul(sum(mul(q, sub(teacher, student))), temperature ** 2 / rows),
        gradient: mul(sub(exp(student), q), temperature / rows),
      };
    }
    case 'yes-no': {
      const [softT, softZ] = [div(t, temperature), div(z, temperature)];
      const q = sigmoid(softT);
      return {
        value: mul(mean(sub(crossEntropy(softZ, q), crossEntropy(softT, q))), temperature ** 2),
        gradient: mul(sub(sigmoid(softZ), q), temperature / z.size),
      };
    }
    case 'numbers':
      return lossOf('numbers', z, t);
    default: {
      const never: never = task;
      return never;
    }
  }
}

/** max(z, 0) − z y + log(1 + exp(−|z|)) */
function crossEntropy(z: Tensor, y: Tensor): Tensor {
  return add(sub(relu(z), mul(z, y)), log1p(exp(neg(abs(z)))));
}

function targets(labels: Int32Array, columns: number, smoothing: number): Tensor {
  if (columns === 1) return tensor2d(Float32Array.from(labels), [labels.length, 1]);
  const y = new Float32Array(labels.length * columns).fill(smoothing / columns);
  for (let i = 0; i < labels.length; i++) y[i * columns + labels[i]!] = 1 - smoothing + smoothing / columns;
  return tensor2d(y, [labels.length, columns]);
}

function checkLabels(task: Task, labels: Int32Array, columns: number, shape: readonly number[]): void {
  if (!Number.isInteger(columns) || shape[0] !== labels.length || shape.slice(1).filter((size) => size !== 1).length > 1) {
    throw new WhittleError('DataError', `Labels teach one row of scores for each example; the first output has the shape [${shape.join(', ')}]. Train with a teacher and no labels.`);
  }
  if (task === 'numbers' && columns > 1) {
    throw new WhittleError('DataError', `The model answers with ${columns} numbers, the data have more classes than that. Take data that fit the model, or train with a teacher and no labels.`);
  }
  if (task === 'numbers') return;
  const most = columns === 1 ? 2 : columns;
  const wrong = labels.find((label) => label < 0 || label >= most);
  if (wrong !== undefined) {
    throw new WhittleError('DataError', `A label is ${wrong}, but the model knows the classes 0 to ${most - 1}. Take data that fit the model.`);
  }
}
