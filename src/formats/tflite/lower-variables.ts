/**
 * Variables, which keep numbers from one run to the next, as inputs and outputs of the first subgraph before it is read:
 *
 * 1. VAR_HANDLE names a variable, CALL_ONCE runs another subgraph before the first run, which assigns the initial values;
 * 2. what READ_VARIABLE gives before anything is assigned becomes an input, what the last ASSIGN_VARIABLE takes an output;
 * 3. a variable that is read after it was assigned is what was assigned; one that nothing assigns is its initial value.
 *
 * Anything else (a variable that is passed on, set by a computation, or read before it has a value) is refused.
 */
import { WhittleError } from '../../lib/errors';
import { withReaders } from './flat-edit';
import type { FlatModel, FlatOperator, FlatSubgraph, FlatTensor } from './flat-model';
import { nameMaker } from './lower-names';

export interface FlatState {
  readonly name: string;
  /** Tensors of the first subgraph. */
  readonly input: number;
  readonly output: number;
  readonly initial: FlatTensor;
}

export interface StatelessModel {
  /** The model with the states among the inputs and outputs of its first subgraph and of its signatures, behind the others. */
  readonly model: FlatModel;
  readonly states: readonly FlatState[];
}

const VARIABLE_OPS: ReadonlySet<string> = new Set(['VAR_HANDLE', 'READ_VARIABLE', 'ASSIGN_VARIABLE']);

export function withoutVariables(model: FlatModel, owner: string): StatelessModel {
  const main = model.subgraphs[0]!;
  if (!main.operators.some(({ op }) => VARIABLE_OPS.has(op))) return { model, states: [] };
  const initials = initialValues(model, owner);
  const handles = handlesOf(main);
  const tensors = [...main.tensors];
  const replacements = new Map<number, number>();
  const held = new Map<string, Held>();

  const read = (key: string, target: number): void => {
    const known = held.get(key);
    const source = known?.assigned ?? known?.input;
    if (source !== undefined) {
      refuseOther(tensors[target]!, tensors[source]!, key, owner);
      replacements.set(target, source);
      return;
    }
    const initial = initials.get(key) ?? refuse(owner, `reads the variable "${nameOf(key)}" before it has a value`);
    refuseOther(tensors[target]!, initial, key, owner);
    held.set(key, { input: target, assigned: undefined });
  };
  const operators = main.operators.flatMap((operator): readonly FlatOperator[] => {
    const { op, inputs, outputs } = operator;
    if (op === 'CALL_ONCE') {
      if (held.size > 0) refuse(owner, 'sets its variables after they were read or assigned');
      return [];
    }
    if (op === 'VAR_HANDLE') return [];
    if (op !== 'READ_VARIABLE' && op !== 'ASSIGN_VARIABLE') return [operator];
    const key = handles.get(inputs[0] ?? -1) ?? refuse(owner, `reads or assigns a variable that ${op} is given and does not name`);
    if (op === 'READ_VARIABLE') read(key, outputs[0] ?? refuse(owner, 'reads a variable into nothing'));
    else {
      const value = inputs[1] ?? -1;
      const assigned = replacements.get(value) ?? value;
      if (!tensors[assigned]) return refuse(owner, `assigns nothing to the variable "${nameOf(key)}"`);
      const input = held.get(key)?.input;
      if (input !== undefined) refuseOther(tensors[assigned]!, tensors[input]!, key, owner, false);
      held.set(key, { input, assigned });
    }
    return [];
  });

  const fresh = nameMaker();
  const states: FlatState[] = [];
  // In the order in which the file names them, which is how they are written.
  for (const key of new Set(handles.values())) {
    const { input, assigned } = held.get(key) ?? NEVER_HELD;
    if (input === undefined) continue;
    const initial = initials.get(key)!;
    const name = fresh(nameOf(key) || 'variable');
    const { shapeSignature: _, ...known } = tensors[input]!;
    const isKept = assigned === undefined || assigned === input;
    tensors[input] = isKept ? { ...known, data: initial.data! } : { ...known, name };
    if (!isKept) states.push({ name, input, output: assigned, initial });
  }
  return { model: withStates(model, withReaders({ ...main, tensors, operators }, replacements), states), states };
}

interface Held {
  /** What READ_VARIABLE gave at first. */
  readonly input: number | undefined;
  readonly assigned: number | undefined;
}

const NEVER_HELD: Held = { input: undefined, assigned: undefined };

function withStates(model: FlatModel, main: FlatSubgraph, states: readonly FlatState[]): FlatModel {
  const ends = {
    inputs: states.map(({ name, input }) => ({ name, tensor: input })),
    outputs: states.map(({ name, output }) => ({ name: `${name}/next`, tensor: output })),
  };
  return {
    ...model,
    subgraphs: [
      { ...main, inputs: [...main.inputs, ...ends.inputs.map(({ tensor }) => tensor)], outputs: [...main.outputs, ...ends.outputs.map(({ tensor }) => tensor)] },
      ...model.subgraphs.slice(1),
    ],
    signatures: model.signatures.map((signature) =>
      signature.subgraph === 0 ? { ...signature, inputs: [...signature.inputs, ...ends.inputs], outputs: [...signature.outputs, ...ends.outputs] } : signature,
    ),
  };
}

/** By variable, what the subgraphs that CALL_ONCE names assign: constants, the last one wins. */
function initialValues(model: FlatModel, owner: string): ReadonlyMap<string, FlatTensor> {
  const values = new Map<string, FlatTensor>();
  for (const index of initialSubgraphs(model)) {
    const subgraph = index === 0 ? undefined : model.subgraphs[index];
    if (!subgraph) throw new WhittleError('FormatError', `${owner} calls graph ${index} of ${model.subgraphs.length} once, which is none to call. The file is damaged.`);
    const handles = handlesOf(subgraph);
    for (const { op, inputs } of subgraph.operators) {
      if (op === 'VAR_HANDLE') continue;
      const key = op === 'ASSIGN_VARIABLE' ? handles.get(inputs[0] ?? -1) : undefined;
      const value = subgraph.tensors[inputs[1] ?? -1];
      if (key === undefined || !value?.data) return refuse(owner, `sets its variables by a computation (${op})`);
      values.set(key, value);
    }
  }
  return values;
}

/** Subgraphs that CALL_ONCE of the first one names. */
export function initialSubgraphs({ subgraphs }: FlatModel): ReadonlySet<number> {
  const calls = (subgraphs[0]?.operators ?? []).filter(({ op }) => op === 'CALL_ONCE');
  return new Set(calls.map(({ options }) => Number(options?.fields.initSubgraphIndex ?? 0)));
}

const SEPARATOR = '\0';

/** By tensor, the variable that VAR_HANDLE names; two handles may name one. */
function handlesOf({ operators }: FlatSubgraph): ReadonlyMap<number, string> {
  return new Map(
    operators.flatMap(({ op, outputs, options }) =>
      op === 'VAR_HANDLE' && outputs[0] !== undefined ? [[outputs[0], `${options?.fields.container ?? ''}${SEPARATOR}${options?.fields.sharedName ?? ''}`] as const] : [],
    ),
  );
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(SEPARATOR) + 1);
}

/** A variable is bytes: read as another type, or on another grid, they would mean other numbers. */
function refuseOther(one: FlatTensor, other: FlatTensor, key: string, owner: string, areShapesKnown = true): void {
  const same =
    one.type === other.type &&
    (!areShapesKnown || String(one.shape) === String(other.shape)) &&
    String(one.quantization?.scale) === String(other.quantization?.scale) &&
    String(one.quantization?.zeroPoint) === String(other.quantization?.zeroPoint);
  if (!same) refuse(owner, `reads the variable "${nameOf(key)}" with another type, shape or scale than it was given`);
}

function refuse(owner: string, what: string): never {
  throw new WhittleError('UnsupportedError', `${owner} ${what}, which Whittle cannot keep. Export one step of it with its state as inputs and outputs.`);
}
