/** Ops that hand on what they are given: they leave no node behind. */
import { info } from '../../../lib/diagnostics';
import type { Mapping, Mappings } from '../graph-builder';

const handOn: Mapping = (node) => [node.input(0)];

export const passThroughMappings: Mappings = {
  Identity: handOn,
  IdentityN: (node) => node.inputs,
  Snapshot: handOn,
  StopGradient: handOn,
  PreventGradient: handOn,
  EnsureShape: handOn,
  CheckNumerics: handOn,
  Print: handOn,
  PlaceholderWithDefault: handOn,
  // TensorFlow.js leaves the numbers as they are, too.
  FakeQuantWithMinMaxVars: (node, builder) => {
    builder.diagnostics.push(info('The simulated quantization (FakeQuant) is left out, as TensorFlow.js does.', node.name));
    return [node.input(0)];
  },
};
