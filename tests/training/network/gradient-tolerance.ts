/** Of the directional derivative, relative: what differences of float32 results leave. */
export const GRADIENT_TOLERANCE = 2e-2;
