import type { AdaptiveModel, AdaptiveOptions } from './index.js';

export * from './index.js';
export declare const createAdaptiveModel: (options?: AdaptiveOptions) => Promise<AdaptiveModel>;
