/** Recurrent layers, and Bidirectional around them. */
import { choiceOf, flagOf, malformed, refuse, show } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import { type FamilyTable, flowsIn, type LayerCall, type LayerFamily, maskOf, withMask } from './lowering';
import { recurrentRoles, runRecurrent } from './run-recurrent';
import type { LayerTopology } from './topology';

const recurrent: LayerFamily = { weights: (owner, layer) => recurrentRoles(owner, layer), lower: recurrentLayer };

export const recurrentLayers: FamilyTable = {
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: recurrent,
  ConvLSTM1D: recurrent,
  ConvLSTM2D: recurrent,
  RNN: recurrent,
  Bidirectional: {
    weights: (owner, layer) => {
      const { forward, backward } = directions(layer);
      return [...recurrentRoles(owner, forward, 'forward/'), ...recurrentRoles(owner, backward, 'backward/')];
    },
    lower: bidirectional,
  },
};

/** States come after the sequence (Keras 2), as the second argument, or by name. */
function initialStates(call: LayerCall): Flow[] {
  return [...call.inputs.slice(1), ...flowsIn(call.args[1]), ...flowsIn(call.kwargs.initial_state)];
}

function sequenceOf(call: LayerCall): Flow {
  return call.inputs[0] ?? malformed(call, 'is called on nothing.');
}

function recurrentLayer(call: LayerCall, builder: GraphBuilder): Flow[] {
  const returnSequences = flagOf(call, 'return_sequences', false);
  const mask = maskOf(call);
  const { y, states } = runRecurrent(call, call.layer, builder, sequenceOf(call), {
    returnSequences,
    goBackwards: flagOf(call, 'go_backwards', false),
    mask: mask?.() ?? null,
    initialStates: initialStates(call),
    weights: call.weights,
    namePrefix: '',
  });
  const output = withMask(y, returnSequences ? mask : null);
  return flagOf(call, 'return_state', false) ? [output, ...states] : [output];
}

function directions(layer: LayerTopology): { forward: LayerTopology; backward: LayerTopology } {
  const [forward, backward] = layer.inner;
  const owner = { path: layer.name, className: layer.className, config: layer.config };
  if (!forward) return malformed(owner, 'wraps no layer.');
  const turned = { ...forward, config: { ...forward.config, go_backwards: forward.config.go_backwards !== true } };
  return { forward, backward: backward ?? turned };
}

/** Within Bidirectional, Keras 2 gives zeros at masked steps whatever the layer was told. */
function zeroing(layer: LayerTopology, call: LayerCall): LayerTopology {
  return call.generation === 'keras2' ? { ...layer, config: { ...layer.config, zero_output_for_mask: layer.config.return_sequences } } : layer;
}

function bidirectional(call: LayerCall, builder: GraphBuilder): Flow[] {
  const { forward, backward } = directions(call.layer);
  const x = sequenceOf(call);
  const mask = maskOf(call);
  const owner = { ...call, config: forward.config };
  const returnSequences = flagOf(owner, 'return_sequences', false);
  const given = initialStates(call);
  const forwardCount = recurrentRoles(call, forward).length;
  const run = (layer: LayerTopology, isForward: boolean) =>
    runRecurrent(call, zeroing(layer, call), builder, x, {
      returnSequences,
      goBackwards: layer.config.go_backwards === true,
      mask: mask?.() ?? null,
      initialStates: isForward ? given.slice(0, given.length / 2) : given.slice(given.length / 2),
      weights: isForward ? call.weights.slice(0, forwardCount) : call.weights.slice(forwardCount),
      namePrefix: isForward ? 'forward/' : 'backward/',
    });
  const ahead = run(forward, true);
  const behind = run(backward, false);
  const turned = returnSequences ? builder.node('reverse', [behind.y], { axes: [1] }) : behind.y;
  const outputs = mergeDirections(call, builder, ahead.y, turned).map((flow) => withMask(flow, returnSequences ? mask : null));
  return flagOf(owner, 'return_state', false) ? [...outputs, ...ahead.states, ...behind.states] : outputs;
}

function mergeDirections(call: LayerCall, builder: GraphBuilder, ahead: Flow, behind: Flow): Flow[] {
  const { merge_mode: mode } = call.config;
  if (mode === null) return [ahead, behind];
  switch (choiceOf(call, 'merge_mode', ['concat', 'sum', 'mul', 'ave'], 'concat')) {
    case 'concat':
      return [builder.node('concat', [ahead, behind], { axis: -1, activation: 'none' })];
    case 'sum':
      return [builder.node('add', [ahead, behind], { activation: 'none' })];
    case 'mul':
      return [builder.node('mul', [ahead, behind], { activation: 'none' })];
    case 'ave': {
      const sum = builder.node('add', [ahead, behind], { activation: 'none' });
      return [builder.node('div', [sum, builder.floats('count', [], [2])], { activation: 'none' })];
    }
    default:
      return refuse(call, `merges by ${show(mode)}.`);
  }
}
