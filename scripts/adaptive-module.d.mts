import type { Plugin } from 'vite';

export declare function adaptiveModule(): Plugin;
