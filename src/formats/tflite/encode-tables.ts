/**
 * Tables as plain nodes, written into a flatbuffer so that equal ones are written once and fields at their default not at
 * all. What a node points at is written before it, as the format asks.
 */
import type { Builder } from 'flatbuffers';
import type { Leaf } from './encode-leaves';
import type { Field, ScalarType } from './schema';

export type FieldValue = number | boolean | Leaf | TableNode | readonly TableNode[] | undefined;

/** Fields with their values; undefined or the default: left out. */
export interface TableNode {
  readonly fields: readonly (readonly [field: Field, value: FieldValue])[];
}

export interface TableWriter {
  /** Where the table is. Every leaf that it reaches has been written. */
  table(node: TableNode): number;
}

export function tableWriter(builder: Builder): TableWriter {
  const places = new Map<string, number>();
  /** A node that is used again, e.g. a signature's, is not walked twice. */
  const written = new Map<TableNode | readonly TableNode[], number>();

  function shared(node: TableNode | readonly TableNode[], key: string, write: () => number): number {
    const place = places.get(key) ?? write();
    places.set(key, place);
    written.set(node, place);
    return place;
  }

  function table(node: TableNode): number {
    const known = written.get(node);
    if (known !== undefined) return known;
    const slots = node.fields.flatMap(([field, value]) => slotOf(field, value)).sort((a, b) => b.nbytes - a.nbytes);
    return shared(node, `{${slots.map(({ id, type, value }) => `${id} ${type} ${value}`).join()}}`, () => {
      builder.startObject(Math.max(0, ...slots.map(({ id }) => id + 1)));
      for (const slot of slots) addSlot(builder, slot);
      return builder.endObject();
    });
  }

  function vector(nodes: readonly TableNode[]): number {
    const known = written.get(nodes);
    if (known !== undefined) return known;
    const entries = nodes.map(table);
    return shared(nodes, `[${entries.join()}]`, () => {
      builder.startVector(4, entries.length, 4);
      for (const entry of entries.toReversed()) builder.addOffset(entry);
      return builder.endVector();
    });
  }

  function slotOf(field: Field, value: FieldValue): readonly Slot[] {
    const [id] = field;
    if (value === undefined) return [];
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (field.length !== 3) throw new TypeError(`Field ${id} is no ${typeof value}.`);
      const isDefault = Number(value) === Number(field[2]);
      return isDefault ? [] : [{ id, type: field[1], value: Number(value), nbytes: scalarNbytes[field[1]] }];
    }
    const place = isNodes(value) ? vector(value) : 'fields' in value ? table(value) : value.offset;
    return [{ id, type: 'offset', value: place, nbytes: 4 }];
  }

  return { table };
}

interface Slot {
  readonly id: number;
  readonly type: ScalarType | 'offset';
  readonly value: number;
  readonly nbytes: number;
}

const scalarNbytes: Readonly<Record<ScalarType, number>> = { bool: 1, int8: 1, uint8: 1, int32: 4, uint32: 4, uint64: 8, float32: 4 };

/** Adds a field that differs from its default: the builder is given none to compare with. */
function addSlot(builder: Builder, { id, type, value }: Slot): void {
  switch (type) {
    case 'bool':
    case 'int8':
    case 'uint8':
      return builder.addFieldInt8(id, value, null);
    case 'int32':
    case 'uint32':
      return builder.addFieldInt32(id, value, null);
    case 'uint64':
      return builder.addFieldInt64(id, BigInt(value), null);
    case 'float32':
      return builder.addFieldFloat32(id, value, null);
    case 'offset':
      return builder.addFieldOffset(id, value, 0);
    default: {
      const never: never = type;
      return never;
    }
  }
}

function isNodes(value: Leaf | TableNode | readonly TableNode[]): value is readonly TableNode[] {
  return Array.isArray(value);
}
