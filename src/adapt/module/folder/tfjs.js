/** The module with TensorFlow.js from npm: import the backends that you want beside it. */
import * as tf from '@tensorflow/tfjs';
import { createAdaptiveModel as create } from './index.js';

export const createAdaptiveModel = (options = {}) => create({ tf, ...options });
