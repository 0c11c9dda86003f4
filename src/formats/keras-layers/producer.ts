/** Who wrote a model, and what follows from it. */
import { isObject } from '../json';
import type { Generation } from './topology';

/** `keras_version` decides; without it, the form of the topology does (only Keras 3 writes modules beside class names). */
export function generationOf(kerasVersion: string | null, model: unknown): Generation {
  const major = /^(\d+)\./.exec(kerasVersion ?? '')?.[1];
  if (major !== undefined) return Number(major) >= 3 ? 'keras3' : 'keras2';
  return hasModules(model) ? 'keras3' : 'keras2';
}

export function producerOf(kerasVersion: string | null): string {
  if (!kerasVersion) return '';
  return kerasVersion.startsWith('tfjs-layers') ? `TensorFlow.js ${kerasVersion.slice('tfjs-layers'.length).trim()}` : `Keras ${kerasVersion}`;
}

function hasModules(model: unknown): boolean {
  const layers = isObject(model) && isObject(model.config) ? model.config.layers : undefined;
  return Array.isArray(layers) && layers.some((layer) => isObject(layer) && typeof layer.module === 'string');
}
